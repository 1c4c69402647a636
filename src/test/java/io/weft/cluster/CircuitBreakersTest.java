package io.weft.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.cluster.CircuitBreakerConfig.RetryBudget;
import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import java.util.List;
import org.junit.jupiter.api.Test;

class CircuitBreakersTest {
  @Test
  void aBudgetAllowsItsShareOfWhatIsUnderWayButNeverLessThanTheMinimum() {
    var breakers =
        new CircuitBreakers(
            new CircuitBreakerConfig(1024, 1024, 1024, 0, new RetryBudget(20, 3), false));
    assertThat(breakers.maxRetriesNow()).isEqualTo(3);
    for (int i = 0; i < 40; i++) {
      assertThat(breakers.requests().tryAcquire()).isTrue();
    }
    for (int i = 0; i < 10; i++) {
      assertThat(breakers.pendingRequests().tryAcquire()).isTrue();
    }
    assertThat(breakers.maxRetriesNow()).isEqualTo(10);
    for (int i = 0; i < 10; i++) {
      assertThat(breakers.tryAcquireRetry()).isTrue();
    }
    assertThat(breakers.tryAcquireRetry()).isFalse();
    breakers.releaseRetry();
    assertThat(breakers.tryAcquireRetry()).isTrue();
  }

  @Test
  void theGaugesFollowThePermits() {
    var stats = new Stats();
    var config = ClusterConfig.of("web", List.of());
    var limits = new CircuitBreakerConfig(2, 1, 1, 1, null, true);
    var cluster = new Cluster(withBreakers(config, limits), stats);
    var breakers = cluster.breakers(Priority.DEFAULT);
    assertThat(gauge(stats, "default.remaining_cx")).isEqualTo(2);
    assertThat(gauge(stats, "default.cx_open")).isZero();
    breakers.connections().tryAcquire();
    breakers.connections().tryAcquire();
    breakers.requests().tryAcquire();
    breakers.pendingRequests().tryAcquire();
    breakers.tryAcquireRetry();
    assertThat(gauge(stats, "default.remaining_cx")).isZero();
    for (var open : List.of("cx_open", "rq_open", "rq_pending_open", "rq_retry_open")) {
      assertThat(gauge(stats, "default." + open)).as(open).isEqualTo(1);
      assertThat(gauge(stats, "high." + open)).as("high %s", open).isZero();
    }
    breakers.requests().release();
    assertThat(gauge(stats, "default.rq_open")).isZero();
    assertThat(stats.find("cluster.web.circuit_breakers.high.remaining_cx")).isNull();
  }

  private static ClusterConfig withBreakers(ClusterConfig config, CircuitBreakerConfig limits) {
    return new ClusterConfig(
        config.name(),
        config.statName(),
        config.connectTimeout(),
        config.endpoints(),
        config.overprovisioning(),
        config.panicThreshold(),
        config.failOnPanic(),
        limits,
        config.high(),
        config.idleTimeout(),
        config.maxConnectionDuration(),
        config.maxRequestsPerConnection(),
        config.bufferLimit(),
        config.http1(),
        config.version(),
        config.bind(),
        config.keepalive(),
        LbConfig.ROUND_ROBIN,
        config.tls());
  }

  private static long gauge(Stats stats, String name) {
    if (stats.find("cluster.web.circuit_breakers." + name) instanceof Gauge gauge) {
      return gauge.value();
    }
    throw new AssertionError("no gauge " + name);
  }
}
