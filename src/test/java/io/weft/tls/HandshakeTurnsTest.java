package io.weft.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.carrier.Carrier;
import io.weft.testing.TestCarriers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTurnsTest {
  private static final int HANDSHAKES = 200;

  /** They are all in the run queue at once, as those of connections that came at once are. */
  @Test
  void othersRunBetweenTheHandshakesThatAreReadyAtOnce() throws Exception {
    try (var carriers = TestCarriers.start(1)) {
      var order = new StringBuilder();
      List<Thread> all =
          carriers.run(() -> {
            var started = new ArrayList<Thread>();
            for (int i = 0; i < HANDSHAKES; i++) {
              started.add(
                  Carrier.current()
                      .start(() -> {
                        HandshakeTurns.current().await();
                        order.append('h');
                      }));
            }
            started.add(Carrier.current().start(() -> others(order)));
            return started;
          });
      for (Thread each : all) {
        assertThat(each.join(Duration.ofSeconds(10))).isTrue();
      }
      assertThat(order).doesNotContain("hh");
    }
  }

  private static void others(StringBuilder order) {
    while (order.chars().filter(c -> c == 'h').count() < HANDSHAKES) {
      order.append('o');
      Carrier.current().yieldNow();
    }
  }

  @Test
  void aTurnThatNobodyTakesIsFreeAgain() throws Exception {
    try (var carriers = TestCarriers.start(1)) {
      for (int i = 0; i < 3; i++) {
        carriers.run(() -> {
          HandshakeTurns.current().await();
          return null;
        });
      }
    }
  }

  @Test
  void aThreadThatIsInterruptedInLineKeepsItsPlace() throws Exception {
    try (var carriers = TestCarriers.start(1)) {
      boolean interrupted =
          carriers.run(() -> {
            HandshakeTurns.current().await();
            Thread.currentThread().interrupt();
            HandshakeTurns.current().await();
            return Thread.interrupted();
          });
      assertThat(interrupted).isTrue();
    }
  }
}
