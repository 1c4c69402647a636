package io.weft.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.explain.RouteCheck;
import io.weft.testing.TestUpstream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows 9.30, 9.31, 5.2 and 9.3: what requests and responses tell the router, and metadata. */
class RouterHeadersTest {
  private static final String INTERNAL =
      "use_remote_address: true\ninternal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}";

  @Test
  void row0930InternalRequestIsCountedUnderAnotherNameToo() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).hcm(INTERNAL).start()) {
      proxy.get("/", "x-envoy-upstream-alt-stat-name: other:name");
      proxy.awaitStat("cluster.up.other_name.upstream_rq_time", 1);
      assertThat(proxy.stat("cluster.up.other_name.upstream_rq_200")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.other_name.upstream_rq_2xx")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.other_name.upstream_rq_completed")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_200")).isEqualTo(1);
      assertThat(upstream.only().header("x-envoy-upstream-alt-stat-name")).isNull();
    }
  }

  @Test
  void row0930AnswersToInternalAndExternalRequestsAreCountedApart() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      try (var proxy = TestProxy.to(upstream.port()).hcm(INTERNAL).start()) {
        proxy.get("/");
        proxy.awaitStat("cluster.up.internal.upstream_rq_time", 1);
        assertThat(proxy.stat("cluster.up.internal.upstream_rq_200")).isEqualTo(1);
        assertThat(proxy.stat("cluster.up.internal.upstream_rq_2xx")).isEqualTo(1);
        assertThat(proxy.stat("cluster.up.internal.upstream_rq_completed")).isEqualTo(1);
        assertThat(proxy.server().stats().find("cluster.up.external.upstream_rq_200")).isNull();
      }
      try (var proxy = TestProxy.to(upstream.port()).start()) {
        proxy.get("/", "x-envoy-internal: true");
        proxy.awaitStat("cluster.up.external.upstream_rq_time", 1);
        assertThat(proxy.stat("cluster.up.external.upstream_rq_completed")).isEqualTo(1);
        assertThat(proxy.server().stats().find("cluster.up.internal.upstream_rq_200")).isNull();
      }
      upstream.refuse();
      try (var proxy = TestProxy.to(upstream.port()).start()) {
        assertThat(proxy.get("/").status()).isEqualTo(503);
        assertThat(proxy.stat("cluster.up.external.upstream_rq_503")).isEqualTo(1);
      }
    }
  }

  @Test
  void row0930OutsiderNamesNoStatistics() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).start()) {
      proxy.get("/", "x-envoy-upstream-alt-stat-name: other");
      proxy.awaitStat("cluster.up.upstream_rq_200", 1);
      assertThat(proxy.server().stats().find("cluster.up.other.upstream_rq_200")).isNull();
    }
  }

  @Test
  void row0930AnswerOfACanaryIsCountedApart() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.ok("ok", "x-envoy-upstream-canary: " + exchange.path().equals("/new")));
        var proxy = TestProxy.to(upstream.port()).start()) {
      assertThat(proxy.get("/new").header("x-envoy-upstream-canary")).isEqualTo("true");
      proxy.get("/old");
      proxy.awaitStat("cluster.up.canary.upstream_rq_time", 1);
      assertThat(proxy.stat("cluster.up.canary.upstream_rq_200")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.canary.upstream_rq_completed")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_rq_200")).isEqualTo(2);
    }
  }

  @Test
  void row1022EndpointIsACanaryByItsMetadata() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .clusters(
                    """
                    - name: new
                      load_assignment:
                        cluster_name: new
                        endpoints:
                        - lb_endpoints:
                          - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                            metadata: {filter_metadata: {envoy.lb: {canary: true}}}
                    """
                        .formatted(upstream.port()))
                .virtualHosts(
                    """
                    - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: new}}]}
                    """)
                .start()) {
      proxy.get("/");
      proxy.awaitStat("cluster.new.canary.upstream_rq_200", 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x-envoy-max-retries: 2                       | 200",
        "x-envoy-max-retries: two                     | 400",
        "x-envoy-upstream-rq-timeout-ms: 1x           | 400",
        "x-envoy-upstream-rq-per-try-timeout-ms: -1   | 400",
        "x-envoy-retry-on: 5xx,reset                  | 200",
        "x-envoy-retry-on: 5xx,never                  | 400",
        "x-envoy-retry-on: internal                   | 400",
        "x-envoy-retry-grpc-on: internal              | 200",
        "x-envoy-retry-grpc-on: 5xx                   | 400",
      })
  void row0931HeaderWithAWrongValueIsRefused(String line, int status) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm(INTERNAL)
                .router(
                    "strict_check_headers: [x-envoy-max-retries, x-envoy-retry-on,"
                        + " x-envoy-retry-grpc-on, x-envoy-upstream-rq-timeout-ms,"
                        + " x-envoy-upstream-rq-per-try-timeout-ms]")
                .start()) {
      var reply = proxy.get("/", line.strip());
      assertThat(reply.status()).isEqualTo(status);
      if (status == 400) {
        int colon = line.indexOf(':');
        assertThat(reply.body())
            .isEqualTo(
                "invalid header '%s' with value '%s'"
                    .formatted(line.substring(0, colon), line.substring(colon + 1).strip()));
        assertThat(proxy.awaitEnded()).isEqualTo("400 IH request_headers_failed_strict_check");
      }
    }
  }

  @Test
  void row0502RefererThatNoBrowserSendsIsTakenOut() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).start()) {
      proxy.get("/1", "referer: http://a.test/x?y=z");
      proxy.get("/2", "referer: http://a.test/x#part");
      proxy.get("/3", "referer: /a", "referer: /b");
      assertThat(upstream.exchanges().stream().map(e -> e.headers("referer")).toList())
          .isEqualTo(List.of(List.of("http://a.test/x?y=z"), List.of(), List.of()));
    }
  }

  @Test
  void row0903RouteIsFoundAgainByWhatAFilterNotes() throws Exception {
    String routes =
        """
        - name: all
          domains: ["*"]
          routes:
          - match:
              prefix: /
              dynamic_metadata:
              - {filter: who, path: [{key: user}, {key: plan}], value: {string_match: {prefix: gold}}}
              - {filter: who, path: [{key: age}], value: {double_match: {range: {start: 18, end: 99}}}}
              - {filter: who, path: [{key: tags}], value: {list_match: {one_of: {or_match: {value_matchers: [{bool_match: true}, {string_match: {exact: b}}]}}}}}
              - {filter: who, path: [{key: banned}], value: {present_match: true}, invert: true}
            direct_response: {status: 201}
          - {match: {prefix: /}, direct_response: {status: 200}}
        """;
    try (var proxy =
        TestProxy.to(1)
            .virtualHosts(routes)
            .filter((request, stream, next) -> {
              stream.setDynamicMetadata("who", "user", Map.of("plan", request.path().substring(1)));
              stream.setDynamicMetadata("who", "age", 20);
              stream.setDynamicMetadata("who", "tags", List.of("a", "b"));
              if (!request.headers().contains("x-stay")) {
                stream.rematch();
              }
              return next.proceed(request, stream);
            })
            .start()) {
      assertThat(proxy.get("/gold-1").status()).isEqualTo(201);
      assertThat(proxy.get("/iron").status()).isEqualTo(200);
      assertThat(proxy.get("/gold-1", "x-stay: 1").status()).isEqualTo(200);
    }
  }

  @Test
  void row0903TestsOfATableSayWhatFiltersNote(@TempDir Path directory) throws Exception {
    Path table =
        Files.writeString(
            directory.resolve("table.yaml"),
            """
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {prefix: /, dynamic_metadata: [{filter: who, path: [{key: plan}], value: {string_match: {exact: gold}}}]}
                route: {cluster: fast}
              - {match: {prefix: /}, route: {cluster: usual}}
            validate_clusters: false
            """);
    Path tests =
        Files.writeString(
            directory.resolve("tests.yaml"),
            """
            tests:
            - test_name: noted
              input: {authority: a.test, path: /, dynamic_metadata: [{metadata_namespace: who, value: {plan: gold}}]}
              validate: {cluster_name: fast}
            - test_name: not noted
              input: {authority: a.test, path: /}
              validate: {cluster_name: usual}
            """);
    var outcome = RouteCheck.run(table, tests);
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.routesMatched()).isEqualTo(2);
  }

  @Test
  void row0505RequestByAUnixSocketIsInternalWhereThatIsSaid(@TempDir Path directory)
      throws Exception {
    for (boolean internal : new boolean[] {true, false}) {
      Path socket = directory.resolve("in-" + internal + ".sock");
      try (var upstream = TestUpstream.answering("ok");
          var proxy =
              TestProxy.to(upstream.port())
                  .listener("additional_addresses: [{address: {pipe: {path: '" + socket + "'}}}]")
                  .hcm("use_remote_address: true")
                  .hcm("internal_address_config: {unix_sockets: " + internal + "}")
                  .start();
          var client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(US_ASCII)));
        assertThat(client.read(ByteBuffer.allocate(1000))).isPositive();
        assertThat(upstream.only().header("x-envoy-internal")).isEqualTo(internal ? "true" : null);
        assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(1);
      }
    }
  }
}
