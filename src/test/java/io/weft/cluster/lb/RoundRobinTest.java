package io.weft.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class RoundRobinTest {
  @Test
  void equalWeightsTurnInStrictOrderFromThePlaceTheSeedNames() {
    var turn = new RoundRobin(new int[] {7, 7, 7}, 5);
    assertThat(picks(turn, 7)).containsExactly(2, 0, 1, 2, 0, 1, 2);
  }

  @Test
  void anySeedIsAPlace() {
    for (long seed : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(picks(new RoundRobin(new int[] {1, 1, 1}, seed), 3))
          .containsExactlyInAnyOrder(0, 1, 2);
    }
  }

  @Test
  void overOneTurnEveryEntryIsPickedInProportionToItsWeight() {
    var turn = new RoundRobin(new int[] {1, 2, 5}, 1);
    var counts = new int[3];
    for (int pick : picks(turn, 8 * 100)) {
      counts[pick]++;
    }
    assertThat(counts).containsExactly(100, 200, 500);
  }

  @Test
  void picksOfAHeavyEntryAreSpreadOut() {
    var picks = picks(new RoundRobin(new int[] {1, 3}, 0), 40);
    for (int i = 0; i + 4 <= picks.length; i++) {
      var window = Arrays.copyOfRange(picks, i, i + 4);
      assertThat(Arrays.stream(window).filter(pick -> pick == 0).count())
          .as("light picks in any four of %s", Arrays.toString(picks))
          .isEqualTo(1);
    }
  }

  @Test
  void differentSeedsStartWeightedSchedulesAtDifferentEntries() {
    var first = new HashSet<Integer>();
    for (int seed = 0; seed < 4; seed++) {
      first.add(new RoundRobin(new int[] {1, 2, 3, 4}, seed).next());
    }
    assertThat(first).hasSizeGreaterThan(1);
  }

  @Test
  void extremeWeightsStarveNobody() {
    var turn = new RoundRobin(new int[] {1, Integer.MAX_VALUE, 1}, 0);
    assertThat(Arrays.stream(picks(turn, 1000)).filter(pick -> pick == 1).count())
        .isGreaterThan(996);
  }

  @Test
  void withoutEntriesNobodyIsNext() {
    assertThat(new RoundRobin(new int[0], 3).next()).isEqualTo(-1);
  }

  @Test
  void aWeightBelowOneIsRefused() {
    assertThatThrownBy(() -> new RoundRobin(new int[] {1, 0}, 0))
        .hasMessage("weight: 0 (expected: at least 1)");
  }

  private static int[] picks(RoundRobin turn, int count) {
    var picks = new int[count];
    for (int i = 0; i < count; i++) {
      picks[i] = turn.next();
    }
    return picks;
  }
}
