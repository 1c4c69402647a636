package io.weft.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each default that differs between the two sets is what {@code docs/configuration.md} says, in
 * both: a configuration that says nothing of it is read and printed in full.
 */
class DefaultsInBothSetsTest {
  private static final String NOTHING_SAID =
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
                route_config: {}
        clusters:
        - name: up
          endpoints: [127.0.0.1:1]
          typed_extension_protocol_options:
            envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
              "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
              explicit_http_config: {http2_protocol_options: {}}
      """;

  @TempDir Path directory;

  private String expanded(Defaults set) throws IOException {
    Path file = Files.writeString(directory.resolve("bootstrap.yaml"), NOTHING_SAID);
    var options = ConfigOptions.NONE.withEnvironment(Map.of()).withDefaults(set);
    return ConfigSource.load(file, options).expanded();
  }

  @Test
  void eachThatDiffersIsWhatThePageSays() throws Exception {
    Map<Defaults, String> expanded =
        Map.of(Defaults.EDGE, expanded(Defaults.EDGE), Defaults.ENVOY, expanded(Defaults.ENVOY));
    var wrong = new ArrayList<String>();
    int checked = 0;
    for (var row : Defaults.rows()) {
      if (row.edge().equals(row.envoy())) {
        continue;
      }
      checked++;
      String field = row.path().substring(row.path().lastIndexOf('.') + 1);
      expanded.forEach((set, text) -> {
        String value = set == Defaults.EDGE ? row.edge() : row.envoy();
        String line = field + ": " + value;
        boolean there =
            text.lines().anyMatch(each -> each.strip().replace("\"", "").startsWith(line));
        boolean any = text.lines().anyMatch(each -> each.strip().startsWith(field + ":"));
        if (value.isEmpty() ? any : !there) {
          wrong.add(set + ": " + row.path() + " is not '" + value + "'");
        }
      });
    }
    assertThat(wrong).as(expanded.toString()).isEmpty();
    assertThat(checked).isGreaterThan(15);
  }
}
