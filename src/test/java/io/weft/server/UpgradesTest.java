package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.testing.Peer;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import io.weft.testing.TestUpstream.Exchange;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a request may make of its connection: tunnels behind an upgrade, byte for byte. */
@ParameterizedClass
@EnumSource(
    value = Setup.class,
    names = {"EPOLL_ONE", "NIO_ONE"})
class UpgradesTest {
  private static final String ALLOWED = "upgrade_configs: [{upgrade_type: websocket}]";
  private static final String SWITCHED =
      RawClient.head("GET", "/", "Upgrade: websocket", "Sec-WebSocket-Accept: x")
          .replace("GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols")
          .replace("host: test", "Connection: upgrade");
  private static final String[] OFFER = {
    "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: k"
  };

  private final Setup setup;

  UpgradesTest(Setup setup) {
    this.setup = setup;
  }

  /** A server that accepts and sends back what it reads, and ends when the client has. */
  static void echo(Exchange exchange) throws Exception {
    exchange.send(SWITCHED);
    echo(exchange.peer());
    exchange.close();
  }

  private static void echo(Peer peer) throws Exception {
    var buffer = new byte[16384];
    for (int count = peer.readSome(buffer); count >= 0; count = peer.readSome(buffer)) {
      peer.send(Arrays.copyOf(buffer, count));
    }
  }

