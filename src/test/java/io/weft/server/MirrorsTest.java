package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Row 9.26: copies of requests go to another cluster, and nothing waits for them. */
class MirrorsTest {
  private static final String TO_SHADOW = "request_mirror_policies: [{cluster: shadow}]";

  private static TestProxy.Builder proxy(TestUpstream upstream, TestUpstream shadow) {
    return TestProxy.to(upstream.port()).another("shadow", shadow.port(), "");
  }

  private static TestUpstream.Exchange copy(TestUpstream shadow) {
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> shadow.exchanges().size() == 1 && shadow.only().body() != null);
    return shadow.only();
  }

  @Test
  void row0926CopyHasTheHeadAsItGoesUpstreamAndAHostOfItsOwn() throws Exception {
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.answering("copy");
        var proxy =
            proxy(upstream, shadow).route(TO_SHADOW).route("prefix_rewrite: /new/").start()) {
      var reply = proxy.get("/old", "x-a: 1");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).isEqualTo("main");
      var copy = copy(shadow);
      assertThat(copy.line()).isEqualTo(upstream.only().line()).isEqualTo("GET /new/old HTTP/1.1");
      assertThat(copy.header("x-a")).isEqualTo("1");
      assertThat(copy.header("x-request-id")).isEqualTo(upstream.only().header("x-request-id"));
      assertThat(upstream.only().header("host")).doesNotContain("-shadow");
      assertThat(copy.header("host")).contains("-shadow");
      assertThat(upstream.only().header("x-envoy-internal")).isNull();
      assertThat(copy.header("x-envoy-internal")).isEqualTo("true");
      assertThat(copy.header("x-forwarded-for"))
          .isEqualTo(upstream.only().header("x-forwarded-for") + ",127.0.0.1");
      proxy.awaitStat("cluster.shadow.upstream_rq_total", 1);
      proxy.awaitStat("cluster.shadow.internal.upstream_rq_200", 1);
      proxy.awaitStat("cluster.shadow.upstream_rq_200", 1);
      proxy.awaitStat("cluster.shadow.upstream_rq_active", 0);
      assertThat(proxy.stat("cluster.up.upstream_rq_total")).isEqualTo(1);
    }
  }

  @Test
  void row0926BodyAndTrailersAreCopiedAsTheyPass() throws Exception {
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.answering("copy");
        var proxy =
            proxy(upstream, shadow)
                .hcm("http_protocol_options: {enable_trailers: true}")
                .route(TO_SHADOW)
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "transfer-encoding: chunked") + "5\r\nhello\r\n");
      client.send("6\r\n world\r\n0\r\nx-sum: 7\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(200);
      assertThat(copy(shadow).body()).isEqualTo("hello world").isEqualTo(upstream.only().body());
      assertThat(copy(shadow).trailers()).isEqualTo(List.of("x-sum: 7"));
    }
  }

  @Test
  void row0926BodyOfALengthKeepsItsLength() throws Exception {
    String body = "x".repeat(200_000);
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.answering("copy");
        var proxy = proxy(upstream, shadow).route(TO_SHADOW).start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: " + body.length()) + body);
      assertThat(client.read("POST").status()).isEqualTo(200);
      assertThat(copy(shadow).header("content-length")).isEqualTo("200000");
      assertThat(copy(shadow).body()).isEqualTo(body);
    }
  }

  @Test
  void row0926NothingWaitsForTheAnswerToACopy() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    try (var upstream = TestUpstream.answering("main");
        var shadow =
            TestUpstream.start(exchange -> {
              asked.countDown();
              answer.await();
              exchange.ok("late");
            });
        var proxy = proxy(upstream, shadow).route(TO_SHADOW).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("main");
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      asked.await();
      assertThat(proxy.stat("cluster.shadow.upstream_rq_active")).isEqualTo(1);
      answer.countDown();
      proxy.awaitStat("cluster.shadow.upstream_rq_200", 1);
    }
  }

  @Test
  void row0926CopyEndsWithTheTimeOfTheRoute() throws Exception {
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy = proxy(upstream, shadow).route(TO_SHADOW).route("timeout: 0.1s").start()) {
      assertThat(proxy.get("/").body()).isEqualTo("main");
      proxy.awaitStat("cluster.shadow.upstream_rq_timeout", 1);
      proxy.awaitStat("cluster.shadow.upstream_rq_504", 1);
    }
  }

  @Test
  void row0926FailureOfACopyIsOnlyCounted() throws Exception {
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.answering("copy")) {
      shadow.refuse();
      try (var proxy = proxy(upstream, shadow).route(TO_SHADOW).start()) {
        assertThat(proxy.get("/").body()).isEqualTo("main");
        proxy.awaitStat("cluster.shadow.upstream_rq_503", 1);
        assertThat(proxy.awaitEnded()).isEqualTo("200 - via_upstream");
      }
    }
  }

  @Test
  void row0926CopyWhoseBodyWaitsTooMuchIsDroppedAndCounted() throws Exception {
    String body = "x".repeat(100_000);
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy =
            proxy(upstream, shadow)
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      per_request_buffer_limit_bytes: 10
                      request_mirror_policies: [{cluster: shadow}]
                      routes: [{match: {prefix: /}, route: {cluster: up}}]
                    """)
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: " + body.length()) + body);
      assertThat(client.read("POST").status()).isEqualTo(200);
      assertThat(upstream.only().body()).isEqualTo(body);
      proxy.awaitStat("cluster.up.retry_or_shadow_abandoned", 1);
      proxy.awaitStat("cluster.shadow.upstream_rq_active", 0);
    }
  }

  @Test
  void row0926CopyOfARequestThatIsCutIsCutToo() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var shadow =
            TestUpstream.start(exchange -> {
              exchange.readBody();
              exchange.ok("whole");
            });
        var proxy = proxy(upstream, shadow).route(TO_SHADOW).start()) {
      try (var client = proxy.connect()) {
        client.send(RawClient.head("POST", "/", "content-length: 10") + "half");
        proxy.awaitStat("cluster.shadow.upstream_rq_active", 1);
      }
      proxy.awaitStat("cluster.shadow.upstream_rq_active", 0);
      assertThat(shadow.exchanges()).allSatisfy(e -> assertThat(e.body()).isNull());
    }
  }

  @Test
  void row0926HeaderNamesTheClusterAndARouteWinsOverItsHost() throws Exception {
    try (var upstream = TestUpstream.answering("main");
        var shadow = TestUpstream.answering("copy");
        var proxy =
            proxy(upstream, shadow)
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      request_mirror_policies: [{cluster: up}]
                      routes:
                      - match: {prefix: /}
                        route:
                          cluster: up
                          request_mirror_policies:
                          - {cluster_header: x-to, disable_shadow_host_suffix_append: true}
                          - {cluster: shadow, runtime_fraction: {default_value: {numerator: 0}}}
                    """)
                .start()) {
      proxy.get("/1");
      proxy.get("/2", "x-to: nowhere");
      proxy.get("/3", "x-to: shadow");
      assertThat(copy(shadow).path()).isEqualTo("/3");
      assertThat(copy(shadow).header("host")).doesNotContain("shadow");
      assertThat(upstream.exchanges()).hasSize(3);
    }
  }

  @Test
  void row0926RetryIsNotCopied() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.readBody();
              exchange.send("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n");
            });
        var shadow = TestUpstream.answering("copy");
        var proxy =
            proxy(upstream, shadow)
                .route(TO_SHADOW)
                .route("retry_policy: {retry_on: 5xx, num_retries: 2}")
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 5") + "hello");
      assertThat(client.read("POST").status()).isEqualTo(503);
      assertThat(upstream.exchanges()).hasSize(3).allMatch(e -> "hello".equals(e.body()));
      assertThat(copy(shadow).body()).isEqualTo("hello");
    }
  }
}
