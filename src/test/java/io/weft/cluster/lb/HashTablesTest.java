package io.weft.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashTablesTest {
  private static String[] keys(int count) {
    var keys = new String[count];
    for (int i = 0; i < count; i++) {
      keys[i] = "127.0.0.1:" + (90 + i);
    }
    return keys;
  }

  private static int[] weights(int count) {
    var weights = new int[count];
    java.util.Arrays.fill(weights, 1);
    return weights;
  }

  /** The first two of the XXH64 specification's usual vectors, the others of Envoy's hash_test. */
  @ParameterizedTest
  @CsvSource({
    "'', 17241709254077376921",
    "abc, 4952883123889572249",
    "foo, 3728699739546630719",
    "bar, 5234164152756840025",
  })
  void hashIsXxHash64(String text, String hash) {
    assertThat(XxHash64.of(text)).isEqualTo(Long.parseUnsignedLong(hash));
  }

  @Test
  void longTextsAreHashedInBlocks() {
    var bytes = new byte[101];
    new Random(1).nextBytes(bytes);
    assertThat(XxHash64.of(bytes, 0)).isNotEqualTo(XxHash64.of(bytes, 1));
    var other = bytes.clone();
    other[64] ^= 1;
    assertThat(XxHash64.of(other, 0)).isNotEqualTo(XxHash64.of(bytes, 0));
  }

  @Test
  void ringHasAPointForEachShareAndAHashFallsToTheNextPoint() {
    var ring = new RingHash(keys(6), weights(6), 12, 8 << 20);
    assertThat(ring.size()).isEqualTo(12);
    assertThat(ring.fewest()).isEqualTo(2);
    assertThat(ring.most()).isEqualTo(2);
    for (int i = 0; i < 6; i++) {
      for (int k = 0; k < 2; k++) {
        byte[] name = (keys(6)[i] + "_" + k).getBytes(StandardCharsets.UTF_8);
        long point = XxHash64.of(name, 0);
        assertThat(ring.find(point, 0)).isEqualTo(i);
      }
    }
    assertThat(ring.find(0, 1)).isEqualTo(ring.find(0, 13));
    assertThat(ring.find(-1, 0))
        .as("behind the last point comes the first")
        .isEqualTo(ring.find(0, 0));
  }

  @Test
  void ringGivesWeightsTheirShare() {
    var ring = new RingHash(keys(2), new int[] {1, 3}, 1024, 8 << 20);
    assertThat(ring.fewest() * 3).isEqualTo(ring.most());
  }

  @Test
  void entryThatGoesMovesItsOwnHashesOnly() {
    var six = new RingHash(keys(6), weights(6), 1200, 8 << 20);
    var five = new RingHash(keys(5), weights(5), 1000, 8 << 20);
    var random = new SplittableRandom(7);
    for (int i = 0; i < 10_000; i++) {
      long hash = random.nextLong();
      int before = six.find(hash, 0);
      if (before < 5) {
        assertThat(five.find(hash, 0)).isEqualTo(before);
      }
    }
  }

  @Test
  void maglevFillsEveryPlaceEvenly() {
    var table = new Maglev(keys(6), weights(6), Maglev.DEFAULT_SIZE);
    assertThat(table.size()).isEqualTo(65_537);
    assertThat(table.most() - table.fewest()).isLessThanOrEqualTo(1);
    var weighted = new Maglev(keys(2), new int[] {1, 3}, 101);
    assertThat(weighted.fewest()).isBetween(25, 26);
    assertThat(weighted.most()).isBetween(75, 76);
    assertThat(table.find(42, 0)).isEqualTo(table.find(42, 0));
  }

  @Test
  void emptyTablesHaveNobody() {
    assertThat(new RingHash(new String[0], new int[0], 1024, 2048).find(1, 0)).isEqualTo(-1);
    assertThat(new Maglev(new String[0], new int[0], 101).find(1, 0)).isEqualTo(-1);
    assertThat(new LeastRequest(new int[0], 2).next(new SplittableRandom(1), i -> 0)).isEqualTo(-1);
  }

  @Test
  void leastRequestPrefersWhoHasFewer() {
    var least = new LeastRequest(weights(2), 2);
    var random = new SplittableRandom(3);
    int busy = 0;
    for (int i = 0; i < 1000; i++) {
      busy += least.next(random, index -> index == 0 ? 10 : 0) == 0 ? 1 : 0;
    }
    assertThat(busy).isBetween(180, 320); // both draws fell on it: a quarter
    var weighted = new LeastRequest(new int[] {1, 3}, 2);
    int[] taken = new int[2];
    for (int i = 0; i < 400; i++) {
      taken[weighted.next(random, index -> 0)]++;
    }
    assertThat(taken).containsExactly(100, 300);
  }
}