  @Test
  void carriesBytesBothWaysBehindA101() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      client.request("GET", "/chat?room=1", OFFER);
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(101);
      assertThat(reply.header("upgrade")).isEqualTo("websocket");
      assertThat(reply.header("connection")).isEqualTo("Upgrade");
      assertThat(reply.header("sec-websocket-accept")).isEqualTo("x");
      assertThat(reply.header("content-length")).isNull();
      assertThat(reply.header("transfer-encoding")).isNull();
      assertThat(proxy.stat("http.test.downstream_cx_upgrades_active")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_active")).isEqualTo(1);
      client.send("\u0000GET / HTTP/1.1\r\n\r\n\u00ff");
      assertThat(client.peer().read(20)).isEqualTo("\u0000GET / HTTP/1.1\r\n\r\n\u00ff");
      client.peer().halfClose();
      client.expectEnd();
      var received = upstream.only();
      assertThat(received.line()).isEqualTo("GET /chat?room=1 HTTP/1.1");
      assertThat(received.header("connection")).isEqualTo("Upgrade");
      assertThat(received.header("upgrade")).isEqualTo("websocket");
      assertThat(received.header("sec-websocket-key")).isEqualTo("k");
      assertThat(received.header("transfer-encoding")).isNull();
      assertThat(proxy.awaitEnded()).isEqualTo("101 - via_upstream");
      assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(1);
      proxy.awaitStat("http.test.downstream_cx_upgrades_active", 0);
      proxy.awaitStat("cluster.up.upstream_cx_active", 0);
    }
  }

  @Test
  void takesNoByteOfTheTunnelBeforeItIsAccepted() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              // the head alone has come: what the client sent behind it waits for the 101
              exchange.send(SWITCHED + "hello");
              assertThat(exchange.peer().read(5)).isEqualTo("early");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      client.send(RawClient.head("GET", "/", OFFER) + "early");
      assertThat(client.read().status()).isEqualTo(101);
      assertThat(client.peer().read(5)).isEqualTo("hello");
      client.expectEnd();
    }
  }

  @Test
  void anAnswerThatIsNo101KeepsHttpAndItsConnections() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              String status =
                  switch (exchange.path()) {
                    case "/200" -> "200 OK";
                    case "/403" -> "403 Forbidden";
                    default -> "426 Upgrade Required";
                  };
              exchange.send("HTTP/1.1 " + status + "\r\ncontent-length: 2\r\n\r\nno");
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      for (int status : new int[] {200, 403, 426}) {
        client.request("GET", "/" + status, OFFER);
        var reply = client.read();
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo("no");
        assertThat(reply.header("connection")).isNull();
      }
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void whatWasSentOnTheAssumptionOfATunnelIsNeverTakenForARequest() throws Exception {
    try (var upstream = TestUpstream.answering("no");
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      client.send(RawClient.head("GET", "/", OFFER) + RawClient.head("GET", "/smuggled"));
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
      assertThat(upstream.only().path()).isEqualTo("/");
    }
  }

  @Test
  void a101ThatWasNotAskedForIsAProtocolError() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send(
                  exchange.path().equals("/plain")
                      ? SWITCHED
                      : "HTTP/1.1 101 Sure\r\nconnection: upgrade\r\nupgrade: chess\r\n\r\nbytes");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start()) {
      assertThat(proxy.get("/plain").status()).isEqualTo(502);
      assertThat(proxy.get("/other", OFFER).status()).isEqualTo(502);
      assertThat(proxy.stat("cluster.up.upstream_cx_protocol_error")).isEqualTo(2);
    }
  }

  @Test
  void garbageInsteadOfAnAnswerIsAProtocolError() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("\u0081\u0005hello\r\n\r\n");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start()) {
      assertThat(proxy.get("/", OFFER).status()).isEqualTo(502);
    }
  }

  @Test
  void refusesWhatIsNotEnabled() throws Exception {
    try (var upstream = TestUpstream.answering("no");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      var reply = client.get("/", OFFER);
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.header("connection")).isEqualTo("close");
      assertThat(proxy.stat("http.test.downstream_rq_ws_on_non_ws_route")).isEqualTo(1);
      assertThat(upstream.exchanges()).isEmpty();
    }
  }

  @Test
  void ignoresH2cAndOffersOfHttp10() throws Exception {
    try (var upstream = TestUpstream.answering("plain");
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(ALLOWED)
                .hcm("http_protocol_options: {accept_http_10: true}")
                .start()) {
      assertThat(
              proxy
                  .get(
                      "/",
                      "connection: upgrade, http2-settings",
                      "upgrade: h2c",
                      "http2-settings: AAMAAABkAARAAAAAAAIAAAAA")
                  .body())
          .isEqualTo("plain");
      try (var client = proxy.connect()) {
        client.send(
            "GET / HTTP/1.0\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("plain");
      }
      for (Exchange exchange : upstream.exchanges()) {
        assertThat(exchange.header("upgrade")).isNull();
        assertThat(exchange.header("connection")).isNull();
        assertThat(exchange.header("http2-settings")).isNull();
      }
    }
  }

  @Test
  void refusesAnUpgradeWithABody() throws Exception {
    try (var upstream = TestUpstream.answering("no");
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      client.request("POST", "/", "connection: upgrade", "upgrade: websocket", "content-length: 3");
      client.send("abc");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("connection")).isEqualTo("close");
    }
  }

  @Test
  void aRouteDecidesForItself() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(
                    "upgrade_configs: [{upgrade_type: WebSocket}, {upgrade_type: Chess, enabled: false}]")
                .virtualHosts(
                    """
                    - name: all
                      domains: ['*']
                      routes:
                      - match: {prefix: /no}
                        route:
                          cluster: up
                          upgrade_configs: [{upgrade_type: WEBSOCKET, enabled: false}]
                      - match: {prefix: /chess}
                        route: {cluster: up, upgrade_configs: [{upgrade_type: chess}]}
                      - match: {prefix: /}
                        route: {cluster: up}
                    """)
                .start()) {
      assertThat(proxy.get("/no", OFFER).status()).isEqualTo(403);
      assertThat(proxy.get("/", "connection: upgrade", "upgrade: chess").status()).isEqualTo(403);
      // the server speaks WebSocket only, and is not believed that it is chess
      assertThat(proxy.get("/chess", "connection: upgrade", "upgrade: Chess").status())
          .isEqualTo(502);
      try (var client = proxy.connect()) {
        assertThat(client.get("/", "connection: UPGRADE", "upgrade: websocket").status())
            .isEqualTo(101);
        client.peer().halfClose();
        client.expectEnd();
      }
    }
  }

  @Test
  void anUpgradeMayHaveFiltersOfItsOwn() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(
                    """
                    upgrade_configs:
                    - upgrade_type: websocket
                      filters:
                      - name: add
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                          mutations:
                            request_mutations: [{append: {header: {key: x-via-upgrade, value: 'yes'}}}]
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                    """)
                .start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      assertThat(upstream.only().header("x-via-upgrade")).isEqualTo("yes");
      client.peer().halfClose();
      client.expectEnd();
      assertThat(proxy.ended()).isEmpty(); // the usual filters have not seen it
    }
  }

  @Test
  void eachSideEndsForItself() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send(SWITCHED + "first");
              exchange.peer().halfClose();
              assertThat(exchange.peer().readAll()).isEqualTo("afterwards");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      assertThat(client.readToEnd()).isEqualTo("first");
      client.send("afterwards");
      client.peer().halfClose();
      assertThat(proxy.awaitEnded()).isEqualTo("101 - via_upstream");
    }
  }

  @Test
  void aResetOfOneSideIsOneOfTheOther() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send(SWITCHED);
              if (exchange.path().equals("/reset")) {
                exchange.peer().read(1);
                exchange.reset();
              } else {
                exchange.peer().send(exchange.peer().read(1));
                assertThat(exchange.peer().readToEnding().text()).isEmpty();
                exchange.close();
              }
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start()) {
      try (var client = proxy.connect()) {
        assertThat(client.get("/reset", OFFER).status()).isEqualTo(101);
        client.send("x");
        assertThat(client.peer().readToEnding().reset()).isTrue();
      }
      assertThat(proxy.awaitEnded())
          .isEqualTo("101 UC upstream_reset_after_response_started{connection_termination}");
      try (var client = proxy.connect()) {
        assertThat(client.get("/", OFFER).status()).isEqualTo(101);
        client.send("x");
        assertThat(client.peer().read(1)).isEqualTo("x");
        client.peer().reset();
      }
      proxy.awaitStat("http.test.downstream_cx_upgrades_active", 0);
      assertThat(proxy.ended().getLast()).isEqualTo("101 DC downstream_remote_disconnect");
    }
  }

  @Test
  void anIdleTunnelEndsWithTheStreamsIdleTimeAndNotWithTheRoutesTime() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(ALLOWED)
                .hcm("stream_idle_timeout: 2s\nrequest_timeout: 1s")
                .route("timeout: 1s")
                .start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      assertThat(client.peer().readToEnding().text()).isEmpty();
      assertThat(proxy.awaitEnded()).isEqualTo("101 SI stream_idle_timeout");
      assertThat(proxy.stat("http.test.downstream_rq_idle_timeout")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_timeout")).isZero();
    }
  }

  @Test
  void theHostHasTheRoutesTimeToAccept() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              assertThat(exchange.peer().readToEnding().text()).isEmpty();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).route("timeout: 0.1s").start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(504);
      assertThat(proxy.awaitEnded()).isEqualTo("504 UT response_timeout");
    }
  }

  @Test
  void movesMuchBothWaysAtOnce() throws Exception {
    int size = 8 << 20;
    var bytes = new byte[size];
    new java.util.Random(7).nextBytes(bytes);
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      var sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.peer().send(bytes).halfClose();
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertThat(client.peer().readBytes(size)).isEqualTo(bytes);
      client.expectEnd();
      sender.join();
      assertThat(proxy.awaitEnded()).isEqualTo("101 - via_upstream");
    }
  }

  /** What comes while the bytes before it are still being written must not be read by the codec. */
  @Test
  void losesNothingWhileTheHostTakesNothing() throws Exception {
    int size = 24 << 20;
    var bytes = new byte[size];
    new java.util.Random(8).nextBytes(bytes);
    var go = new CountDownLatch(1);
    var received = new CompletableFuture<byte[]>();
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send(SWITCHED);
              assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
              received.complete(exchange.peer().readBytes(size));
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      var sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.peer().send(bytes);
                } catch (java.io.IOException e) {
                  received.completeExceptionally(e);
                }
              });
      await().during(Duration.ofMillis(200)).until(() -> !received.isDone());
      go.countDown();
      assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(bytes);
      sender.join();
    }
  }

  @Test
  void aStaleConnectionIsReplaced() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (exchange.path().equals("/first")) {
                exchange.ok("first");
                exchange.peer().readUntil("\r\n\r\n"); // takes the next request and dies
                exchange.close();
              } else {
                echo(exchange);
              }
            });
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).start();
        var client = proxy.connect()) {
      assertThat(client.get("/first").status()).isEqualTo(200);
      assertThat(client.get("/chat", OFFER).status()).isEqualTo(101);
      assertThat(upstream.connections()).isEqualTo(2);
      client.peer().halfClose();
      client.expectEnd();
    }
  }

  @Test
  void aTunnelCountsForTheCircuitBreakers() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(ALLOWED)
                .cluster("circuit_breakers: {thresholds: [{max_requests: 1}]}")
                .start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      var other = proxy.get("/");
      assertThat(other.status()).isEqualTo(503);
      assertThat(other.header("x-envoy-overloaded")).isEqualTo("true");
      client.peer().halfClose();
      client.expectEnd();
    }
  }

  @Test
  void aDrainLeavesATunnelItsTimeAndThenEndsIt() throws Exception {
    try (var upstream = TestUpstream.start(UpgradesTest::echo);
        var proxy = setup.proxy(upstream.port()).hcm(ALLOWED).drainSeconds(1).start();
        var client = proxy.connect()) {
      assertThat(client.get("/", OFFER).status()).isEqualTo(101);
      proxy.end();
      client.send("still");
      assertThat(client.peer().read(5)).isEqualTo("still");
      assertThat(client.peer().readToEnding().text()).isEmpty();
    }
  }
}
