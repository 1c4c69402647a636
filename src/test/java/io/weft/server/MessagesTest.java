package io.weft.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.Peer;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1 messages through the whole proxy: framing, streaming, interim responses, versions. */
@ParameterizedClass
@EnumSource(Setup.class)
class MessagesTest {
  private final Setup setup;

  MessagesTest(Setup setup) {
    this.setup = setup;
  }

  @Test
  void keepsConnectionsOnBothSides() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.get("/" + i).body()).isEqualTo("hello");
      }
      assertThat(upstream.connections()).isEqualTo(1);
      assertThat(upstream.exchanges().get(3).line()).isEqualTo("GET /3 HTTP/1.1");
      assertThat(proxy.stat("http.test.downstream_cx_total")).isEqualTo(1);
      proxy.awaitStat("http.test.downstream_rq_2xx", 5);
      proxy.awaitStat("cluster.up.upstream_rq_200", 5);
    }
  }

  @Test
  void answersPipelinedRequestsInTheirOrder() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              var body = exchange.readBody();
              exchange.ok(exchange.line() + "|" + body);
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.send(
          RawClient.head("GET", "/1")
              + RawClient.head("POST", "/2", "content-length: 3")
              + "abc"
              + RawClient.head("POST", "/3", "transfer-encoding: chunked")
              + "2\r\nde\r\n0\r\n\r\n"
              + RawClient.head("HEAD", "/4")
              + RawClient.head("GET", "/5", "connection: close"));
      assertThat(client.read().body()).isEqualTo("GET /1 HTTP/1.1|");
      assertThat(client.read().body()).isEqualTo("POST /2 HTTP/1.1|abc");
      assertThat(client.read().body()).isEqualTo("POST /3 HTTP/1.1|de");
      assertThat(client.read("HEAD").header("content-length")).isEqualTo("17");
      var last = client.read();
      assertThat(last.body()).isEqualTo("GET /5 HTTP/1.1|");
      assertThat(last.header("connection")).isEqualTo("close");
      client.expectEnd();
    }
  }

  @Test
  void passesResponsesWithoutABody() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              switch (exchange.path()) {
                case "/head" -> exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n");
                case "/204" -> exchange.send("HTTP/1.1 204 No Content\r\n\r\n");
                case "/304" ->
                    exchange.send(
                        "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\netag: x\r\n\r\n");
                default -> exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("HEAD", "/head");
      assertThat(client.read("HEAD").header("content-length")).isEqualTo("10");
      var none = client.get("/204");
      assertThat(none.status()).isEqualTo(204);
      assertThat(none.header("content-length")).isNull();
      assertThat(none.header("transfer-encoding")).isNull();
      var same = client.get("/304");
      assertThat(same.status()).isEqualTo(304);
      assertThat(same.header("content-length")).isEqualTo("7");
      assertThat(same.header("etag")).isEqualTo("x");
      assertThat(client.get("/empty").header("content-length")).isEqualTo("0");
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void passesChunksBothWaysWithoutExtensionsAndWithTrailers() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              var body = exchange.readBody();
              exchange.send(
                  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n"
                      + "5;a=b;c=\"d;\\\"e\"\r\nhello\r\n1\r\n \r\n"
                      + Integer.toHexString(body.length())
                      + "\r\n"
                      + body
                      + "\r\n000\r\nx-sum: 42\r\nX-Sum: 43\r\n\r\n");
            });
        var proxy = setup.proxy(upstream.port()).cluster(UPSTREAM_TRAILERS).start();
        var client = proxy.connect()) {
      client.send(
          RawClient.head("POST", "/", "transfer-encoding: chunked", "trailer: x-crc")
              + "3;foo=bar\r\nabc\r\n00A;x\r\n0123456789\r\n0;last\r\nx-crc: 7\r\n\r\n");
      var reply = client.read();
      assertThat(reply.body()).isEqualTo("hello abc0123456789");
      assertThat(reply.trailers()).containsExactly("x-sum: 42", "X-Sum: 43");
      assertThat(upstream.only().body()).isEqualTo("abc0123456789");
      assertThat(upstream.only().trailers()).containsExactly("x-crc: 7");
      assertThat(client.get("/again").status()).isEqualTo(200);
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  static final String UPSTREAM_TRAILERS =
      """
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config:
            http_protocol_options: {enable_trailers: true}
      """;

  @Test
  void passesAResponseThatEndsWithItsConnection() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\n\r\nuntil ").send("the end");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      assertThat(client.get("/1").body()).isEqualTo("until the end");
      assertThat(client.get("/2").body()).isEqualTo("until the end");
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void passesLargeBodiesWholeBothWays() throws Exception {
    var bytes = new byte[3_000_000];
    new Random(7).nextBytes(bytes);
    var large = new String(bytes, ISO_8859_1);
    try (var upstream =
            TestUpstream.start(exchange -> {
              var body = exchange.readBody();
              if (exchange.line().contains("chunked")) {
                exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                for (int at = 0; at < body.length(); at += 70_000) {
                  var part = body.substring(at, Math.min(body.length(), at + 70_000));
                  exchange.send(Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
                }
                exchange.send("0\r\n\r\n");
              } else {
                exchange.ok(body);
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("POST", "/length", "content-length: " + bytes.length).send(large);
      assertThat(client.read().body().equals(large)).isTrue();
      client.request("POST", "/chunked", "transfer-encoding: chunked");
      for (int at = 0; at < large.length(); at += 1_000_000) {
        client.send(Integer.toHexString(1_000_000) + "\r\n");
        client.send(large.substring(at, at + 1_000_000) + "\r\n");
      }
      client.send("0\r\n\r\n");
      assertThat(client.read().body().equals(large)).isTrue();
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void streamsBothBodiesAtOnce() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              var first = exchange.readChunk();
              exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
              for (var chunk = first; !chunk.isEmpty(); chunk = exchange.readChunk()) {
                exchange.send(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n");
              }
              exchange.send("0\r\n\r\n");
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("POST", "/", "transfer-encoding: chunked").send("4\r\nping\r\n");
      client.peer().readUntil("\r\n\r\n");
      assertThat(client.peer().readUntil("ping\r\n")).isEqualTo("4\r\nping\r\n");
      client.send("4\r\npong\r\n");
      assertThat(client.peer().readUntil("pong\r\n")).isEqualTo("4\r\npong\r\n");
      client.send("0\r\n\r\n");
      assertThat(client.peer().readUntil("\r\n\r\n")).isEqualTo("0\r\n\r\n");
    }
  }

  @Test
  void passesAnEarlyResponseAndClosesBothSides() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.ok("enough");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 1000000").send("x".repeat(1000));
      var reply = client.read();
      assertThat(reply.body()).isEqualTo("enough");
      assertThat(reply.header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
      proxy.awaitStat("http.test.downstream_rq_response_before_rq_complete", 1);
    }
  }

  @Test
  void keepsAConnectionWhoseUnreadBodyIsHere() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .virtualHosts("- name: none\n  domains: [elsewhere]")
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 4") + "body");
      assertThat(client.read().status()).isEqualTo(404);
      client.send(
          RawClient.head("POST", "/", "transfer-encoding: chunked") + "1\r\nx\r\n0\r\n\r\n");
      assertThat(client.read().header("connection")).isNull();
      client.send(RawClient.head("POST", "/", "content-length: 4") + "b");
      assertThat(client.read().header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
    }
  }

  @Test
  void invitesTheBodyWhenItIsRead() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 4", "expect: 100-continue");
      assertThat(client.read().status()).isEqualTo(100);
      client.send("body");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(upstream.only().body()).isEqualTo("body");
      assertThat(upstream.only().header("expect")).isNull();
      assertThat(client.get("/next").status()).isEqualTo(200);
    }
  }

  @Test
  void answersAnExpectationWithoutInvitingTheBody() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .virtualHosts(
                    """
                    - name: none
                      domains: [elsewhere]
                    """)
                .start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 4", "expect: 100-continue");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(404);
      assertThat(reply.header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
    }
  }

  @Test
  void passesEarlyHintsOnAndDropsOtherInterimResponses() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange
                    .send("HTTP/1.1 100 Continue\r\n\r\n")
                    .send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
                    .send("HTTP/1.1 102 Processing\r\n\r\n")
                    .ok("final"));
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("GET", "/");
      var hints = client.read();
      assertThat(hints.status()).isEqualTo(103);
      assertThat(hints.header("link")).isEqualTo("</a>");
      assertThat(client.read().body()).isEqualTo("final");
      // RFC 9110 15.2: a client of HTTP/1.0 gets none
      client.send("GET / HTTP/1.0\r\nhost: test\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("final");
      client.expectEnd();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9})
  void takesEightInterimResponses(int count) throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(count)).ok("final"));
        var proxy = setup.proxy(upstream.port()).start()) {
      assertThat(proxy.get("/").status()).isEqualTo(count == 8 ? 200 : 502);
      if (count == 9) {
        assertThat(proxy.awaitEnded())
            .isEqualTo("502 UPE upstream_reset_before_response_started{protocol_error}");
        proxy.awaitStat("cluster.up.upstream_cx_protocol_error", 1);
      }
    }
  }

  @Test
  void speaksHttp10WithThoseWhoDo() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange
                    .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .send("3\r\nabc\r\n0\r\n\r\n"));
        var proxy = setup.proxy(upstream.port()).start()) {
      try (var client = proxy.connect()) {
        client.send("GET / HTTP/1.0\r\nhost: test\r\nconnection: keep-alive\r\n\r\n");
        var reply = client.read();
        assertThat(reply.header("transfer-encoding")).isNull();
        assertThat(reply.header("connection")).isEqualTo("close");
        assertThat(reply.body()).isEqualTo("abc");
      }
      assertThat(upstream.only().line()).isEqualTo("GET / HTTP/1.1");
    }
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.0\r\nhost: test\r\nconnection: keep-alive\r\n\r\n");
      assertThat(client.read().header("connection")).isEqualTo("keep-alive");
      client.send("GET / HTTP/1.0\r\nhost: test\r\n\r\n");
      assertThat(client.read().header("connection")).isEqualTo("close");
      client.expectEnd();
    }
  }

  @Test
  void takesAnAbsoluteTarget() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.send("GET http://Other.example:81/a?b=c HTTP/1.1\r\nhost: other.example:81\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(upstream.only().line()).isEqualTo("GET /a?b=c HTTP/1.1");
      assertThat(upstream.only().header("host")).isEqualTo("Other.example:81");
      client.send("GET http://a.example/ HTTP/1.1\r\nhost: b.example\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(400);
      client.peer().halfClose();
      client.expectEnd();
    }
  }

  @Test
  void holdsBackAnUpstreamWhoseClientDoesNotRead() throws Exception {
    var sent = new CountDownLatch(1);
    int size = 64 << 20;
    var part = "x".repeat(1 << 16);
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\ncontent-length: " + size + "\r\n\r\n");
              try {
                for (int i = 0; i < size; i += part.length()) {
                  exchange.send(part);
                }
                sent.countDown();
              } catch (IOException e) {
                exchange.close();
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = Peer.connect(proxy.port(), 4096)) {
      client.send(RawClient.head("GET", "/"));
      client.readUntil("\r\n\r\n");
      assertThat(sent.await(300, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(proxy.get("/", "x: y").status()).isEqualTo(200);
    }
  }
}
