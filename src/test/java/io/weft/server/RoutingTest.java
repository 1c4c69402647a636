package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.config.Defaults;
import io.weft.testing.TestUpstream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of section 9 through a whole proxy. */
class RoutingTest {
  @Test
  void row0906RedirectIsAnsweredAndCounted() throws Exception {
    try (var proxy =
        TestProxy.to(1)
            .virtualHosts(
                """
                - name: all
                  domains: ["*"]
                  response_headers_to_add: [{header: {key: x-host, value: "%RESPONSE_CODE%"}}]
                  routes:
                  - match: {prefix: /old}
                    redirect: {prefix_rewrite: /new, response_code: FOUND}
                """)
            .start()) {
      var reply = proxy.get("/old/page?q=1");
      assertThat(reply.status()).isEqualTo(302);
      assertThat(reply.header("location")).isEqualTo("http://test/new/page?q=1");
      assertThat(reply.header("x-host")).isEqualTo("302");
      assertThat(proxy.stat("http.test.rq_redirect")).isEqualTo(1);
      assertThat(proxy.awaitEnded()).isEqualTo("302 - direct_response");
    }
  }

  @Test
  void row0910UpstreamSeesTheRewrittenRequest() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /api}
                        stat_prefix: api
                        request_headers_to_add: [{header: {key: x-client, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}}]
                        response_headers_to_remove: [x-secret]
                        route: {cluster: up, prefix_rewrite: /v1, host_rewrite_literal: inner}
                      virtual_clusters:
                      - {name: items, headers: [{name: ":path", string_match: {prefix: /api/items}}]}
                    """)
                .start()) {
      var reply = proxy.get("/api/items?q");
      assertThat(reply.status()).isEqualTo(200);
      var seen = upstream.only();
      assertThat(seen.line()).isEqualTo("GET /v1/items?q HTTP/1.1");
      assertThat(seen.headers("host")).containsExactly("inner");
      assertThat(seen.header("x-envoy-original-path")).isEqualTo("/api/items?q");
      assertThat(seen.header("x-envoy-original-host")).isEqualTo("test");
      assertThat(seen.header("x-client")).isEqualTo("127.0.0.1");
      proxy.awaitStat("vhost.all.vcluster.items.upstream_rq_200", 1);
      assertThat(proxy.stat("vhost.all.route.api.upstream_rq_2xx")).isEqualTo(1);
      assertThat(proxy.stat("vhost.all.vcluster.items.upstream_rq_total")).isEqualTo(1);
    }
  }

  @Test
  void row0929MaintenanceModeAnswersForTheCluster() throws Exception {
    try (var proxy = TestProxy.to(1).runtime("upstream.maintenance_mode.up: 100").start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("maintenance mode");
      assertThat(reply.header("x-envoy-overloaded")).isEqualTo("true");
      assertThat(proxy.stat("cluster.up.upstream_rq_maintenance_mode")).isEqualTo(1);
      assertThat(proxy.awaitEnded()).isEqualTo("503 UO maintenance_mode");
    }
  }

  @Test
  void row0909HostIsThatOfTheEndpointThatWasChosen() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(1)
                .clusters(
                    """
                    - name: named
                      load_assignment:
                        cluster_name: named
                        endpoints:
                        - lb_endpoints:
                          - endpoint:
                              hostname: inner.example
                              address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    """
                        .formatted(upstream.port()))
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        route: {cluster: named, auto_host_rewrite: true, append_x_forwarded_host: true}
                    """)
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(200);
      var seen = upstream.only();
      assertThat(seen.headers("host")).containsExactly("inner.example");
      assertThat(seen.header("x-envoy-original-host")).isEqualTo("test");
      assertThat(seen.header("x-forwarded-host")).isEqualTo("test");
    }
  }

  @Test
  void row0922HighPriorityHasBreakersOfItsOwn() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .cluster(
                    "circuit_breakers: {thresholds: [{priority: DEFAULT, max_requests: 0}, {priority: HIGH}]}")
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /pay}
                        route: {cluster: up, priority: HIGH}
                      - match: {prefix: /}
                        route: {cluster: up}
                    """)
                .start()) {
      assertThat(proxy.get("/pay").status()).isEqualTo(200);
      assertThat(proxy.get("/").status()).isEqualTo(503);
      assertThat(proxy.stat("cluster.up.circuit_breakers.default.rq_open")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.circuit_breakers.high.rq_open")).isZero();
    }
  }

  @Test
  void row0927ClientsLearnTheTimeOfTheHostUnlessThatIsSuppressed() throws Exception {
    String rewritten = "prefix_rewrite: /b";
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).route(rewritten).start()) {
      assertThat(proxy.get("/a").header("x-envoy-upstream-service-time")).containsOnlyDigits();
      assertThat(upstream.only().header("x-envoy-original-path")).isEqualTo("/a");
    }
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .route(rewritten)
                .router("suppress_envoy_headers: true")
                .start()) {
      assertThat(proxy.get("/a").header("x-envoy-upstream-service-time")).isNull();
      assertThat(upstream.only().header("x-envoy-original-path")).isNull();
    }
  }

  @Test
  void row0506HeadersOfTheTableAreForInternalRequestsOnly() throws Exception {
    for (boolean internal : new boolean[] {true, false}) {
      String range = internal ? "127.0.0.0" : "10.0.0.0";
      try (var upstream = TestUpstream.answering("ok");
          var proxy =
              TestProxy.to(upstream.port())
                  .hcm(
                      "use_remote_address: true\ninternal_address_config: {cidr_ranges: [{address_prefix: "
                          + range
                          + ", prefix_len: 8}]}")
                  .table("internal_only_headers: [x-tenant]")
                  .start()) {
        assertThat(proxy.get("/", "x-tenant: a").status()).isEqualTo(200);
        assertThat(upstream.only().header("x-tenant")).isEqualTo(internal ? "a" : null);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Defaults.class)
  void row0503ClientIsThePeerAtTheEdgeAndTheForwardedOneBehindIt(Defaults set) throws Exception {
    boolean edge = set == Defaults.EDGE;
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).defaults(set).start()) {
      assertThat(proxy.get("/", "x-forwarded-for: 1.2.3.4").status()).isEqualTo(200);
      var seen = upstream.only();
      assertThat(seen.header("x-forwarded-for")).isEqualTo(edge ? "1.2.3.4, 127.0.0.1" : "1.2.3.4");
      assertThat(seen.header("x-envoy-external-address")).isEqualTo(edge ? "127.0.0.1" : null);
    }
  }

  @ParameterizedTest
  @EnumSource(Defaults.class)
  void row0509UnderscoresAreRefusedAtTheEdge(Defaults set) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).defaults(set).start()) {
      int status = proxy.get("/", "x_user: a").status();
      assertThat(status).isEqualTo(set == Defaults.EDGE ? 400 : 200);
    }
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .defaults(set)
                .hcm("common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER}")
                .start()) {
      assertThat(proxy.get("/", "x_user: a").status()).isEqualTo(200);
      assertThat(upstream.only().header("x_user")).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Defaults.class)
  void pathsHaveOneSpellingAtTheEdge(Defaults set) throws Exception {
    boolean edge = set == Defaults.EDGE;
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).defaults(set).start()) {
      assertThat(proxy.get("/a//b/../c").status()).isEqualTo(200);
      assertThat(upstream.only().path()).isEqualTo(edge ? "/a/c" : "/a//b/../c");
      assertThat(proxy.get("/a%2Fb").status()).isEqualTo(edge ? 400 : 200);
    }
  }

  @Test
  void row0602LogTellsTheVirtualCluster(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("access.log");
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm(
                    """
                    access_log:
                    - name: envoy.access_loggers.file
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                        path: %s
                        log_format: {text_format_source: {inline_string: "%%VIRTUAL_CLUSTER_NAME%%\\n"}}
                    """
                        .formatted(log))
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        route: {cluster: up, prefix_rewrite: /v1/}
                      virtual_clusters:
                      - {name: items, headers: [{name: ":path", string_match: {prefix: /items}}]}
                    """)
                .start()) {
      assertThat(proxy.get("/items").status()).isEqualTo(200);
      assertThat(proxy.get("/else").status()).isEqualTo(200);
      proxy.server().logFiles().reopen();
      await().untilAsserted(() -> assertThat(log).hasContent("items\nother\n"));
    }
  }
}
