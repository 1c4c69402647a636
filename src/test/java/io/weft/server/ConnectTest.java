package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** CONNECT: ended here with a connection of its own, or passed on to another proxy. */
@ParameterizedClass
@EnumSource(
    value = Setup.class,
    names = {"EPOLL_ONE", "NIO_ONE"})
class ConnectTest {
  private static final String TERMINATED = ", connect_config: {}";

  private final Setup setup;

  ConnectTest(Setup setup) {
    this.setup = setup;
  }

  private TestProxy proxy(int port, String more) throws IOException {
    return setup
        .proxy(port)
        .virtualHosts(
            """
            - name: all
              domains: ['*']
              routes:
              - match: {prefix: /}
                route: {cluster: up}
              - match: {connect_matcher: {}}
                route:
                  cluster: up
                  upgrade_configs: [{upgrade_type: CONNECT%s}]
            """
                .formatted(more))
        .start();
  }

  private static String connect(String authority) {
    return "CONNECT " + authority + " HTTP/1.1\r\nhost: " + authority + "\r\n\r\n";
  }

  @Test
  void leadsToTheEndpointItself() throws Exception {
    try (var server = ScriptedServer.echo();
        var proxy = proxy(server.port(), TERMINATED);
        var client = proxy.connect()) {
      client.send(connect("anything.example:443") + "early ");
      var reply = client.read("HEAD");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("content-length")).isNull();
      assertThat(reply.header("transfer-encoding")).isNull();
      client.send("and late");
      assertThat(client.peer().read(14)).isEqualTo("early and late");
      assertThat(proxy.stat("cluster.up.upstream_cx_active")).isEqualTo(1);
      client.peer().halfClose();
      client.expectEnd();
      assertThat(proxy.awaitEnded()).isEqualTo("200 - via_upstream");
      assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_200")).isEqualTo(1);
      proxy.awaitStat("cluster.up.upstream_cx_active", 0);
    }
  }

  @Test
  void saysSoWhereTheEndpointCannotBeReached() throws Exception {
    try (var server = ScriptedServer.echo()) {
      server.refuse();
      try (var proxy = proxy(server.port(), TERMINATED);
          var client = proxy.connect()) {
        client.send(connect("a.example:443"));
        var reply = client.read();
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.header("connection")).isEqualTo("close");
        assertThat(proxy.awaitEnded()).startsWith("503 UF ");
      }
    }
  }

  @Test
  void isPassedOnToAProxyThatAccepts() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 Fine\r\ncontent-length: 5\r\nx-a: b\r\n\r\nhello");
              var buffer = new byte[1000];
              int count = exchange.peer().readSome(buffer);
              exchange.peer().send(Arrays.copyOf(buffer, count));
              exchange.close();
            });
        var proxy = proxy(upstream.port(), "");
        var client = proxy.connect()) {
      client.send(connect("far.example:8443"));
      var reply = client.read("HEAD");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("x-a")).isEqualTo("b");
      assertThat(reply.header("content-length")).isNull(); // RFC 9110 9.3.6: there is no content
      assertThat(client.peer().read(5)).isEqualTo("hello");
      client.send("bytes");
      assertThat(client.peer().read(5)).isEqualTo("bytes");
      client.expectEnd();
      assertThat(upstream.only().line()).isEqualTo("CONNECT far.example:8443 HTTP/1.1");
      assertThat(upstream.only().header("host")).isEqualTo("far.example:8443");
    }
  }

  @Test
  void aRefusalIsAnAnswerAndEndsTheConnection() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.send(
                    "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 2\r\n\r\nno"));
        var proxy = proxy(upstream.port(), "");
        var client = proxy.connect()) {
      client.send(connect("far.example:8443") + RawClient.head("GET", "/smuggled"));
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(407);
      assertThat(reply.body()).isEqualTo("no");
      assertThat(reply.header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
      assertThat(upstream.exchanges()).hasSize(1);
    }
  }

  @Test
  void isRefusedWhereItIsNotEnabledOrLeadsNowhere() throws Exception {
    try (var upstream = TestUpstream.answering("no")) {
      try (var proxy = setup.proxy(upstream.port()).start();
          var client = proxy.connect()) {
        client.send(connect("a.example:443"));
        assertThat(client.read().status()).isEqualTo(403);
      }
      try (var proxy =
              setup
                  .proxy(upstream.port())
                  .hcm("upgrade_configs: [{upgrade_type: connect}]")
                  .start();
          var client = proxy.connect()) {
        // the only route is one for paths, which a CONNECT has not
        client.send(connect("a.example:443"));
        assertThat(client.read().status()).isEqualTo(404);
        assertThat(proxy.awaitEnded()).isEqualTo("404 NR route_not_found");
      }
      assertThat(upstream.exchanges()).isEmpty();
    }
  }

  @Test
  void aBodyOrNoPortIsABadRequest() throws Exception {
    try (var upstream = TestUpstream.answering("no");
        var proxy = proxy(upstream.port(), "")) {
      for (String head :
          new String[] {
            "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\ncontent-length: 3\r\n\r\nabc",
            "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "CONNECT a HTTP/1.1\r\nhost: a\r\n\r\n",
            "CONNECT /path HTTP/1.1\r\nhost: a\r\n\r\n"
          }) {
        try (var client = proxy.connect()) {
          client.send(head);
          assertThat(client.read().status()).as(head).isEqualTo(400);
        }
      }
      assertThat(upstream.exchanges()).isEmpty();
    }
  }

  @Test
  void curlReachesAServerThroughIt() throws Exception {
    try (var server = TestUpstream.answering("through");
        var proxy = proxy(server.port(), TERMINATED)) {
      Process curl;
      try {
        curl =
            new ProcessBuilder(
                    "curl",
                    "-sS",
                    "--max-time",
                    "10",
                    "-p",
                    "-x",
                    "http://127.0.0.1:" + proxy.port(),
                    "http://some.example:8080/x")
                .redirectErrorStream(true)
                .start();
      } catch (IOException e) {
        Assumptions.abort("curl is not installed");
        return;
      }
      String out =
          new String(curl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(out).isEqualTo("through");
      assertThat(server.only().header("host")).isEqualTo("some.example:8080");
    }
  }
}
