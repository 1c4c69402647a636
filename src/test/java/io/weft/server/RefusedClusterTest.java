package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.schema.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One mistake in a cluster is one error, and not one more for each route that leads there. */
final class RefusedClusterTest {
  @TempDir Path directory;

  private Problems built(String cluster) throws IOException {
    var yaml =
        """
        static_resources:
          listeners:
          - address: 127.0.0.1:0
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: test
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ['*']
                      routes:
                      - match: {prefix: /a}
                        route: {cluster: up}
                      - match: {prefix: /}
                        route: {weighted_clusters: {clusters: [{name: up, weight: 1}]}}
          - address: 127.0.0.2:0
            filter_chains:
            - filters:
              - name: envoy.filters.network.tcp_proxy
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                  stat_prefix: tcp
                  cluster: up
          clusters:
          - name: up
        """
            + cluster.indent(4);
    var problems = new Problems();
    Path file = Files.writeString(directory.resolve("bootstrap.yaml"), yaml);
    var configuration = ConfigSource.load(file, ConfigOptions.NONE, problems);
    assertThat(problems.text()).isEmpty();
    Commands.build(Objects.requireNonNull(configuration), Users.load(), problems);
    return problems;
  }

  @Test
  void isTheOnlyOneThatIsReported() throws Exception {
    var problems = built("lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 4}");
    assertThat(problems.text()).contains("table_size: 4 (expected: a prime number)");
    assertThat(problems.errors()).hasSize(1);
  }

  @Test
  void fineOneIsNotReportedAtAll() throws Exception {
    assertThat(built("lb_policy: MAGLEV").text()).isEmpty();
  }
}
