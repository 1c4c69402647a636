package io.weft.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.dns.DnsCluster.Backoff;
import io.weft.net.NetAddress;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DnsClusterReaderTest {
  private static final String ENDPOINT =
      "{endpoint: {address: {socket_address: {address: shop.test, port_value: 80}}}}";

  private final Problems problems = new Problems();

  private @Nullable DnsCluster read(String settings, String endpoints) {
    String yaml =
        "name: up\nload_assignment:\n  cluster_name: up\n  endpoints:\n  - lb_endpoints: ["
            + endpoints
            + "]\n"
            + settings;
    return DnsClusterReader.read(
        ResourceReader.parse("envoy.config.cluster.v3.Cluster", yaml), null, problems);
  }

  @Test
  void leavesOtherClustersAlone() {
    assertThat(read("type: STATIC", "")).isNull();
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void hasEnvoysDefaults() {
    var cluster = Objects.requireNonNull(read("type: STRICT_DNS", ENDPOINT));
    assertThat(cluster.logical()).isFalse();
    assertThat(cluster.family()).isEqualTo(LookupFamily.AUTO);
    assertThat(cluster.refresh()).isEqualTo(Duration.ofSeconds(5));
    assertThat(cluster.failureRefresh()).isNull();
    assertThat(cluster.respectTtl()).isFalse();
    assertThat(cluster.waitsAtStart()).isTrue();
    assertThat(cluster.resolver()).isEqualTo(ResolverConfig.SYSTEM);
    assertThat(cluster.targets().getFirst().hostname()).isEqualTo("shop.test");
  }

  @Test
  void readsTheClusterExtension() {
    var cluster =
        Objects.requireNonNull(
            read(
                """
                cluster_type:
                  name: envoy.clusters.dns
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster
                    dns_refresh_rate: 9s
                    dns_failure_refresh_rate: {base_interval: 2s}
                    respect_dns_ttl: true
                    dns_lookup_family: ALL
                    all_addresses_in_single_endpoint: true
                    typed_dns_resolver_config:
                      name: envoy.network.dns_resolver.cares
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
                        resolvers: [{socket_address: {address: 10.0.0.53, port_value: 0}}]
                        dns_resolver_options: {use_tcp_for_dns_lookups: true, no_default_search_domain: true}
                """,
                ENDPOINT));
    assertThat(problems.text()).isEmpty();
    assertThat(cluster)
        .isEqualTo(
            new DnsCluster(
                true,
                cluster.targets(),
                LookupFamily.ALL,
                Duration.ofSeconds(9),
                new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(20)),
                true,
                Duration.ZERO,
                true,
                new ResolverConfig(
                    List.of(NetAddress.Ip.of("10.0.0.53", 53)), false, true, false)));
  }

  @Test
  void refusesABackoffThatShrinks() {
    var settings =
        "type: STRICT_DNS\ndns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}";
    assertThat(read(settings, ENDPOINT)).isNull();
    assertThat(problems.text())
        .contains("dns_failure_refresh_rate.max_interval")
        .contains("expected: at least base_interval");
  }

  @Test
  void refusesAPipeForAServer() {
    assertThat(read("type: STRICT_DNS\ndns_resolvers: [{pipe: {path: /x}}]", ENDPOINT)).isNull();
    assertThat(problems.text())
        .contains("dns_resolvers[0]")
        .contains("expected: the address of a server");
  }

  @Test
  void refusesALogicalClusterOfTwo() {
    assertThat(read("type: LOGICAL_DNS", ENDPOINT + "," + ENDPOINT)).isNull();
    assertThat(problems.text()).contains("2 endpoints (expected: exactly one in a LOGICAL_DNS");
  }

  @Test
  void refusesAPipe() {
    assertThat(read("type: STRICT_DNS", "{endpoint: {address: {pipe: {path: /x}}}}")).isNull();
    assertThat(problems.text()).contains("must have a socket_address");
  }

  @Test
  void refusesAnotherClusterType() {
    assertThat(
            read(
                """
                cluster_type:
                  name: envoy.clusters.dns
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                """,
                ENDPOINT))
        .isNull();
    assertThat(problems.text()).contains("expected: envoy.extensions.clusters.dns.v3.DnsCluster");
  }
}
