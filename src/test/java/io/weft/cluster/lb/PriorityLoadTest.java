package io.weft.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.cluster.lb.PriorityLoad.Health;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorityLoadTest {
  /** The table of Envoy's "priority levels" page: 100 endpoints in each of two priorities. */
  @ParameterizedTest
  @CsvSource({"100,100,0", "72,100,0", "71,99,1", "50,70,30", "25,35,65", "0,0,100"})
  void aPrioritySpillsOverWhatItsHealthDoesNotCover(int healthy, int first, int second) {
    var load =
        PriorityLoad.of(
            new Health[] {new Health(100, healthy, 0), new Health(100, 100, 0)}, 140, 50);
    assertThat(load.healthy()).containsExactly(first, second);
    assertThat(load.degraded()).containsExactly(0, 0);
    assertThat(load.panic()).containsExactly(false, false);
  }

  @Test
  void degradedEndpointsTakeWhatTheHealthyOnesDoNot() {
    var load = PriorityLoad.of(new Health[] {new Health(10, 5, 5)}, 140, 50);
    assertThat(load.healthy()).containsExactly(70);
    assertThat(load.degraded()).containsExactly(30);
  }

  @Test
  void belowThePanicThresholdAPrioritySendsToAll() {
    var load = PriorityLoad.of(new Health[] {new Health(10, 4, 0)}, 140, 50);
    assertThat(load.panic()).containsExactly(true);
    assertThat(load.healthy()).containsExactly(100);
  }

  @Test
  void atThePanicThresholdHealthStillCounts() {
    var load = PriorityLoad.of(new Health[] {new Health(10, 5, 0)}, 140, 50);
    assertThat(load.panic()).containsExactly(false);
    assertThat(load.healthy()).containsExactly(100);
  }

  @Test
  void nobodyPanicsWhereLowerPrioritiesCarryTheLoad() {
    var load = PriorityLoad.of(new Health[] {new Health(10, 1, 0), new Health(10, 10, 0)}, 140, 50);
    assertThat(load.panic()).containsExactly(false, false);
    assertThat(load.healthy()).containsExactly(14, 86);
  }

  @Test
  void whenAllPrioritiesPanicTheLoadFollowsTheNumberOfEndpoints() {
    var load = PriorityLoad.of(new Health[] {new Health(1, 0, 0), new Health(3, 0, 0)}, 140, 50);
    assertThat(load.healthy()).containsExactly(25, 75);
    assertThat(load.panic()).containsExactly(true, true);
  }

  @Test
  void withoutPanicNobodyHealthyMeansNobody() {
    var load = PriorityLoad.of(new Health[] {new Health(3, 0, 0)}, 140, 0);
    assertThat(load.panic()).containsExactly(false);
    assertThat(load.healthy()).containsExactly(100);
  }

  @Test
  void withoutEndpointsThereIsNoLoad() {
    var load = PriorityLoad.of(new Health[] {new Health(0, 0, 0)}, 140, 50);
    assertThat(load.healthy()).containsExactly(0);
  }

  @Test
  void theSharesAddUpWhateverTheHealth() {
    for (int a = 0; a <= 7; a++) {
      for (int b = 0; b + a <= 7; b++) {
        for (int c = 0; c <= 3; c++) {
          var load =
              PriorityLoad.of(new Health[] {new Health(7, a, b), new Health(3, c, 0)}, 140, 30);
          assertThat(IntStream.of(load.healthy()).sum() + IntStream.of(load.degraded()).sum())
              .as("%d healthy, %d degraded of 7, %d of 3", a, b, c)
              .isEqualTo(100);
        }
      }
    }
  }
}
