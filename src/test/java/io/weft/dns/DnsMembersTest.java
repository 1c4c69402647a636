package io.weft.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.cluster.Cluster;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.stats.Stats;
import io.weft.testing.TestClusters;
import io.weft.testing.TestDns;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

class DnsMembersTest {
  private final TestDns dns = TestDns.start();

  @AfterEach
  void close() throws Exception {
    dns.close();
  }

  private DnsMembers members(String settings) {
    String yaml =
        """
        name: up
        type: STRICT_DNS
        dns_lookup_family: V4_ONLY
        dns_resolvers: [{socket_address: {address: 127.0.0.1, port_value: %d}}]
        load_assignment:
          cluster_name: up
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: shop.test, port_value: 80}}}
        %s
        """
            .formatted(dns.port(), settings);
    var problems = new Problems();
    DnsCluster config =
        DnsClusterReader.read(
            ResourceReader.parse("envoy.config.cluster.v3.Cluster", yaml), null, problems);
    assertThat(problems.text()).isEmpty();
    return new DnsMembers(
        new Cluster(TestClusters.config(yaml), new Stats()),
        Objects.requireNonNull(config),
        new Resolver(config.resolver()));
  }

  @Test
  void comesAgainAfterTheRefreshRate() {
    dns.says("shop.test", 1, "127.0.0.1");
    assertThat(members("").lookUp()).isEqualTo(Duration.ofSeconds(5));
    assertThat(members("dns_refresh_rate: 7s").lookUp()).isEqualTo(Duration.ofSeconds(7));
    assertThat(members("dns_refresh_rate: 7s\ndns_jitter: 3s").lookUp())
        .isBetween(Duration.ofSeconds(7), Duration.ofSeconds(10));
  }

  @Test
  void comesAgainWhenTheAnswerIsOldIfTold() {
    dns.says("shop.test", 90, "127.0.0.1");
    assertThat(members("respect_dns_ttl: true").lookUp()).isEqualTo(Duration.ofSeconds(90));
    dns.says("shop.test", 0, "127.0.0.1");
    assertThat(members("respect_dns_ttl: true").lookUp())
        .as("a time to live of 0 says nothing")
        .isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void waitsLongerAfterEachFailure() {
    dns.fails("shop.test", Rcode.SERVFAIL);
    assertThat(members("dns_refresh_rate: 7s").lookUp()).isEqualTo(Duration.ofSeconds(7));
    var members = members("dns_failure_refresh_rate: {base_interval: 1s, max_interval: 4s}\n");
    assertThat(members.lookUp()).isEqualTo(Duration.ofSeconds(1));
    assertThat(members.lookUp()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    for (int i = 0; i < 5; i++) {
      assertThat(members.lookUp()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
    }
    dns.says("shop.test", 1, "127.0.0.1");
    assertThat(members.lookUp()).isEqualTo(Duration.ofSeconds(5));
    dns.fails("shop.test", Rcode.SERVFAIL);
    assertThat(members.lookUp()).isEqualTo(Duration.ofSeconds(1));
  }
}
