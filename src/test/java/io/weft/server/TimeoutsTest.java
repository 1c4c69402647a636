package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The time limits of streams and connections: who is told what, and what is counted. */
@ParameterizedClass
@EnumSource(
    value = Setup.class,
    names = {"EPOLL_ONE", "NIO_ONE"})
class TimeoutsTest {
  private final Setup setup;

  TimeoutsTest(Setup setup) {
    this.setup = setup;
  }

  @Test
  void endsAHeadThatDoesNotCome() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).hcm("request_headers_timeout: 0.1s").start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: te");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(408);
      assertThat(reply.body()).isEqualTo("request header timeout");
      assertThat(reply.header("connection")).isEqualTo("close");
      client.peer().halfClose();
      client.expectEnd();
      assertThat(proxy.stat("http.test.downstream_rq_header_timeout")).isEqualTo(1);
    }
  }

  @Test
  void endsARequestThatTakesTooLong() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).hcm("request_timeout: 0.1s").start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 10").send("some");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(408);
      assertThat(reply.body()).isEqualTo("request timeout");
      assertThat(proxy.awaitEnded()).isEqualTo("408 - request_overall_timeout");
      assertThat(proxy.stat("http.test.downstream_rq_timeout")).isEqualTo(1);
    }
  }

  @Test
  void aCompleteRequestHasAllTheTimeItNeeds() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.readBody();
              assertThat(exchange.peer().readToEnding().text()).isEmpty();
              exchange.close();
            });
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm("request_timeout: 0.05s")
                .route("timeout: 0.2s")
                .start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 4").send("body");
      assertThat(client.read().status()).isEqualTo(504);
      assertThat(proxy.awaitEnded()).isEqualTo("504 UT response_timeout");
    }
  }

  @Test
  void endsAStreamWhoseClientIsIdle() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = setup.proxy(upstream.port()).hcm("stream_idle_timeout: 0.1s").start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 10").send("some");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(408);
      assertThat(reply.body()).isEqualTo("stream timeout");
      assertThat(proxy.awaitEnded()).isEqualTo("408 SI stream_idle_timeout");
      assertThat(proxy.stat("http.test.downstream_rq_idle_timeout")).isEqualTo(1);
    }
  }

  @Test
  void endsAStreamWhoseHostIsIdle() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.peer().readToEnding();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).hcm("stream_idle_timeout: 0.1s").start();
        var client = proxy.connect()) {
      var reply = client.get("/");
      assertThat(reply.status()).isEqualTo(504);
      assertThat(reply.body()).isEqualTo("stream timeout");
      assertThat(proxy.awaitEnded()).isEqualTo("504 SI stream_idle_timeout");
    }
  }

  @Test
  void theRoutesIdleTimeoutTakesTheManagersPlace() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.peer().readToEnding();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).route("idle_timeout: 0.1s").start()) {
      assertThat(proxy.get("/").status()).isEqualTo(504);
      assertThat(proxy.awaitEnded()).isEqualTo("504 SI stream_idle_timeout");
    }
  }

  @Test
  void endsARequestWhoseHostTakesLongerThanTheRouteAllows() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.peer().readToEnding();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).route("timeout: 0.1s").start();
        var client = proxy.connect()) {
      var reply = client.get("/");
      assertThat(reply.status()).isEqualTo(504);
      assertThat(reply.body()).isEqualTo("upstream request timeout");
      assertThat(reply.header("connection")).isNull();
      assertThat(proxy.awaitEnded()).isEqualTo("504 UT response_timeout");
      assertThat(proxy.stat("cluster.up.upstream_rq_timeout")).isEqualTo(1);
      assertThat(client.get("/").status()).isEqualTo(504);
    }
  }

  @Test
  void cutsAResponseThatStallsWithinItsBody() throws Exception {
    for (String limit : new String[] {"timeout: 0.1s", "timeout: 0s\nidle_timeout: 0.1s"}) {
      try (var upstream =
              TestUpstream.start(exchange -> {
                exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nsome");
                exchange.peer().readToEnding();
                exchange.close();
              });
          var proxy = setup.proxy(upstream.port()).route(limit).start();
          var client = proxy.connect()) {
        client.request("GET", "/");
        assertThat(client.readOrCut("GET")).as(limit).isNull();
        proxy.awaitStat("http.test.downstream_rq_tx_reset", 1);
      }
    }
  }

  @Test
  void closesAnIdleConnection() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm("common_http_protocol_options: {idle_timeout: 0.1s}")
                .start();
        var client = proxy.connect();
        var silent = proxy.connect()) {
      assertThat(client.get("/").status()).isEqualTo(200);
      client.expectEnd();
      silent.expectEnd();
      proxy.awaitStat("http.test.downstream_cx_idle_timeout", 2);
    }
  }

  @Test
  void closesAConnectionThatIsOldAfterItsResponse() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm("common_http_protocol_options: {max_requests_per_connection: 2}")
                .start();
        var client = proxy.connect()) {
      assertThat(client.get("/").header("connection")).isNull();
      assertThat(client.get("/").header("connection")).isEqualTo("close");
      client.send(RawClient.head("GET", "/"));
      client.expectEnd();
    }
  }
}
