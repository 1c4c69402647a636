package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.runtime.Drain;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How a proxy ends, and how many connections it takes (security bar T1, T7, T9). */
@ParameterizedClass
@EnumSource(Setup.class)
class DrainTest {
  private final Setup setup;

  DrainTest(Setup setup) {
    this.setup = setup;
  }

  /** Its thread may still wait for the next request then, or have ended: both must hear of it. */
  @Test
  void closesConnectionsThatHaveJustBecomeIdle() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.ok("short"));
        var proxy = setup.proxy(upstream.port()).start();
        var brisk = proxy.connect()) {
      for (int i = 0; i < 5; i++) {
        assertThat(brisk.get("/short").header("connection")).isNull();
      }
      var end = proxy.end();
      brisk.expectEnd();
      end.join(5000);
      assertThat(end.isAlive()).isFalse();
    }
  }

  @Test
  void finishesWhatIsGoingOnAndClosesWhatIsIdle() throws Exception {
    var more = new CountDownLatch(1);
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (exchange.line().contains("/short")) {
                exchange.ok("short");
              } else if (exchange.line().contains("/down")) {
                exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nfirs");
                more.await(10, TimeUnit.SECONDS);
                exchange.send("t, l");
              } else {
                exchange.ok(exchange.readBody());
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var idle = proxy.connect();
        var silent = proxy.connect();
        var down = proxy.connect();
        var up = proxy.connect()) {
      assertThat(idle.get("/short").header("connection")).isNull();
      down.request("GET", "/down");
      var head = down.peer().readUntil("firs");
      assertThat(head).doesNotContain("connection: close");
      up.request("POST", "/up", "content-length: 8").send("uplo");
      proxy.awaitStat("cluster.up.upstream_rq_active", 2);
      proxy.awaitStat("http.test.downstream_cx_active", 4);

      var end = proxy.end();
      idle.expectEnd();
      silent.expectEnd();
      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> RawClient.connect(proxy.port()))
                  .isInstanceOf(ConnectException.class));
      assertThat(proxy.server().drain().state()).isEqualTo(Drain.State.DRAINING);
      assertThat(end.isAlive()).isTrue();
      up.send("aded");
      var reply = up.read();
      assertThat(reply.body()).isEqualTo("uploaded");
      assertThat(reply.header("connection")).isEqualTo("close");
      up.expectEnd();
      more.countDown();
      assertThat(down.peer().read(4)).isEqualTo("t, l");
      down.expectEnd();
      end.join(1000);
      assertThat(end.isAlive()).isFalse();
    }
  }

  @Test
  void saysSoBeforeItStopsToAccept() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      proxy.server().drain().failHealthCheck();
      assertThat(proxy.server().drain().state()).isEqualTo(Drain.State.DRAINING);
      var reply = client.get("/");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("connection")).isEqualTo("close");
      client.expectEnd();
      assertThat(proxy.get("/").status()).isEqualTo(200);
      proxy.server().drain().passHealthCheck();
      assertThat(proxy.get("/").header("connection")).isNull();
      assertThat(proxy.stat("http.test.downstream_cx_drain_close")).isEqualTo(2);
    }
  }

  @Test
  void keepsConnectionsOfListenersThatOnlyAChangeDrains() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).listener("drain_type: MODIFY_ONLY").start();
        var client = proxy.connect()) {
      proxy.server().drain().failHealthCheck();
      assertThat(client.get("/").header("connection")).isNull();
      assertThat(client.get("/").header("connection")).isNull();
    }
  }

  @Test
  void cutsWhatIsNotDoneWhenTheDrainTimeIsOver() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nfirs");
              exchange.peer().readToEnding();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).drainSeconds(0).start();
        var client = proxy.connect()) {
      client.request("GET", "/");
      client.peer().readUntil("firs");
      var end = proxy.end();
      client.peer().readToEnding();
      end.join(5000);
      assertThat(end.isAlive()).isFalse();
    }
  }

  @Test
  void takesNoMoreConnectionsThanTheLimit() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .runtime("envoy.resource_limits.listener.test.connection_limit: 3")
                .listener("stat_prefix: limited")
                .start()) {
      var clients = new ArrayList<RawClient>();
      for (int i = 0; i < 3; i++) {
        var client = proxy.connect();
        clients.add(client);
        assertThat(client.get("/").status()).isEqualTo(200);
      }
      for (int i = 0; i < 5; i++) {
        try (var refused = proxy.connect()) {
          assertThat(refused.readOrCut("GET")).isNull();
        }
      }
      for (var client : clients) {
        assertThat(client.get("/").status()).isEqualTo(200);
      }
      assertThat(proxy.stat("listener.limited.downstream_cx_overflow")).isEqualTo(5);
      Objects.requireNonNull(clients.getFirst()).close();
      proxy.awaitStat("listener.limited.downstream_cx_active", 2);
      assertThat(proxy.get("/").status()).isEqualTo(200);
      for (var client : clients) {
        client.close();
      }
    }
  }

  @Test
  void takesNoMoreConnectionsInAllThanTheLimit() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .runtime("overload.global_downstream_max_connections: 2")
                .listener("stat_prefix: limited")
                .start();
        var first = proxy.connect();
        var second = proxy.connect()) {
      assertThat(first.get("/").status()).isEqualTo(200);
      assertThat(second.get("/").status()).isEqualTo(200);
      try (var refused = proxy.connect()) {
        assertThat(refused.readOrCut("GET")).isNull();
      }
      assertThat(proxy.stat("listener.limited.downstream_global_cx_overflow")).isEqualTo(1);
      assertThat(second.get("/").status()).isEqualTo(200);
    }
  }
}
