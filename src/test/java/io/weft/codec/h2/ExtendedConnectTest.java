package io.weft.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.server.TestProxy;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** WebSocket over HTTP/2 (RFC 8441), and its translation from and to the upgrade of HTTP/1. */
class ExtendedConnectTest {
  private static final String ALLOWED =
      """
      http2_protocol_options: {allow_connect: true}
      upgrade_configs: [{upgrade_type: websocket}]
      """;

  /** Accepts, answers one message with another, and ends its side. */
  private static void host(TestUpstream.Exchange exchange) throws IOException {
    exchange.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
    exchange.send("Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello");
    exchange.send(exchange.peer().read(4));
    exchange.close();
  }

  private static String[] connect() {
    return new String[] {
      ":method",
      "CONNECT",
      ":protocol",
      "websocket",
      ":scheme",
      "http",
      ":path",
      "/chat",
      ":authority",
      "raw.test",
      "sec-websocket-version",
      "13"
    };
  }

  private static void talk(RawHttp2 client) throws IOException {
    int id = client.request(false, connect());
    var reply = client.reply(id);
    while (!reply.text().equals("hello")) {
      client.next();
    }
    assertThat(reply.status).isEqualTo(200);
    client.data(id, "ping", false);
    while (!reply.text().equals("helloping")) {
      client.next();
    }
    client.data(id, "", true);
    assertThat(client.await(id).ended).isTrue();
  }

  @Test
  void aTunnelReachesAnHttp1Host() throws Exception {
    try (var upstream = TestUpstream.start(ExtendedConnectTest::host);
        var proxy = TestProxy.to(upstream.port()).hcm(ALLOWED).start();
        var client = RawHttp2.connect(proxy.port())) {
      client.awaitSettings();
      assertThat(client.settings).containsEntry((int) Settings.CONNECT_PROTOCOL, 1);
      talk(client);
      var seen = upstream.only();
      assertThat(seen.line()).isEqualTo("GET /chat HTTP/1.1");
      assertThat(seen.header("upgrade")).isEqualTo("websocket");
      assertThat(seen.header("sec-websocket-key")).hasSize(24);
    }
  }

  @Test
  void aTunnelPassesTwoProxiesInHttp2() throws Exception {
    try (var upstream = TestUpstream.start(ExtendedConnectTest::host);
        var inner = TestProxy.to(upstream.port()).hcm(ALLOWED).start();
        var outer =
            TestProxy.to(inner.port()).hcm(ALLOWED).cluster("http2_protocol_options: {}").start();
        var client = RawHttp2.connect(outer.port())) {
      talk(client);
      assertThat(outer.stat("cluster.up.upstream_cx_http2_total")).isEqualTo(1);
    }
  }

  @Test
  void anHttp1ClientReachesAnHttp2Host() throws Exception {
    try (var upstream = TestUpstream.start(ExtendedConnectTest::host);
        var inner = TestProxy.to(upstream.port()).hcm(ALLOWED).start();
        var outer =
            TestProxy.to(inner.port()).hcm(ALLOWED).cluster("http2_protocol_options: {}").start();
        var client = RawClient.connect(outer.port())) {
      client.request(
          "GET",
          "/chat",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      client.send("ping");
      assertThat(client.readToEnd()).startsWith("HTTP/1.1 101 ").endsWith("\r\n\r\nhelloping");
    }
  }

  @Test
  void aTunnelThatIsNotAllowedIsRefused() throws Exception {
    try (var upstream = TestUpstream.answering("unused");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("http2_protocol_options: {allow_connect: true}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.request(false, connect());
      assertThat(client.await(id).status).isEqualTo(403);
    }
  }

  @Test
  void extendedConnectThatWasNotOfferedIsMalformed() throws Exception {
    try (var upstream = TestUpstream.answering("unused");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.request(false, connect());
      assertThat(client.await(id).reset).isEqualTo(ErrorCode.PROTOCOL_ERROR);
    }
  }
}
