package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Row 9.15: a try that takes too long goes on beside the next one, and the first good one wins. */
class HedgeTest {
  private static final String RETRIES =
      "retry_policy: {retry_on: 5xx, num_retries: 2, per_try_timeout: 0.1s, retry_back_off: {base_interval: 0.001s}}";
  private static final String HEDGES = "hedge_policy: {hedge_on_per_try_timeout: true}";

  private static TestProxy.Builder proxy(TestUpstream upstream) {
    return TestProxy.to(upstream.port()).route(RETRIES).route(HEDGES);
  }

  /** The first exchange does not answer until its peer has gone, the others do at once. */
  private static TestUpstream stallingFirst() throws IOException {
    var number = new AtomicInteger();
    return TestUpstream.start(exchange -> {
      boolean first = number.getAndIncrement() == 0;
      exchange.readBody();
      if (first) {
        exchange.peer().readToEnding();
        exchange.close();
      } else {
        exchange.ok("second");
      }
    });
  }

  @Test
  void row0915SecondTryIsAnsweredAndTheFirstIsReset() throws Exception {
    try (var upstream = stallingFirst();
        var proxy = proxy(upstream).start()) {
      var reply = proxy.get("/");
      assertThat(reply.body()).isEqualTo("second");
      assertThat(upstream.exchanges()).hasSize(2);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(1);
      proxy.awaitStat("cluster.up.upstream_rq_retry_success", 1);
      assertThat(proxy.stat("cluster.up.upstream_rq_per_try_timeout")).isZero();
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      assertThat(proxy.awaitEnded()).isEqualTo("200 - via_upstream");
    }
  }

  @Test
  void row0915VirtualHostHedgesForRoutesThatSayNothing() throws Exception {
    String hosts =
        """
        - name: all
          domains: ["*"]
          hedge_policy: {hedge_on_per_try_timeout: true}
          routes:
          - match: {prefix: /}
            route:
              cluster: up
              %s
              %s
        """;
    try (var upstream = stallingFirst();
        var proxy =
            TestProxy.to(upstream.port()).virtualHosts(hosts.formatted(RETRIES, "")).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("second");
      assertThat(proxy.stat("cluster.up.upstream_rq_per_try_timeout")).isZero();
    }
    String no = "hedge_policy: {hedge_on_per_try_timeout: false}";
    try (var upstream = stallingFirst();
        var proxy =
            TestProxy.to(upstream.port()).virtualHosts(hosts.formatted(RETRIES, no)).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("second");
      assertThat(proxy.stat("cluster.up.upstream_rq_per_try_timeout")).isEqualTo(1);
    }
  }

  @Test
  void row0915FirstTryWinsIfItIsAnsweredFirst() throws Exception {
    var second = new CountDownLatch(1);
    var number = new AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (number.getAndIncrement() == 0) {
                second.await();
                exchange.ok("first");
              } else {
                second.countDown();
                exchange.peer().readToEnding();
                exchange.close();
              }
            });
        var proxy = proxy(upstream).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("first");
      assertThat(upstream.exchanges()).hasSize(2);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
    }
  }

  @Test
  void row0915BadAnswerOfALateTryIsNotPassedOn() throws Exception {
    var second = new CountDownLatch(1);
    var bad = new CountDownLatch(1);
    var number = new AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (number.getAndIncrement() == 0) {
                second.await();
                exchange.send("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n");
                bad.countDown();
              } else {
                second.countDown();
                bad.await();
                exchange.ok("good");
              }
            });
        var proxy = proxy(upstream).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("good");
      assertThat(upstream.exchanges()).hasSize(2);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(1);
    }
  }

  @Test
  void row0915BadAnswerInTimeIsTriedAgainAsUsual() throws Exception {
    var number = new AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (number.getAndIncrement() == 0) {
                exchange.send("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n");
              } else {
                exchange.ok("good");
              }
            });
        var proxy = proxy(upstream).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("good");
      assertThat(proxy.stat("cluster.up.retry.upstream_rq_503")).isEqualTo(1);
    }
  }

  @Test
  void row0915LastBadAnswerIsPassedOn() throws Exception {
    try (var upstream =
            TestUpstream.start(
                exchange -> exchange.send("HTTP/1.1 503 x\r\ncontent-length: 3\r\n\r\nbad"));
        var proxy = proxy(upstream).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("bad");
      assertThat(upstream.exchanges()).hasSize(3);
      assertThat(proxy.awaitEnded()).isEqualTo("503 URX via_upstream");
    }
  }

  @Test
  void row0915EachTryHasTheBodyAndHeadersOfItsOwn() throws Exception {
    try (var upstream = stallingFirst();
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      include_request_attempt_count: true
                      include_is_timeout_retry_header: true
                      routes:
                      - match: {prefix: /}
                        route: {cluster: up, %s, %s}
                    """
                        .formatted(RETRIES, HEDGES))
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 5") + "hello");
      assertThat(client.read("POST").body()).isEqualTo("second");
      var tries = upstream.exchanges();
      assertThat(tries.stream().map(TestUpstream.Exchange::body).toList())
          .isEqualTo(List.of("hello", "hello"));
      assertThat(tries.stream().map(e -> e.header("x-envoy-attempt-count")).toList())
          .isEqualTo(List.of("1", "2"));
      assertThat(tries.getFirst().header("x-envoy-is-timeout-retry")).isNull();
      assertThat(tries.getLast().header("x-envoy-is-timeout-retry")).isEqualTo("true");
    }
  }

  @Test
  void row0915WholeTimeEndsAllTries() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy = proxy(upstream).route("timeout: 0.3s").start()) {
      assertThat(proxy.get("/").status()).isEqualTo(504);
      assertThat(upstream.exchanges().size()).isGreaterThan(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_timeout")).isEqualTo(1);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      assertThat(proxy.awaitEnded()).startsWith("504 UT");
    }
  }

  @Test
  void row0915NoSecondTryWhereTheBreakerAllowsNone() throws Exception {
    var overflow = new CountDownLatch(1);
    try (var upstream =
            TestUpstream.start(exchange -> {
              overflow.await();
              exchange.ok("first");
            });
        var proxy =
            proxy(upstream).cluster("circuit_breakers: {thresholds: [{max_retries: 0}]}").start();
        var client = proxy.connect()) {
      client.request("GET", "/");
      proxy.awaitStat("cluster.up.upstream_rq_retry_overflow", 1);
      overflow.countDown();
      assertThat(client.read("GET").body()).isEqualTo("first");
      assertThat(upstream.exchanges()).hasSize(1);
    }
  }

  @Test
  void row0915ClientThatLeavesEndsAllTries() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy = proxy(upstream).start()) {
      try (var client = proxy.connect()) {
        client.request("GET", "/");
        proxy.awaitStat("cluster.up.upstream_rq_active", 2);
        client.peer().reset();
      }
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
    }
  }

  @Test
  void row0915InternalRequestAsksForItByHeader() throws Exception {
    try (var upstream = stallingFirst();
        var proxy =
            TestProxy.to(upstream.port())
                .hcm(
                    "use_remote_address: true\ninternal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}")
                .route(RETRIES)
                .start()) {
      assertThat(proxy.get("/", "x-envoy-hedge-on-per-try-timeout: true").body())
          .isEqualTo("second");
      assertThat(proxy.stat("cluster.up.upstream_rq_per_try_timeout")).isZero();
      assertThat(upstream.exchanges().getLast().header("x-envoy-hedge-on-per-try-timeout"))
          .isNull();
    }
  }
}
