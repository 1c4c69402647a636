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

  /** Facts of Envoy's hash_test. */
  @ParameterizedTest
  @CsvSource({
    "'', 6142509188972423790",
    "foo, 9631199822919835226",
    "bar, 11474628671133349555",
    "lyft, 12847078931730529320",
    "'foo\nbar', 16306510975912980159",
  })
  void otherHashIsMurmurHash2(String text, String hash) {
    assertThat(MurmurHash2.of(text.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Long.parseUnsignedLong(hash));
  }

  /** A ring of 12 points as Envoy's ring_hash_lb_test shows it: entries and their points. */
  private static void assertRing(RingHash ring, String points) {
    assertThat(ring.size()).isEqualTo(12);
    assertThat(ring.fewest()).isEqualTo(2);
    assertThat(ring.most()).isEqualTo(2);
    var lines = points.strip().split("\\s+", -1);
    for (int i = 0; i < lines.length; i++) {
      int entry = Integer.parseInt(lines[i].substring(0, 1));
      long point = Long.parseUnsignedLong(lines[i].substring(2));
      int next = Integer.parseInt(lines[(i + 1) % lines.length].substring(0, 1));
      assertThat(ring.find(point, 0)).as(lines[i]).isEqualTo(entry);
      assertThat(ring.find(point + 1, 0)).as("behind " + lines[i]).isEqualTo(next);
    }
  }

  @Test
  void row1010RingIsEnvoysForTheSameHosts() {
    assertRing(
        new RingHash(keys(6), weights(6), 12, 8 << 20),
        """
        4:833437586790550860   2:928266305478181108   0:1033482794131418490  5:3551244743356806947
        3:3851675632748031481  1:5583722120771150861  1:6311230543546372928  3:7700377290971790572
        5:13144177310400110813 2:13444792449719432967 4:15516499411664133160 0:16117243373044804889
        """);
  }

  @Test
  void row1010RingIsEnvoysForTheSameNames() {
    assertRing(
        new RingHash(names(), weights(6), 12, 8 << 20),
        """
        5:1975508444536362413  5:2376063919839173711  3:2386806903309390596  4:6749904478991551885
        3:6803900775736438537  2:7225015537174310577  0:8787465352164086522  2:11282020843382717940
        1:13723418369486627818 0:13776502110861797421 1:14338313586354474791 4:15364271037087512980
        """);
  }

  @Test
  void row1010RingOfMurmurHash2IsEnvoys() {
    var keys = new String[6];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = "127.0.0.1:" + (80 + i);
    }
    assertRing(
        new RingHash(keys, weights(6), 12, 8 << 20, MurmurHash2::of),
        """
        5:1358027074129602068  3:4361834613929391114  4:7224494972555149682  1:7701421856454313576
        2:8649315368077433379  4:8739448859063030639  1:9887544217113020895  2:10150910876324007731
        3:15168472011420622455 0:15427156902705414897 5:16375050414328759093 0:17613279263364193813
        """);
  }

  private static String[] names() {
    return new String[] {"90", "91", "92", "93", "94", "95"};
  }

  private static void assertMaglev(Maglev table, int... entries) {
    assertThat(table.size()).isEqualTo(entries.length);
    for (int i = 0; i < 3 * entries.length; i++) {
      assertThat(table.find(i, 0)).as("hash " + i).isEqualTo(entries[i % entries.length]);
    }
  }

  /** Facts of Envoy's maglev_lb_test. */
  @Test
  void row1011MaglevIsEnvoysForTheSameHosts() {
    var table = new Maglev(keys(6), weights(6), 7);
    assertMaglev(table, 2, 4, 0, 1, 5, 0, 3);
    assertThat(table.fewest()).isEqualTo(1);
    assertThat(table.most()).isEqualTo(2);
    assertThat(table.find(10, 0)).isEqualTo(1);
    assertThat(table.find(10, 1)).as("the second pick").isEqualTo(0);
    assertThat(table.find(10, 2)).as("the third pick").isEqualTo(5);
    assertMaglev(new Maglev(names(), weights(6), 7), 2, 5, 0, 3, 4, 1, 0);
  }

  @Test
  void row1011MaglevIsEnvoysForTheSameWeights() {
    var table = new Maglev(keys(2), new int[] {1, 2}, 17);
    assertMaglev(table, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1);
    assertThat(table.fewest()).isEqualTo(6);
    assertThat(table.most()).isEqualTo(11);
  }

  @Test
  void row1009BiasSaysHowMuchLoadCountsAgainstWeight() {
    var random = new SplittableRandom(3);
    int[] taken = new int[2];
    var none = new LeastRequest(new int[] {1, 3}, 2);
    for (int i = 0; i < 400; i++) {
      taken[none.next(random, 0, index -> index == 1 ? 9 : 0)]++;
    }
    assertThat(taken).as("weights alone").containsExactly(100, 300);
    int[] with = new int[2];
    var strong = new LeastRequest(new int[] {1, 3}, 2);
    for (int i = 0; i < 400; i++) {
      with[strong.next(random, 2, index -> index == 1 ? 9 : 0)]++;
    }
    assertThat(with[1]).as("3 against 10 squared").isLessThan(20);
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
    assertThat(new LeastRequest(new int[0], 2).next(new SplittableRandom(1), 1, i -> 0))
        .isEqualTo(-1);
  }

  @Test
  void leastRequestPrefersWhoHasFewer() {
    var least = new LeastRequest(weights(2), 2);
    var random = new SplittableRandom(3);
    int busy = 0;
    for (int i = 0; i < 1000; i++) {
      busy += least.next(random, 1, index -> index == 0 ? 10 : 0) == 0 ? 1 : 0;
    }
    assertThat(busy).isBetween(180, 320); // both draws fell on it: a quarter
    var weighted = new LeastRequest(new int[] {1, 3}, 2);
    int[] taken = new int[2];
    for (int i = 0; i < 400; i++) {
      taken[weighted.next(random, 1, index -> 0)]++;
    }
    assertThat(taken).containsExactly(100, 300);
  }
}
