package io.weft.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatsTest {
  private final Stats stats = new Stats();

  @Test
  void sameNameGivesSameObject() {
    var counter = stats.counter("cluster.web.upstream_rq_total");
    assertThat(stats.counter("cluster.web.upstream_rq_total")).isSameAs(counter);
    assertThat(stats.scope("cluster").scope("web").counter("upstream_rq_total")).isSameAs(counter);
    assertThat(stats.find("cluster.web.upstream_rq_total")).isSameAs(counter);
    assertThat(stats.find("cluster.web.other")).isNull();
    assertThat(counter.name()).isEqualTo("cluster.web.upstream_rq_total");
  }

  @Test
  void countersOfManyThreadsAddUp() throws Exception {
    var counter = stats.counter("a.b");
    var gauge = stats.gauge("a.g");
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 10_000; i++) {
                  counter.inc();
                  gauge.add(2);
                  gauge.dec();
                }
              }));
    }
    for (var thread : threads) {
      thread.join();
    }
    assertThat(counter.value()).isEqualTo(40_000);
    assertThat(gauge.value()).isEqualTo(40_000);
  }

  @Test
  void resetKeepsCountingAndLeavesGauges() {
    var counter = stats.counter("a.c");
    var gauge = stats.gauge("a.g");
    counter.add(5);
    gauge.set(7);
    stats.resetCounters();
    assertThat(counter.value()).isZero();
    assertThat(counter.used()).isTrue();
    assertThat(gauge.value()).isEqualTo(7);
    counter.inc();
    assertThat(counter.value()).isEqualTo(1);
  }

  @Test
  void gaugeSetReplacesWhatWasAdded() {
    var gauge = stats.gauge("g");
    assertThat(gauge.used()).isFalse();
    gauge.add(3);
    gauge.set(-2);
    gauge.inc();
    assertThat(gauge.value()).isEqualTo(-1);
    assertThat(gauge.used()).isTrue();
  }

  @Test
  void removedStatisticsAreGoneAndTheirNamesStartAtZero() {
    stats.scope("cluster").scope("a").counter("x").inc();
    stats.scope("cluster").scope("a").scope("sub").counter("y").inc();
    var kept = stats.scope("cluster").scope("ab").counter("x");
    long version = stats.version();
    stats.scope("cluster").scope("a").remove();
    assertThat(stats.version()).isNotEqualTo(version);
    var names = new ArrayList<String>();
    stats.forEach(stat -> names.add(stat.name()));
    assertThat(names).containsExactly(kept.name());
    assertThat(stats.counter("cluster.a.x").value()).isZero();
  }

  @Test
  void reusedSlotsStartAtZero() {
    for (int round = 0; round < 6; round++) {
      for (int i = 0; i < 1000; i++) {
        var counter = stats.counter("churn." + i);
        assertThat(counter.value()).isZero();
        counter.add(9);
      }
      stats.scope("churn").remove();
    }
  }

  @Test
  void controlCharactersDoNotReachNames() {
    assertThat(stats.counter("cluster.a\nb.x\r").name()).isEqualTo("cluster.a_b.x_");
  }

  @Test
  void deferredStatisticsSleepUntilOneIsWritten() {
    var scope = stats.scope("cluster").scope("a");
    var used = scope.deferred().counter("upstream_rq_total");
    var idle = scope.deferred().histogram("upstream_rq_time");
    var always = scope.gauge("membership_total");
    always.set(2);
    assertThat(List.of(used.dormant(), idle.dormant(), always.dormant()))
        .containsExactly(true, true, false);
    used.inc();
    assertThat(List.of(used.dormant(), idle.dormant())).containsExactly(false, false);
  }

  @Test
  void quantilesAreThoseOfCircllhist() {
    var histogram = stats.histogram("h");
    assertThat(histogram.cumulative().quantile(0.5)).isNaN();
    histogram.record(1);
    var one = histogram.cumulative();
    assertThat(one.quantile(0)).isEqualTo(1);
    assertThat(one.quantile(0.25)).isCloseTo(1.025, within(1e-9));
    assertThat(one.quantile(1)).isCloseTo(1.1, within(1e-9));
    for (int i = 0; i <= 1000; i++) {
      histogram.record(i);
    }
    var all = histogram.cumulative();
    assertThat(all.count()).isEqualTo(1002);
    assertThat(all.sum()).isEqualTo(500_501);
    assertThat(all.quantile(0.5)).isCloseTo(500, within(5.0));
    assertThat(all.quantile(0.99)).isCloseTo(990, within(5.0));
  }

  @Test
  void bucketBoundsIncludeTheirOwnValue() {
    var histogram = stats.histogram("h");
    for (long value : new long[] {0, 1, 5, 99, 100, 1000, 2_500_000_000L, Long.MAX_VALUE, -4}) {
      histogram.record(value);
    }
    var all = histogram.cumulative();
    assertThat(all.countAtMost(0.5)).isEqualTo(2);
    assertThat(all.countAtMost(1)).isEqualTo(3);
    assertThat(all.countAtMost(5)).isEqualTo(4);
    assertThat(all.countAtMost(99)).isEqualTo(5);
    assertThat(all.countAtMost(1e6)).isEqualTo(7);
    assertThat(all.countAtMost(1e19)).isEqualTo(9);
  }

  @Test
  void intervalHoldsWhatCameBetweenTwoFlushes() {
    var histogram = stats.histogram("h");
    histogram.record(10);
    assertThat(histogram.interval().count()).isZero();
    stats.flush();
    assertThat(histogram.interval().count()).isEqualTo(1);
    histogram.record(20);
    histogram.record(20);
    stats.flush();
    assertThat(histogram.interval().count()).isEqualTo(2);
    assertThat(histogram.interval().sum()).isEqualTo(40);
    stats.flush();
    assertThat(histogram.interval().count()).isZero();
    assertThat(histogram.cumulative().count()).isEqualTo(3);
  }

  @Test
  void textReadoutKeepsTheLastText() {
    var text = stats.textReadout("cluster.a.version_text");
    assertThat(text.used()).isFalse();
    text.set("v1");
    assertThat(text.value()).isEqualTo("v1");
  }
}
