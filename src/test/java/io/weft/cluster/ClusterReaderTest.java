package io.weft.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.cluster.CircuitBreakerConfig.RetryBudget;
import io.weft.cluster.ClusterConfig.Http1Options;
import io.weft.cluster.ClusterConfig.TcpKeepalive;
import io.weft.net.NetAddress;
import io.weft.schema.Problem;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.testing.TestClusters;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterReaderTest {
  @Test
  void anEmptyClusterHasEnvoysDefaults() {
    assertThat(TestClusters.config("name: web")).isEqualTo(ClusterConfig.of("web", List.of()));
  }

  @Test
  void everyFieldIsRead() {
    var config =
        TestClusters.config(
            """
            name: web
            alt_stat_name: shop
            type: STATIC
            lb_policy: ROUND_ROBIN
            connect_timeout: 0.25s
            per_connection_buffer_limit_bytes: 4096
            load_assignment:
              cluster_name: web
              policy: {overprovisioning_factor: 100}
              endpoints:
              - locality: {region: eu, zone: a, sub_zone: r1}
                lb_endpoints:
                - endpoint:
                    address: {socket_address: {address: 10.0.0.1, port_value: 80}}
                    hostname: one
                  load_balancing_weight: 3
                - endpoint:
                    address: {socket_address: {address: "::1", port_value: 80}}
                  health_status: DRAINING
              - priority: 1
                lb_endpoints:
                - endpoint:
                    address: {pipe: {path: /run/web.sock}}
                  health_status: DEGRADED
            common_lb_config:
              healthy_panic_threshold: {value: 25}
              zone_aware_lb_config: {fail_traffic_on_panic: true}
            circuit_breakers:
              thresholds:
              - max_connections: 1
                max_pending_requests: 2
                max_requests: 3
                max_retries: 4
                track_remaining: true
              - priority: HIGH
                retry_budget: {budget_percent: {value: 25}, min_retry_concurrency: 5}
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: {http_protocol_options: {}}
                common_http_protocol_options:
                  idle_timeout: 30s
                  max_connection_duration: 60s
                  max_requests_per_connection: 7
                  max_headers_count: 20
            upstream_bind_config: {source_address: {address: 127.0.0.2, port_value: 0}}
            upstream_connection_options:
              tcp_keepalive: {keepalive_probes: 2, keepalive_time: 3, keepalive_interval: 4}
            """);
    var a = new Locality("eu", "a", "r1");
    assertThat(config)
        .isEqualTo(
            new ClusterConfig(
                "web",
                "shop",
                Duration.ofMillis(250),
                List.of(
                    new EndpointConfig(
                        NetAddress.Ip.of("10.0.0.1", 80), "one", 3, HealthStatus.HEALTHY, a, 0),
                    new EndpointConfig(
                        NetAddress.Ip.of("::1", 80), "", 1, HealthStatus.UNHEALTHY, a, 0),
                    new EndpointConfig(
                        new NetAddress.Pipe("/run/web.sock", 0),
                        "",
                        1,
                        HealthStatus.DEGRADED,
                        Locality.NONE,
                        1)),
                100,
                25,
                true,
                new CircuitBreakerConfig(1, 2, 3, 4, null, true),
                new CircuitBreakerConfig(1024, 1024, 1024, 3, new RetryBudget(25, 5), false),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                7,
                4096,
                new Http1Options(20, 60, false),
                ClusterConfig.HttpVersion.DEFAULT,
                NetAddress.Ip.of("127.0.0.2", 0),
                new TcpKeepalive(2, 3, 4),
                LbConfig.ROUND_ROBIN,
                null));
  }

  @Test
  void theOldPlacesOfHttpOptionsStillCount() {
    var config =
        TestClusters.config(
            """
            name: web
            max_requests_per_connection: 9
            common_http_protocol_options: {idle_timeout: 0s}
            """);
    assertThat(config.maxRequestsPerConnection()).isEqualTo(9);
    assertThat(config.idleTimeout()).isNull();
  }

  @Test
  void aHostNameIsRefusedWithItsPlace() {
    assertThat(
            problems(
                """
                name: web
                load_assignment:
                  cluster_name: web
                  endpoints:
                  - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: example.org, port_value: 80}}}
                """))
        .containsExactly(
            "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address:"
                + " \"example.org\" (expected: an IP address; a cluster of type STATIC resolves no"
                + " names)");
  }

  @Test
  void everyMistakeIsReported() {
    assertThat(
            problems(
                """
                name: web
                circuit_breakers:
                  thresholds: [{max_retries: 1}, {max_retries: 2}]
                common_http_protocol_options: {idle_timeout: 1s}
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: {http_protocol_options: {}}
                """))
        .containsExactlyInAnyOrder(
            "circuit_breakers.thresholds[1]: a second threshold of priority DEFAULT (expected:"
                + " one)",
            "common_http_protocol_options: given beside"
                + " envoy.extensions.upstreams.http.v3.HttpProtocolOptions (expected: one of the"
                + " two)");
  }

  private static List<String> problems(String yaml) {
    var problems = new Problems();
    var config =
        ClusterReader.read(
            ResourceReader.parse("envoy.config.cluster.v3.Cluster", yaml),
            (_, _, _) -> null,
            problems);
    assertThat(config).isNull();
    return problems.errors().stream().map(ClusterReaderTest::line).toList();
  }

  private static String line(Problem problem) {
    return problem.place().path() + ": " + problem.message();
  }

  @Test
  void balancingIsReadAndABadBiasReported() {
    var ring =
        TestClusters.config(
            "{name: web, lb_policy: RING_HASH, ring_hash_lb_config: {hash_function: MURMUR_HASH_2}}");
    assertThat(ring.lb().murmur()).isTrue();
    var least =
        TestClusters.config(
            "{name: web, lb_policy: LEAST_REQUEST, least_request_lb_config: {active_request_bias: {default_value: 0.5, runtime_key: b}}}");
    assertThat(least.lb().bias()).isEqualTo(new LbConfig.Bias(0.5, "b"));
    assertThat(
            problems(
                """
                name: web
                lb_policy: LEAST_REQUEST
                least_request_lb_config: {active_request_bias: {default_value: -1, runtime_key: b}}
                """))
        .containsExactly(
            "least_request_lb_config.active_request_bias.default_value: -1.0 (expected: not"
                + " negative)");
  }

  private static LbConfig typed(String type, String fields) {
    return TestClusters.config(
            """
            name: web
            lb_policy: RANDOM
            load_balancing_policy:
              policies:
              - typed_extension_config:
                  name: any
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.%s
                    %s
            """
                .formatted(type, fields))
        .lb();
  }

  @Test
  void typedBalancingCountsBeforeThePolicyByName() {
    assertThat(typed("round_robin.v3.RoundRobin", "")).isEqualTo(LbConfig.ROUND_ROBIN);
    assertThat(typed("random.v3.Random", "").policy()).isEqualTo(LbConfig.Policy.RANDOM);
    LbConfig least = typed("least_request.v3.LeastRequest", "choice_count: 5");
    assertThat(least.policy()).isEqualTo(LbConfig.Policy.LEAST_REQUEST);
    assertThat(least.choices()).isEqualTo(5);
    LbConfig ring =
        typed(
            "ring_hash.v3.RingHash",
            "minimum_ring_size: 7\n        maximum_ring_size: 9\n        hash_function: MURMUR_HASH_2");
    assertThat(ring)
        .isEqualTo(new LbConfig(LbConfig.Policy.RING_HASH, 7, 9, 2, true, LbConfig.Bias.ONE));
    assertThat(typed("maglev.v3.Maglev", "table_size: 101").minSize()).isEqualTo(101);
  }

  @Test
  void balancingByTypeNeedsOne() {
    assertThat(problems("{name: web, lb_policy: LOAD_BALANCING_POLICY_CONFIG}"))
        .containsExactly(
            "lb_policy: LOAD_BALANCING_POLICY_CONFIG without load_balancing_policy (expected:"
                + " both)");
  }

  @Test
  void olderFieldsSayWhichProtocolIsSpoken() {
    assertThat(
            TestClusters.config("{name: web, protocol_selection: USE_DOWNSTREAM_PROTOCOL}")
                .version()
                .choice())
        .isEqualTo(ClusterConfig.HttpVersion.Choice.DOWNSTREAM);
  }
}
