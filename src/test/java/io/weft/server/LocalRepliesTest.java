package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.filter.HttpFilter;
import io.weft.http.Body;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the proxy answers itself: code, body, flag, details and statistics as Envoy has them. */
class LocalRepliesTest {
  private static final String RESET =
      "upstream connect error or disconnect/reset before headers. reset reason: ";

  @Test
  void hasNoRoute() throws Exception {
    try (var proxy = TestProxy.to().virtualHosts("- name: one\n  domains: [elsewhere]").start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(404);
      assertThat(reply.body()).isEmpty();
      assertThat(reply.header("content-length")).isEqualTo("0");
      assertThat(proxy.awaitEnded()).isEqualTo("404 NR route_not_found");
      assertThat(proxy.stat("http.test.no_route")).isEqualTo(1);
      proxy.awaitStat("http.test.downstream_rq_4xx", 1);
    }
  }

  @Test
  void choosesTheVirtualHostByDomain() throws Exception {
    try (var proxy =
            TestProxy.to()
                .virtualHosts(
                    """
                    - name: exact
                      domains: [a.example]
                      routes:
                      - match: {prefix: /}
                        direct_response: {status: 200, body: {inline_string: exact}}
                    - name: suffix
                      domains: ['*.example']
                      routes:
                      - match: {prefix: /}
                        direct_response: {status: 200, body: {inline_string: suffix}}
                    - name: any
                      domains: ['*']
                      routes:
                      - match: {path: /here}
                        direct_response: {status: 201}
                    """)
                .start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: A.EXAMPLE\r\n\r\n");
      var exact = client.read();
      assertThat(exact.body()).isEqualTo("exact");
      assertThat(exact.header("content-type")).isEqualTo("text/plain");
      client.send("GET / HTTP/1.1\r\nhost: b.example\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("suffix");
      client.send("GET /here HTTP/1.1\r\nhost: other\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(201);
      client.send("GET /there HTTP/1.1\r\nhost: other\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(404);
      client.send("HEAD / HTTP/1.1\r\nhost: a.example\r\n\r\n");
      assertThat(client.read("HEAD").header("content-length")).isEqualTo("5");
      assertThat(proxy.stat("http.test.rq_direct_response")).isEqualTo(4);
      assertThat(proxy.ended())
          .contains("200 - direct_response", "201 - direct_response", "404 NR route_not_found");
    }
  }

  @Test
  void doesNotKnowTheClusterThatAHeaderNames() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ['*']
                      routes:
                      - match: {prefix: /}
                        route: {cluster_header: x-cluster}
                    """)
                .start()) {
      assertThat(proxy.get("/", "x-cluster: up").status()).isEqualTo(200);
      assertThat(proxy.get("/", "x-cluster: other").status()).isEqualTo(503);
      assertThat(proxy.get("/").status()).isEqualTo(503);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.ended())
          .containsExactly(
              "200 - via_upstream", "503 NC cluster_not_found", "503 NC cluster_not_found");
      assertThat(proxy.stat("http.test.no_cluster")).isEqualTo(2);
    }
  }

  @Test
  void hasNoEndpoint() throws Exception {
    try (var proxy = TestProxy.to().start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("no healthy upstream");
      assertThat(proxy.awaitEnded()).isEqualTo("503 UH no_healthy_upstream");
      assertThat(proxy.stat("cluster.up.upstream_cx_none_healthy")).isEqualTo(1);
    }
  }

  @Test
  void cannotConnect() throws Exception {
    int port;
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    try (var proxy = TestProxy.to(port).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body())
          .startsWith(RESET + "remote connection failure, transport failure reason: ");
      assertThat(proxy.awaitEnded())
          .startsWith("503 UF upstream_reset_before_response_started{remote_connection_failure|");
      assertThat(proxy.stat("cluster.up.upstream_cx_connect_fail")).isEqualTo(1);
      proxy.awaitStat("cluster.up.upstream_rq_503", 1);
    }
  }

  @Test
  void cannotConnectInTime() throws Exception {
    var waiting = new ArrayList<SocketChannel>();
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var proxy = TestProxy.to(full.getLocalPort()).cluster("connect_timeout: 0.1s").start()) {
      for (int i = 0; i < 8; i++) {
        var socket = SocketChannel.open();
        socket.configureBlocking(false);
        var _ =
            socket.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort()));
        waiting.add(socket);
      }
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).startsWith(RESET + "connection timeout");
      assertThat(proxy.awaitEnded())
          .startsWith("503 UF upstream_reset_before_response_started{connection_timeout");
      assertThat(proxy.stat("cluster.up.upstream_cx_connect_timeout")).isEqualTo(1);
    } finally {
      for (var socket : waiting) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theHostEndsBeforeAResponse(boolean reset) throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (reset) {
                exchange.reset();
              }
              exchange.close();
            });
        var proxy = TestProxy.to(upstream.port()).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo(RESET + "connection termination");
      assertThat(proxy.awaitEnded())
          .isEqualTo("503 UC upstream_reset_before_response_started{connection_termination}");
    }
  }

  @Test
  void theHostBreaksTheProtocol() throws Exception {
    try (var upstream =
            TestUpstream.start(
                exchange -> exchange.send("HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n").close());
        var proxy = TestProxy.to(upstream.port()).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(502);
      assertThat(reply.body()).isEqualTo(RESET + "protocol error");
      assertThat(proxy.awaitEnded())
          .isEqualTo("502 UPE upstream_reset_before_response_started{protocol_error}");
      assertThat(proxy.stat("cluster.up.upstream_cx_protocol_error")).isEqualTo(1);
    }
  }

  @Test
  void hasTooManyRequests() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.peer().readUntil("x");
              exchange.ok("late");
            });
        var proxy =
            TestProxy.to(upstream.port())
                .cluster("circuit_breakers: {thresholds: [{max_requests: 1}]}")
                .start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 1");
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo(RESET + "overflow");
      assertThat(reply.header("x-envoy-overloaded")).isEqualTo("true");
      assertThat(proxy.awaitEnded())
          .isEqualTo("503 UO upstream_reset_before_response_started{overflow}");
      client.send("x");
      assertThat(client.read().body()).isEqualTo("late");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1|host: test|x: %61441%, 431",
    "GET /%61441% HTTP/1.1|host: test, 414",
    "GET / HTTP/1.1|, 400",
    "GET / HTTP/1.1|host : test, 400",
    "GET  / HTTP/1.1|host: test, 400",
    "GET / HTTP/2.0|host: test, 505",
    "garbage, 400",
    "POST / HTTP/1.1|host: test|content-length: 1|content-length: 2, 400",
    "POST / HTTP/1.1|host: test|content-length: -1, 400",
    "POST / HTTP/1.1|host: test|transfer-encoding: gzip, 501",
    "POST / HTTP/1.1|host: test|content-length: 1|transfer-encoding: chunked, 400",
    "GET / HTTP/1.1|host: test|a_b: c, 400",
  })
  void refusesARequest(String lines, int status) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = proxy.connect()) {
      client.send(lines.replace("|", "\r\n").replace("%61441%", "a".repeat(61_441)) + "\r\n\r\n");
      var reply = client.read();
      if (status == 501) {
        assertThat(reply.status()).isIn(400, 501);
      } else {
        assertThat(reply.status()).isEqualTo(status);
      }
      assertThat(reply.header("server")).isEqualTo("envoy");
      assertThat(upstream.exchanges()).isEmpty();
      assertThat(proxy.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void refusesTooManyHeaders() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("common_http_protocol_options: {max_headers_count: 3}")
                .start()) {
      assertThat(proxy.get("/", "a: 1", "b: 2").status()).isEqualTo(200);
      assertThat(proxy.get("/", "a: 1", "b: 2", "c: 3").status()).isEqualTo(431);
    }
  }

  @Test
  void refusesABodyThatAFilterCannotHold() throws Exception {
    HttpFilter buffer =
        (request, stream, next) ->
            next.proceed(request.withBody(request.body().buffered(8)), stream);
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).filter(buffer).start()) {
      try (var client = proxy.connect()) {
        client.request("POST", "/", "content-length: 8").send("12345678");
        assertThat(client.read().status()).isEqualTo(200);
        assertThat(upstream.only().body()).isEqualTo("12345678");
        client.send(
            RawClient.head("POST", "/", "transfer-encoding: chunked")
                + "9\r\n123456789\r\n0\r\n\r\n");
        var reply = client.read();
        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.body()).isEqualTo("Payload Too Large");
        assertThat(proxy.stat("http.test.downstream_rq_too_large")).isEqualTo(1);
      }
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.ended().getLast()).isEqualTo("413 - request_payload_too_large");
    }
  }

  @Test
  void namesAFilterThatProceedsTwice() throws Exception {
    misused(
        (request, stream, next) -> {
          next.proceed(request, stream).body().close();
          return next.proceed(request, stream);
        },
        "proceed was called twice");
  }

  @Test
  @SuppressWarnings("NullAway") // the misuse
  void namesAFilterThatReturnsNothing() throws Exception {
    misused((request, stream, next) -> null, "returned no response");
  }

  @Test
  void namesAFilterThatFails() throws Exception {
    misused(
        (request, stream, next) -> {
          throw new IllegalArgumentException("of the filter");
        },
        "of the filter");
  }

  private static void misused(HttpFilter filter, String cause) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).filter(filter).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(500);
      assertThat(reply.body()).isEmpty();
      assertThat(proxy.awaitError("filter test failed")).contains(cause);
      assertThat(proxy.awaitEnded()).isEqualTo("500 - filter_error");
      proxy.awaitStat("http.test.downstream_rq_5xx", 1);
    }
  }

  @Test
  void namesTheFailureOfAFilteredRequestBody() throws Exception {
    HttpFilter failing =
        (request, stream, next) ->
            next.proceed(
                request.withBody(
                    Body.lazily(
                        () -> {
                          throw new IOException("body of the filter");
                        },
                        () -> null)),
                stream);
    HttpFilter limiting =
        (request, stream, next) -> next.proceed(request.withBody(request.body().atMost(3)), stream);
    for (boolean limit : new boolean[] {false, true}) {
      try (var upstream =
              TestUpstream.start(exchange -> {
                exchange.peer().readToEnding();
                exchange.close();
              });
          var proxy = TestProxy.to(upstream.port()).filter(limit ? limiting : failing).start();
          var client = proxy.connect()) {
        proxy.ignoreErrors("body of the filter");
        client.request("POST", "/", "transfer-encoding: chunked").send("4\r\nbody\r\n0\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(limit ? 413 : 500);
      }
    }
  }

  @Test
  void cutsAResponseWhoseFilteredBodyIsTooLong() throws Exception {
    try (var upstream = TestUpstream.answering("1234567890");
        var proxy =
            TestProxy.to(upstream.port())
                .filter((request, stream, next) -> {
                  var response = next.proceed(request, stream);
                  response.headers().remove("content-length");
                  return response.withBody(response.body().atMost(5));
                })
                .start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.0\r\nhost: test\r\n\r\n");
      assertThat(client.readOrCut("GET")).isNull();
      proxy.awaitStat("http.test.rs_too_large", 1);
    }
  }

  @Test
  void cutsAResponseWhoseFilteredBodyFails() throws Exception {
    HttpFilter failing =
        (request, stream, next) ->
            next.proceed(request, stream)
                .withBody(
                    Body.lazily(
                        () -> {
                          throw new IllegalStateException("body of the filter");
                        },
                        () -> null));
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).filter(failing).start();
        var client = proxy.connect()) {
      proxy.ignoreErrors("body of the filter");
      client.request("GET", "/");
      assertThat(client.readOrCut("GET")).isNull();
      proxy.awaitStat("http.test.downstream_rq_tx_reset", 1);
    }
  }

  @Test
  void anAnswerOfAFilterLeavesTheHostAlone() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .filter((request, stream, next) ->
                    stream.localReply(403, io.weft.stream.Detail.FILTER_REPLY, "no"))
                .start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.body()).isEqualTo("no");
      assertThat(upstream.connections()).isZero();
    }
  }
}
