package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows 9.12, 9.13, 9.14, 9.16 and 5.5 to 5.7: another try, its limits, and who may ask for it. */
class RetriesTest {
  private static final String QUICK = "retry_back_off: {base_interval: 0.001s}";

  /** Answers with these heads in turn, the last one for ever. */
  private static TestUpstream answering(String... heads) throws IOException {
    return TestUpstream.start(exchange -> {
      exchange.readBody();
      int number = Math.min(exchange.index(), heads.length - 1);
      exchange.send("HTTP/1.1 " + heads[number] + "\r\ncontent-length: 0\r\n\r\n");
    });
  }

  private static String hosts(String more, String retry) {
    return """
    - name: all
      domains: ["*"]
      %s
      routes:
      - match: {prefix: /}
        route:
          cluster: up
          retry_policy: {%s}
    """
        .formatted(more, retry);
  }

  private static TestProxy.Builder proxy(TestUpstream upstream, String retry) {
    return TestProxy.to(upstream.port()).virtualHosts(hosts("", retry + ", " + QUICK));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5xx                     | 500 x                              | true",
        "5xx                     | 404 x                              | false",
        "gateway-error           | 503 x                              | true",
        "gateway-error           | 500 x                              | false",
        "retriable-4xx           | 409 x                              | true",
        "retriable-4xx           | 404 x                              | false",
        "retriable-status-codes  | 418 x                              | true",
        "retriable-headers       | 200 x;x-again: yes                 | true",
        "retriable-headers       | 200 x;x-again: no                  | false",
        "envoy-ratelimited       | 429 x;x-envoy-ratelimited: true    | true",
        "5xx                     | 500 x;x-envoy-ratelimited: true    | false",
        "cancelled               | 200 x;grpc-status: 1               | true",
        "deadline-exceeded       | 200 x;grpc-status: 4               | true",
        "resource-exhausted      | 200 x;grpc-status: 8               | true",
        "internal                | 200 x;grpc-status: 13              | true",
        "unavailable             | 200 x;grpc-status: 14              | true",
        "unavailable             | 200 x;grpc-status: 13              | false",
        "connect-failure         | 500 x                              | false",
      })
  void row0912AnswerIsTriedAgainAsTheConditionSays(String on, String head, boolean again)
      throws Exception {
    String first = head.strip().replace(";", "\r\n");
    try (var upstream = answering(first, "200 OK\r\nx-good: 1");
        var proxy =
            proxy(
                    upstream,
                    "retry_on: '%s', retriable_status_codes: [418], retriable_headers: [{name: x-again, string_match: {exact: 'yes'}}]"
                        .formatted(on))
                .start()) {
      var reply = proxy.get("/");
      int status = Integer.parseInt(first.substring(0, 3));
      assertThat(reply.status()).isEqualTo(again ? 200 : status);
      assertThat(reply.header("x-good")).isEqualTo(again ? "1" : null);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(again ? 1 : 0);
      proxy.awaitStat("cluster.up.upstream_rq_retry_success", again ? 1 : 0);
      proxy.awaitStat("cluster.up.upstream_rq_completed", 1);
      if (again) {
        assertThat(proxy.stat("cluster.up.retry.upstream_rq_" + status)).isEqualTo(1);
        assertThat(proxy.stat("cluster.up.upstream_rq_retry_backoff_exponential")).isEqualTo(1);
      }
    }
  }

  @Test
  void row0912LastAnswerIsPassedOnWhenTheTriesAreUsedUp() throws Exception {
    try (var upstream = answering("503 x");
        var proxy = proxy(upstream, "retry_on: 5xx, num_retries: 2").start()) {
      assertThat(proxy.get("/").status()).isEqualTo(503);
      assertThat(upstream.exchanges()).hasSize(3);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(2);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry_limit_exceeded")).isEqualTo(1);
      assertThat(proxy.awaitEnded()).isEqualTo("503 URX via_upstream");
      proxy.awaitStat("cluster.up.upstream_rq_retry_success", 0);
    }
  }

  @Test
  void row0912ResetIsTriedAgainAndTheLastOneSaysSo() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.readBody();
              exchange.reset();
            });
        var proxy = proxy(upstream, "retry_on: reset, num_retries: 1").start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body())
          .isEqualTo(
              "upstream connect error or disconnect/reset before headers. retried and the latest"
                  + " reset reason: connection termination");
      assertThat(proxy.awaitEnded()).startsWith("503 UC,URX upstream_reset_before_response");
      assertThat(upstream.exchanges()).hasSize(2);
    }
  }

  @Test
  void row0914AnotherTryLeavesOutHostsThatWereTried() throws Exception {
    try (var good = answering("200 OK");
        var bad = answering("503 x");
        var proxy =
            TestProxy.to(good.port(), bad.port())
                .virtualHosts(
                    hosts(
                        "",
                        """
                        retry_on: 5xx, host_selection_retry_max_attempts: 5, %s, retry_host_predicate: [{
                        name: p, typed_config: {"@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}}]\
                        """
                            .formatted(QUICK)
                            .replace("\n", " ")))
                .start()) {
      for (int i = 0; i < 6; i++) {
        assertThat(proxy.get("/").status()).isEqualTo(200);
      }
      assertThat(bad.exchanges()).isNotEmpty();
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(bad.exchanges().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "omit_canary_hosts.v3.OmitCanaryHostsPredicate   | '' | canary: true",
        "omit_host_metadata.v3.OmitHostMetadataConfig    | 'metadata_match: {filter_metadata: {envoy.lb: {stage: old}}}' | stage: old",
        "omit_host_metadata.v3.OmitHostMetadataConfig    | 'metadata_match: {filter_metadata: {envoy.lb: {stage: old}}}' | 'stage: [new, old]'",
      })
  void row0914AnotherTryLeavesOutHostsByTheirMetadata(String type, String more, String metadata)
      throws Exception {
    try (var good = answering("200 OK");
        var marked = answering("503 x");
        var proxy =
            TestProxy.to(good.port())
                .clusters(
                    """
                    - name: two
                      load_assignment:
                        cluster_name: two
                        endpoints:
                        - lb_endpoints:
                          - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}
                          - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                            metadata: {filter_metadata: {envoy.lb: {%s}}}
                    """
                        .formatted(good.port(), marked.port(), metadata))
                .virtualHosts(
                    hosts(
                            "",
                            """
                            retry_on: 5xx, host_selection_retry_max_attempts: 9, %s, retry_host_predicate: [{
                            name: p, typed_config: {"@type": type.googleapis.com/envoy.extensions.retry.host.%s, %s}}]\
                            """
                                .formatted(QUICK, type, more)
                                .replace("\n", " "))
                        .replace("cluster: up", "cluster: two"))
                .start()) {
      for (int i = 0; i < 6; i++) {
        assertThat(proxy.get("/").status()).isEqualTo(200);
      }
      assertThat(marked.exchanges()).isNotEmpty();
      assertThat(proxy.stat("cluster.two.upstream_rq_retry")).isEqualTo(marked.exchanges().size());
    }
  }

  @Test
  void row0914AnotherTryGoesToAnotherPriority() throws Exception {
    try (var first = answering("503 x");
        var second = answering("503 x");
        var proxy =
            TestProxy.to(first.port())
                .clusters(
                    """
                    - name: two
                      load_assignment:
                        cluster_name: two
                        endpoints:
                        - priority: 0
                          lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]
                        - priority: 1
                          lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]
                    """
                        .formatted(first.port(), second.port()))
                .virtualHosts(
                    hosts(
                            "",
                            """
                            retry_on: 5xx, num_retries: 3, %s, retry_priority: {name: p, typed_config: {
                            "@type": type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig,
                            update_frequency: 1}}\
                            """
                                .formatted(QUICK)
                                .replace("\n", " "))
                        .replace("cluster: up", "cluster: two"))
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(503);
      assertThat(first.exchanges()).as("the first and the third try").hasSize(2);
      assertThat(second.exchanges()).as("the second and the fourth").hasSize(2);
    }
  }

  @Test
  void row0912BodyIsSentAgainWithinTheBufferLimit() throws Exception {
    try (var upstream = answering("503 x", "200 OK");
        var proxy = proxy(upstream, "retry_on: 5xx").start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 5") + "hello");
      assertThat(client.read("POST").status()).isEqualTo(200);
      assertThat(upstream.exchanges().stream().map(TestUpstream.Exchange::body).toList())
          .isEqualTo(List.of("hello", "hello"));
    }
  }

  @Test
  void row0912BodyAboveTheBufferLimitIsSentOnce() throws Exception {
    try (var upstream = answering("503 x", "200 OK");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(hosts("per_request_buffer_limit_bytes: 4", "retry_on: 5xx, " + QUICK))
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 5") + "hello");
      assertThat(client.read("POST").status()).isEqualTo(503);
      assertThat(upstream.only().body()).isEqualTo("hello");
      assertThat(proxy.stat("cluster.up.retry_or_shadow_abandoned")).isEqualTo(1);
    }
  }

  @Test
  void row0912BodyThatStillArrivesIsSentAgain() throws Exception {
    var tries = new java.util.concurrent.atomic.AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (tries.getAndIncrement() == 0) {
                exchange.peer().read("half".length());
                exchange.reset();
              } else {
                exchange.readBody();
                exchange.ok("whole");
              }
            });
        var proxy = proxy(upstream, "retry_on: reset").start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 10") + "half");
      proxy.awaitStat("cluster.up.upstream_rq_retry", 1);
      client.send("-later");
      var reply = client.read("POST");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("connection")).isNull();
      assertThat(upstream.exchanges().getLast().body()).isEqualTo("half-later");
      client.send(RawClient.head("GET", "/"));
      assertThat(client.read("GET").status()).isEqualTo(200);
    }
  }

  @Test
  void row0912AnswerBeforeTheBodyIsThereIsTriedAgain() throws Exception {
    var tries = new java.util.concurrent.atomic.AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (tries.getAndIncrement() == 0) {
                exchange.readChunk();
                exchange.send("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n").close();
              } else {
                exchange.readBody();
                exchange.ok("whole");
              }
            });
        var proxy = proxy(upstream, "retry_on: 5xx").start();
        var client = proxy.connect()) {
      client.send(
          RawClient.head("POST", "/", "transfer-encoding: chunked") + "4\r\nhalf\r\n3\r\n-l");
      proxy.awaitStat("cluster.up.upstream_rq_retry", 1);
      client.send("a\r\n3\r\nter\r\n0\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(200);
      assertThat(upstream.exchanges().getLast().body()).isEqualTo("half-later");
    }
  }

  @Test
  void row0912BodyThatHasPassedTheLimitIsNotSentAgain() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.peer().read(5);
              exchange.reset();
            });
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    hosts("per_request_buffer_limit_bytes: 4", "retry_on: reset, " + QUICK))
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/", "content-length: 10") + "hello");
      assertThat(client.read("POST").status()).isEqualTo(503);
      assertThat(upstream.exchanges()).hasSize(1);
      assertThat(proxy.stat("cluster.up.retry_or_shadow_abandoned")).isEqualTo(1);
    }
  }

  @Test
  void row0913TriesAreCountedForHostsAndClients() throws Exception {
    try (var upstream = answering("503 x", "200 OK");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    hosts(
                        "include_request_attempt_count: true\n  include_attempt_count_in_response: true",
                        "retry_on: 5xx, " + QUICK))
                .start()) {
      assertThat(proxy.get("/").header("x-envoy-attempt-count")).isEqualTo("2");
      assertThat(upstream.exchanges().stream().map(e -> e.header("x-envoy-attempt-count")).toList())
          .isEqualTo(List.of("1", "2"));
    }
  }

  @Test
  void row0916TryThatTakesTooLongIsFollowedByAnother() throws Exception {
    try (var upstream = stallingFirst();
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    hosts(
                        "include_is_timeout_retry_header: true",
                        "retry_on: 5xx, per_try_timeout: 0.1s, " + QUICK))
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(200);
      assertThat(proxy.stat("cluster.up.upstream_rq_per_try_timeout")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_timeout")).isZero();
      assertThat(upstream.exchanges().getLast().header("x-envoy-is-timeout-retry"))
          .isEqualTo("true");
      assertThat(upstream.exchanges().getFirst().header("x-envoy-expected-rq-timeout-ms"))
          .isEqualTo("100");
    }
  }

  private static TestUpstream stallingFirst() throws IOException {
    var first = new java.util.concurrent.atomic.AtomicBoolean(true);
    return TestUpstream.start(exchange -> {
      exchange.readBody();
      if (first.getAndSet(false)) {
        exchange.peer().readToEnding();
        exchange.close();
      } else {
        exchange.ok("second");
      }
    });
  }

  @Test
  void row0916WholeTimeIncludesAllTries() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        route: {cluster: up, timeout: 0.25s, retry_policy: {retry_on: 5xx, num_retries: 50, per_try_timeout: 0.1s}}
                    """)
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(504);
      assertThat(proxy.stat("cluster.up.upstream_rq_timeout")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isPositive();
      assertThat(proxy.awaitEnded()).startsWith("504 UT");
    }
  }

  private static final String INTERNAL =
      "use_remote_address: true\ninternal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}";

  @Test
  void row0912InternalRequestAsksForRetriesByHeaders() throws Exception {
    try (var upstream = answering("503 x", "418 x", "200 OK");
        var proxy = TestProxy.to(upstream.port()).hcm(INTERNAL).start()) {
      var reply =
          proxy.get(
              "/",
              "x-envoy-retry-on: 5xx,retriable-status-codes",
              "x-envoy-retriable-status-codes: 418",
              "x-envoy-max-retries: 2");
      assertThat(reply.status()).isEqualTo(200);
      var last = upstream.exchanges().getLast();
      assertThat(last.header("x-envoy-retry-on")).isNull();
      assertThat(last.header("x-envoy-max-retries")).isNull();
      assertThat(last.header("x-envoy-internal")).isEqualTo("true");
    }
  }

  @Test
  void row0916InternalRequestSetsItsTimeByHeaders() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.peer().readToEnding());
        var proxy = TestProxy.to(upstream.port()).hcm(INTERNAL).start()) {
      var reply =
          proxy.get(
              "/",
              "x-envoy-upstream-rq-timeout-ms: 50",
              "x-envoy-upstream-rq-timeout-alt-response: 1");
      assertThat(reply.status()).isEqualTo(204);
      assertThat(upstream.only().header("x-envoy-expected-rq-timeout-ms")).isEqualTo("50");
      assertThat(upstream.only().header("x-envoy-upstream-rq-timeout-ms")).isNull();
    }
  }

  @Test
  void row0506OutsiderHasNoSay() throws Exception {
    try (var upstream = answering("503 x");
        var proxy = TestProxy.to(upstream.port()).hcm("use_remote_address: true").start()) {
      var reply =
          proxy.get(
              "/",
              "x-envoy-retry-on: 5xx",
              "x-envoy-upstream-rq-timeout-ms: 1",
              "x-envoy-original-path: /x",
              "x-envoy-internal: true",
              "x-envoy-decorator-operation: x");
      assertThat(reply.status()).isEqualTo(503);
      var seen = upstream.only();
      assertThat(seen.headerLines())
          .noneMatch(line -> line.startsWith("x-envoy-retry"))
          .noneMatch(line -> line.startsWith("x-envoy-original"))
          .noneMatch(line -> line.startsWith("x-envoy-internal"))
          .noneMatch(line -> line.startsWith("x-envoy-decorator"));
      assertThat(seen.header("x-envoy-external-address")).isEqualTo("127.0.0.1");
      assertThat(seen.header("x-envoy-expected-rq-timeout-ms")).isEqualTo("15000");
    }
  }

  @Test
  void row0505RequestThatWasPassedOnIsNotInternalAtTheEdge() throws Exception {
    try (var upstream = answering("200 OK");
        var proxy = TestProxy.to(upstream.port()).hcm(INTERNAL).start()) {
      proxy.get("/", "x-forwarded-for: 127.0.0.1");
      assertThat(upstream.only().header("x-envoy-internal")).isNull();
    }
  }

  @Test
  void retryPermitsComeBack() throws Exception {
    try (var upstream = answering("503 x");
        var proxy =
            proxy(upstream, "retry_on: 5xx, num_retries: 3")
                .cluster("circuit_breakers: {thresholds: [{max_retries: 1}]}")
                .start()) {
      for (int i = 0; i < 3; i++) {
        assertThat(proxy.get("/").status()).isEqualTo(503);
      }
      assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(9);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry_overflow")).isZero();
      assertThat(proxy.stat("cluster.up.circuit_breakers.default.rq_retry_open")).isZero();
    }
  }

  @Test
  void noRetryWhereTheBreakerAllowsNone() throws Exception {
    try (var upstream = answering("503 x");
        var proxy =
            proxy(upstream, "retry_on: 5xx")
                .cluster("circuit_breakers: {thresholds: [{max_retries: 0}]}")
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(503);
      assertThat(upstream.exchanges()).hasSize(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_retry_overflow")).isEqualTo(1);
    }
  }
}
