package io.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DrainTest {
  private final AtomicLong now = new AtomicLong(1000);
  private final Drain server = new Drain(now::get);

  @Test
  void stateFollowsStartHealthAndDrain() {
    assertThat(server.state()).isEqualTo(Drain.State.PRE_INITIALIZING);
    server.initializing();
    assertThat(server.state()).isEqualTo(Drain.State.INITIALIZING);
    server.live();
    assertThat(server.state()).isEqualTo(Drain.State.LIVE);
    server.failHealthCheck();
    assertThat(server.state()).isEqualTo(Drain.State.DRAINING);
    assertThat(server.closesConnection(1)).isTrue();
    server.passHealthCheck();
    assertThat(server.state()).isEqualTo(Drain.State.LIVE);
    assertThat(server.closesConnection(1)).isFalse();
    server.start(Duration.ofSeconds(1), Drain.Strategy.IMMEDIATE);
    assertThat(server.state()).isEqualTo(Drain.State.DRAINING);
  }

  @Test
  void gradualDrainReachesMoreAndMoreConnections() {
    server.start(Duration.ofNanos(100), Drain.Strategy.GRADUAL);
    assertThat(server.closesConnection(0)).isFalse();
    now.addAndGet(50);
    assertThat(server.closesConnection(149)).isTrue();
    assertThat(server.closesConnection(150)).isFalse();
    now.addAndGet(50);
    assertThat(server.closesConnection(150)).isTrue();
  }

  @Test
  void listenerDrainsAloneAndWithTheServer() {
    var one = server.ofListener(false);
    var other = server.ofListener(true);
    one.start(Duration.ZERO, Drain.Strategy.IMMEDIATE);
    assertThat(one.closesConnection(0)).isTrue();
    assertThat(other.closesConnection(0)).isFalse();
    assertThat(server.started()).isFalse();
    server.failHealthCheck();
    assertThat(other.closesConnection(0)).isFalse();
    assertThat(other.healthCheckFailed()).isFalse();
    assertThat(server.ofListener(false).closesConnection(0)).isTrue();
    server.start(Duration.ZERO, Drain.Strategy.IMMEDIATE);
    assertThat(other.closesConnection(0)).isTrue();
    assertThat(other.started()).isTrue();
  }

  @Test
  void listenersOfTheStartAreToldOnce() {
    var told = new AtomicInteger();
    server.onStart(told::incrementAndGet);
    server.start(Duration.ZERO, Drain.Strategy.IMMEDIATE);
    server.start(Duration.ZERO, Drain.Strategy.GRADUAL);
    assertThat(told).hasValue(1);
    server.onStart(told::incrementAndGet);
    assertThat(told).hasValue(2);
  }
}
