package io.weft.upstream;

import static io.weft.testing.TestClusters.stat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.Blocking;
import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.Priority;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.CanceledException;
import io.weft.stats.Stats;
import io.weft.stream.UpstreamException;
import io.weft.stream.UpstreamException.ConnectFailure;
import io.weft.testing.ChaosRelay;
import io.weft.testing.Peer;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestClusters;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClusterClientTest {
  private final Stats stats = new Stats();
  private final TestCarriers carriers = TestCarriers.start(2);

  @AfterEach
  void stop() {
    carriers.close();
  }

  // reuse

  @Test
  void aResponseWithoutABodyIsASuccess() throws Exception {
    try (var server =
        ScriptedServer.start(peer -> {
          while (true) {
            peer.readUntil("\r\n\r\n");
            peer.send("HTTP/1.1 204 No Content\r\n\r\n");
          }
        })) {
      var client = client("", server.port());
      for (int i = 0; i < 3; i++) {
        assertThat(get(client, "/" + i)).isEmpty();
      }
      assertThat(fact(client, Fact.RQ_SUCCESS)).isEqualTo(3);
      assertThat(fact(client, Fact.RQ_ERROR)).isZero();
      assertThat(server.accepted()).isEqualTo(1);
    }
  }

  @Test
  void theConnectionUsedLastServesTheNextRequest() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("", server.port());
      for (int i = 0; i < 5; i++) {
        assertThat(get(client, "/" + i)).isEqualTo("/" + i);
      }
      assertThat(server.accepted()).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_active")).isEqualTo(1);
      assertThat(stat(stats, "upstream_rq_total")).isEqualTo(5);
      assertThat(stat(stats, "upstream_rq_active")).isZero();
      assertThat(stat(stats, "upstream_rq_pending_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_rq_pending_active")).isZero();
      assertThat(stat(stats, "upstream_cx_http1_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_rx_bytes_total")).isPositive();
      assertThat(stat(stats, "upstream_cx_tx_bytes_total")).isPositive();
      assertThat(fact(client, Fact.RQ_TOTAL)).isEqualTo(5);
      assertThat(fact(client, Fact.RQ_SUCCESS)).isEqualTo(5);
      assertThat(fact(client, Fact.RQ_ACTIVE)).isZero();
      assertThat(fact(client, Fact.CX_ACTIVE)).isEqualTo(1);
    }
  }

  @Test
  void eachCarrierHasConnectionsOfItsOwn() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("", server.port());
      carriers.run(0, () -> exchange(client, "/a"));
      carriers.run(1, () -> exchange(client, "/b"));
      carriers.run(0, () -> exchange(client, "/c"));
      carriers.run(1, () -> exchange(client, "/d"));
      assertThat(server.accepted()).isEqualTo(2);
      assertThat(stat(stats, "upstream_cx_total")).isEqualTo(2);
    }
  }

  @Test
  void endpointsTakeTurns() throws Exception {
    try (var a = ScriptedServer.start(ClusterClientTest::serve);
        var b = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("", a.port(), b.port());
      var ports = new ArrayList<String>();
      for (int i = 0; i < 4; i++) {
        ports.add(
            carriers.run(() -> {
              var upstream = open(client);
              finish(upstream, "/");
              return upstream.endpoint().toString();
            }));
      }
      assertThat(ports.get(0)).isNotEqualTo(ports.get(1)).isEqualTo(ports.get(2));
      assertThat(ports.get(1)).isEqualTo(ports.get(3));
    }
  }

  @Test
  void anIdleConnectionThatTheEndpointClosesLeavesThePool() throws Exception {
    var close = new CountDownLatch(1);
    try (var server =
        ScriptedServer.start(peer -> {
          answerOne(peer);
          close.await();
        })) {
      var client = client("", server.port());
      get(client, "/");
      assertThat(idle(client)).isEqualTo(1);
      close.countDown();
      await().until(() -> idle(client) == 0);
      assertThat(stat(stats, "upstream_cx_active")).isZero();
      assertThat(stat(stats, "upstream_cx_destroy_remote")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_destroy_with_active_rq")).isZero();
      get(client, "/again");
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aConnectionWithBytesNobodyAskedForIsNotUsedAgain() throws Exception {
    try (var server =
        ScriptedServer.start(peer -> {
          peer.readUntil("\r\n\r\n");
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na" + "HTTP/1.1 200 smuggled");
          peer.readAll();
        })) {
      var client = client("", server.port());
      assertThat(get(client, "/")).isEqualTo("a");
      assertThat(idle(client)).isZero();
      assertThat(get(client, "/")).isEqualTo("a");
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void bytesThatComeWhileAConnectionIsIdleEndIt() throws Exception {
    var more = new CountDownLatch(1);
    try (var server =
        ScriptedServer.start(peer -> {
          answerOne(peer);
          more.await();
          peer.send("HTTP/1.1 200 OK\r\n\r\n");
          peer.readAll();
        })) {
      var client = client("", server.port());
      get(client, "/");
      more.countDown();
      await().until(() -> idle(client) == 0);
      assertThat(stat(stats, "upstream_cx_active")).isZero();
    }
  }

  @Test
  void aResponseNotReadToItsEndClosesItsConnection() throws Exception {
    try (var server =
        ScriptedServer.start(peer -> {
          peer.readUntil("\r\n\r\n");
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          peer.readAll();
        })) {
      var client = client("", server.port());
      carriers.run(() -> {
        var upstream = open(client);
        var limits = new Timeouts();
        upstream.stream().sendHead(request("/"), limits);
        var response = upstream.stream().receive(Interim.NONE, limits);
        upstream.onResponse(response.status());
        response.body().close();
        return null;
      });
      assertThat(idle(client)).isZero();
      assertThat(stat(stats, "upstream_cx_active")).isZero();
      assertThat(stat(stats, "upstream_rq_active")).isZero();
      assertThat(stat(stats, "upstream_cx_destroy_local_with_active_rq")).isEqualTo(1);
    }
  }

  // ends of a connection's life

  @Test
  void anIdleConnectionIsClosedWhenItsTimeIsOver() throws Exception {
    var ended = new LinkedBlockingQueue<Boolean>();
    try (var server =
        ScriptedServer.start(peer -> {
          answerOne(peer);
          ended.add(peer.readToEnding().reset());
        })) {
      var client = client("common_http_protocol_options: {idle_timeout: 0.05s}", server.port());
      get(client, "/");
      assertThat(ended.poll(10, TimeUnit.SECONDS)).isFalse();
      await().until(() -> stat(stats, "upstream_cx_idle_timeout") == 1);
      assertThat(stat(stats, "upstream_cx_active")).isZero();
      assertThat(stat(stats, "upstream_cx_destroy_local")).isEqualTo(1);
    }
  }

  @Test
  void onlyTheConnectionsThatWereIdleLongestAreEvicted() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("common_http_protocol_options: {idle_timeout: 3600s}", server.port());
      carriers.run(() -> {
        var a = open(client);
        var b = open(client);
        finish(a, "/");
        finish(b, "/");
        assertEviction(client.here().next(Priority.DEFAULT, 0, HostChoice.ANY, 0, null));
        return null;
      });
      assertThat(stat(stats, "upstream_cx_idle_timeout")).isEqualTo(2);
    }
  }

  private static void assertEviction(@Nullable EndpointPool pool) {
    if (pool == null) {
      throw new AssertionError("no endpoint");
    }
    assertThat(pool.idle()).isEqualTo(2);
    long now = System.nanoTime();
    assertThat(pool.evict(now)).isGreaterThan(now);
    assertThat(pool.idle()).isEqualTo(2);
    assertThat(pool.evict(now + Duration.ofHours(2).toNanos())).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.idle()).isZero();
  }

  @Test
  void aConnectionServesNoMoreRequestsThanItMay() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("max_requests_per_connection: 2", server.port());
      for (int i = 0; i < 4; i++) {
        get(client, "/");
      }
      assertThat(server.accepted()).isEqualTo(2);
      assertThat(stat(stats, "upstream_cx_max_requests")).isEqualTo(2);
    }
  }

  @Test
  void aConnectionThatIsTooOldIsClosedEvenIfItIsIdle() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client =
          client("common_http_protocol_options: {max_connection_duration: 0.05s}", server.port());
      get(client, "/");
      await().until(() -> stat(stats, "upstream_cx_max_duration_reached") == 1);
      assertThat(stat(stats, "upstream_cx_active")).isZero();
    }
  }

  @Test
  void drainingClosesIdleConnectionsAndThoseInUseWhenTheyAreDone() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("", server.port());
      var started = new CountDownLatch(1);
      var go = new CountDownLatch(1);
      carriers.run(() -> {
        finish(open(client), "/");
        return null;
      });
      var slow =
          carriers.start(
              0,
              () -> {
                var upstream = open(client);
                started.countDown();
                Blocking.call(() -> {
                  go.await();
                  return "";
                });
                return finish(upstream, "/slow");
              });
      started.await();
      client.drain();
      go.countDown();
      assertThat(TestCarriers.result(slow)).isEqualTo("/slow");
      await().until(() -> stat(stats, "upstream_cx_active") == 0);
    }
  }

  // failures to connect

  @Test
  void aRefusedConnectionSaysSo() throws Exception {
    int port;
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    var client = client("", port);
    assertThatThrownBy(() -> get(client, "/"))
        .isInstanceOfSatisfying(
            ConnectFailure.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ConnectFailure.Failure.REMOTE);
              assertThat(e.transportReason())
                  .isEqualTo("delayed connect error: Connection refused");
              assertThat(e.requestSent()).isFalse();
            });
    assertThat(stat(stats, "upstream_cx_connect_fail")).isEqualTo(1);
    assertThat(stat(stats, "upstream_rq_pending_failure_eject")).isEqualTo(1);
    assertThat(stat(stats, "upstream_cx_total")).isEqualTo(1);
    assertThat(stat(stats, "upstream_cx_active")).isZero();
    assertThat(stat(stats, "upstream_rq_total")).isZero();
    assertThat(fact(client, Fact.CX_CONNECT_FAIL)).isEqualTo(1);
    assertThat(client.cluster().breakers(Priority.DEFAULT).connections().inUse()).isZero();
  }

  @Test
  void aConnectionThatDoesNotOpenInTimeFails() throws Exception {
    // a full accept queue: the handshake of further connections is never completed
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var client = client("connect_timeout: 0.2s", full.getLocalPort());
      var failure = new ArrayList<Throwable>();
      for (int i = 0; i < 8 && failure.isEmpty(); i++) {
        try {
          carriers.run(() -> open(client));
        } catch (ConnectFailure e) {
          failure.add(e);
        }
      }
      assertThat(failure).hasSize(1);
      assertThat(((ConnectFailure) failure.getFirst()).kind())
          .isEqualTo(ConnectFailure.Failure.TIMEOUT);
      assertThat(stat(stats, "upstream_cx_connect_timeout")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_connect_fail")).isEqualTo(1);
    }
  }

  @Test
  void aDeadlineBeforeTheConnectTimeoutIsTheRequestsOwn() throws Exception {
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var client = client("connect_timeout: 60s", full.getLocalPort());
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 8; i++) {
                  carriers.run(() ->
                      client.open(
                          null,
                          Priority.DEFAULT,
                          true,
                          System.nanoTime() + Duration.ofMillis(200).toNanos()));
                }
              })
          .isInstanceOf(UpstreamException.UpstreamTimeout.class);
      assertThat(stat(stats, "upstream_cx_connect_timeout")).isZero();
      assertThat(stat(stats, "upstream_rq_cancelled")).isEqualTo(1);
    }
  }

  @Test
  void withoutEndpointsThereIsNobody() {
    var client = client("");
    assertThatThrownBy(() -> get(client, "/"))
        .isInstanceOf(UpstreamException.NoHealthyEndpoint.class);
    assertThat(stat(stats, "upstream_cx_none_healthy")).isEqualTo(1);
  }

  // circuit breakers

  @Test
  void atTheLimitOfConnectionsRequestsWaitTheirTurn() throws Exception {
    var go = new LinkedBlockingQueue<String>();
    try (var server =
        ScriptedServer.start(peer -> {
          while (true) {
            var path = path(peer);
            go.take();
            answer(peer, path);
          }
        })) {
      var client = client(breakers("max_connections: 1"), server.port());
      var first = carriers.start(0, () -> exchange(client, "/1"));
      await().until(() -> stat(stats, "upstream_rq_active") == 1);
      var second = carriers.start(0, () -> exchange(client, "/2"));
      await().until(() -> stat(stats, "upstream_rq_pending_active") == 1);
      var third = carriers.start(0, () -> exchange(client, "/3"));
      await().until(() -> stat(stats, "upstream_rq_pending_active") == 2);
      assertThat(stat(stats, "upstream_cx_overflow")).isEqualTo(2);
      go.add("");
      assertThat(TestCarriers.result(first)).isEqualTo("/1");
      go.add("");
      assertThat(TestCarriers.result(second)).isEqualTo("/2");
      go.add("");
      assertThat(TestCarriers.result(third)).isEqualTo("/3");
      assertThat(server.accepted()).isEqualTo(1);
      assertThat(stat(stats, "upstream_rq_pending_active")).isZero();
      assertThat(stat(stats, "upstream_cx_active")).isEqualTo(1);
    }
  }

  @Test
  void aWaitingRequestGivesUpAtItsDeadline() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll)) {
      var client = client(breakers("max_connections: 1"), server.port());
      carriers.run(() -> open(client));
      assertThatThrownBy(() ->
              carriers.run(
                  () -> client.open(null, Priority.DEFAULT, false, System.nanoTime() + 50_000_000)))
          .isInstanceOf(UpstreamException.UpstreamTimeout.class);
      assertThat(stat(stats, "upstream_rq_pending_active")).isZero();
      assertThat(stat(stats, "upstream_rq_cancelled")).isEqualTo(1);
    }
  }

  @Test
  void aWaitingRequestThatIsInterruptedLeavesTheQueue() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll)) {
      var client = client(breakers("max_connections: 1"), server.port());
      carriers.run(() -> open(client));
      var thread = new LinkedBlockingQueue<Thread>();
      var waiting =
          carriers.start(
              0,
              () -> {
                thread.add(Thread.currentThread());
                return open(client);
              });
      await().until(() -> stat(stats, "upstream_rq_pending_active") == 1);
      thread.take().interrupt();
      assertThatThrownBy(() -> TestCarriers.result(waiting)).isInstanceOf(CanceledException.class);
      assertThat(stat(stats, "upstream_rq_pending_active")).isZero();
    }
  }

  @Test
  void aCarrierWithoutAConnectionMayAlwaysOpenOne() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client(breakers("max_connections: 1"), server.port());
      assertThat(carriers.<String>run(0, () -> exchange(client, "/0"))).isEqualTo("/0");
      assertThat(carriers.<String>run(1, () -> exchange(client, "/1"))).isEqualTo("/1");
      assertThat(client.cluster().breakers(Priority.DEFAULT).connections().inUse()).isEqualTo(2);
    }
  }

  @Test
  void aPermitFreedOnOneCarrierWakesWhoWaitsOnAnother() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll)) {
      var client = client(breakers("max_connections: 2"), server.port());
      var a = carriers.run(0, () -> open(client));
      carriers.run(1, () -> open(client));
      var waiting = carriers.start(1, () -> open(client));
      await().until(() -> stat(stats, "upstream_rq_pending_active") == 1);
      carriers.run(
          0,
          () -> {
            a.stream().reset();
            return null;
          });
      var granted = TestCarriers.result(waiting);
      assertThat(granted.reused()).isFalse();
      assertThat(client.cluster().breakers(Priority.DEFAULT).connections().inUse()).isEqualTo(2);
    }
  }

  @Test
  void beyondThePendingLimitARequestFailsAtOnce() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll)) {
      var client = client(breakers("max_connections: 1, max_pending_requests: 1"), server.port());
      carriers.run(() -> open(client));
      var waiting = carriers.start(0, () -> open(client));
      await().until(() -> stat(stats, "upstream_rq_pending_active") == 1);
      assertThatThrownBy(() -> carriers.run(() -> open(client)))
          .isInstanceOf(UpstreamException.Overflow.class);
      assertThatThrownBy(() -> carriers.run(1, () -> open(client)))
          .as("another carrier")
          .isInstanceOf(UpstreamException.Overflow.class);
      assertThat(stat(stats, "upstream_rq_pending_overflow")).isEqualTo(2);
      assertThat(stat(stats, "circuit_breakers.default.rq_pending_open")).isEqualTo(1);
      assertThat(waiting.isDone()).isFalse();
    }
  }

  @Test
  void beyondTheRequestLimitARequestFailsAtOnceAndItsConnectionStaysUsable() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client(breakers("max_requests: 1"), server.port());
      var first = carriers.run(() -> open(client));
      assertThatThrownBy(() -> carriers.run(() -> open(client)))
          .isInstanceOf(UpstreamException.Overflow.class);
      assertThat(stat(stats, "upstream_rq_pending_overflow")).isEqualTo(1);
      assertThat(stat(stats, "circuit_breakers.default.rq_open")).isEqualTo(1);
      assertThat(idle(client)).isEqualTo(1);
      carriers.run(() -> finish(first, "/"));
      assertThat(stat(stats, "circuit_breakers.default.rq_open")).isZero();
      assertThat(get(client, "/next")).isEqualTo("/next");
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void theLimitsOfAPriorityAreItsOwn() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client(breakers("max_requests: 0"), server.port());
      assertThatThrownBy(() -> get(client, "/")).isInstanceOf(UpstreamException.Overflow.class);
      carriers.run(() -> finish(client.open(null, Priority.HIGH, false, Long.MAX_VALUE), "/"));
      assertThat(stat(stats, "upstream_rq_total")).isEqualTo(1);
    }
  }

  @Test
  void theRequestLimitHoldsOverAllCarriersHoweverTheyRace() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client(breakers("max_requests: 3"), server.port());
      var permits = client.cluster().breakers(Priority.DEFAULT).requests();
      var work = new ArrayList<Future<Long>>();
      for (int t = 0; t < 16; t++) {
        work.add(
            carriers.start(
                t % 2,
                () -> {
                  long most = 0;
                  for (int i = 0; i < 200; i++) {
                    try {
                      var upstream = open(client);
                      most = Math.max(most, permits.inUse());
                      finish(upstream, "/");
                    } catch (UpstreamException.Overflow e) {
                      Carrier.current().yieldNow();
                    }
                  }
                  return most;
                }));
      }
      for (var each : work) {
        assertThat(TestCarriers.result(each)).isLessThanOrEqualTo(3);
      }
      assertThat(permits.inUse()).isZero();
    }
  }

  // chaos

  @ParameterizedTest
  @EnumSource(
      value = ChaosRelay.Fault.class,
      names = {"RESET", "END"})
  void aResponseCutAtAnyByteIsNeverTakenForAWholeOne(ChaosRelay.Fault fault) throws Exception {
    var response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\n12345";
    try (var server =
            ScriptedServer.start(peer -> {
              peer.readUntil("\r\n\r\n");
              peer.send(response);
              peer.readAll();
            });
        var relay = ChaosRelay.to(server.port())) {
      var client = client("", relay.port());
      for (int cut = 0; cut < response.length(); cut++) {
        relay.breakAfter(cut, fault);
        assertThatThrownBy(() -> get(client, "/"))
            .as("cut after %d bytes", cut)
            .isInstanceOf(IOException.class);
        assertThat(idle(client)).as("idle after %d bytes", cut).isZero();
      }
      relay.breakAfter(0, ChaosRelay.Fault.NONE);
      assertThat(get(client, "/")).isEqualTo("12345");
      assertThat(stat(stats, "upstream_rq_active")).isZero();
      assertThat(stat(stats, "upstream_cx_active")).isEqualTo(1);
      assertThat(client.cluster().breakers(Priority.DEFAULT).connections().inUse()).isEqualTo(1);
      assertThat(client.cluster().breakers(Priority.DEFAULT).requests().inUse()).isZero();
    }
  }

  // side calls

  @Test
  void aSideCallFromAnyThreadReadsTheWholeResponse() throws Exception {
    try (var server = ScriptedServer.start(ClusterClientTest::serve)) {
      var client = client("", server.port());
      for (int i = 0; i < 3; i++) {
        var response = send(client, "/ready");
        assertThat(response.status()).isEqualTo(200);
        assertThat(text(response)).isEqualTo("/ready");
      }
      assertThat(server.accepted()).isEqualTo(1);
    }
  }

  @Test
  void aSideCallIsSentOnceMoreWhenItsReusedConnectionHadDied() throws Exception {
    try (var server =
        ScriptedServer.start(peer -> {
          answerOne(peer);
          peer.readUntil("\r\n\r\n");
        })) {
      var client = client("", server.port());
      assertThat(send(client, "/1").status()).isEqualTo(200);
      assertThat(send(client, "/2").status()).isEqualTo(200);
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aSideCallEndsAtItsTimeout() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll)) {
      var client = client("", server.port());
      assertThatThrownBy(
              () -> client.send(carriers.get(0), request("/"), Duration.ofMillis(50), 1000))
          .isInstanceOf(UpstreamException.UpstreamTimeout.class);
      await().until(() -> stat(stats, "upstream_cx_active") == 0);
      assertThat(fact(client, Fact.RQ_TIMEOUT)).isEqualTo(1);
    }
  }

  @Test
  void aSideCallThatIsNeverAnsweredSaysWhy() throws Exception {
    try (var server = ScriptedServer.start(peer -> peer.readUntil("\r\n\r\n"))) {
      var client = client("", server.port());
      assertThatThrownBy(() -> send(client, "/")).isInstanceOf(EOFException.class);
      assertThat(fact(client, Fact.RQ_ERROR)).isEqualTo(1);
    }
  }

  // what the tests are made of

  private ClusterClient client(String settings, int... ports) {
    return ClusterClient.of(TestClusters.cluster(stats, settings, ports));
  }

  private static String breakers(String limits) {
    return "circuit_breakers: {thresholds: [{" + limits + ", track_remaining: true}]}";
  }

  private String get(ClusterClient client, String path) throws Exception {
    return carriers.run(() -> exchange(client, path));
  }

  private Response send(ClusterClient client, String path) throws IOException {
    return client.send(carriers.get(0), request(path), Duration.ofSeconds(10), 1000);
  }

  private static Upstream open(ClusterClient client) throws IOException {
    return client.open(null, Priority.DEFAULT, false, Long.MAX_VALUE);
  }

  private static String exchange(ClusterClient client, String path) throws IOException {
    return finish(open(client), path);
  }

  private static String finish(Upstream upstream, String path) throws IOException {
    var limits = new Timeouts();
    try {
      upstream.stream().sendHead(request(path), limits);
      var response = upstream.stream().receive(Interim.NONE, limits);
      upstream.onResponse(response.status());
      return new String(response.body().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      upstream.stream().reset();
      throw e;
    }
  }

  private static String text(Response response) throws IOException {
    return new String(response.body().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static Request request(String path) {
    return Request.of(
        "GET", "http", "up", path, Protocol.HTTP_1_1, Headers.of("host", "up"), Body.EMPTY);
  }

  private static void serve(Peer peer) throws IOException {
    while (true) {
      answer(peer, path(peer));
    }
  }

  private static void answerOne(Peer peer) throws IOException {
    answer(peer, path(peer));
  }

  private static String path(Peer peer) throws IOException {
    return peer.readUntil("\r\n\r\n").split(" ", 3)[1];
  }

  private static void answer(Peer peer, String body) throws IOException {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private int idle(ClusterClient client) throws Exception {
    return carriers.run(() -> client.idle(client.cluster().endpoints().all().getFirst()));
  }

  private static long fact(ClusterClient client, Fact fact) {
    return fact(client.cluster(), fact);
  }

  private static long fact(Cluster cluster, Fact fact) {
    return cluster.endpoints().all().getFirst().stats().sum(fact);
  }
}
