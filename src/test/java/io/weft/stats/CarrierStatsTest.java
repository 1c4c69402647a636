package io.weft.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class CarrierStatsTest {
  @Test
  void carriersAndOtherThreadsAddUp() throws Exception {
    var stats = new Stats();
    var counter = stats.counter("a.c");
    var gauge = stats.gauge("a.g");
    var histogram = stats.histogram("a.h");
    Runnable work =
        () -> {
          for (int i = 0; i < 10_000; i++) {
            counter.inc();
            gauge.inc();
            histogram.record(i % 10);
          }
        };
    try (var carriers = Carriers.start(new CarriersConfig(2, PollerKind.AUTO, false))) {
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 10; i++) {
        for (var carrier : carriers.all()) {
          threads.add(carrier.start(work));
        }
      }
      work.run();
      for (var thread : threads) {
        thread.join();
      }
    }
    assertThat(counter.value()).isEqualTo(210_000);
    assertThat(gauge.value()).isEqualTo(210_000);
    assertThat(histogram.cumulative().count()).isEqualTo(210_000);
    assertThat(histogram.cumulative().sum()).isEqualTo(945_000);
  }

  @Test
  void setOnACarrierReplacesWhatOthersAdded() throws Exception {
    var gauge = new Stats().gauge("g");
    gauge.add(5);
    try (var carriers = Carriers.start(new CarriersConfig(1, PollerKind.AUTO, false))) {
      carriers.all().getFirst().start(() -> gauge.add(3)).join();
      carriers.all().getFirst().start(() -> gauge.set(2)).join();
    }
    assertThat(gauge.value()).isEqualTo(2);
  }
}
