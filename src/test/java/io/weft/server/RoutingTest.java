package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestUpstream;
import org.junit.jupiter.api.Test;

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
}
