package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.config.Defaults;
import io.weft.schema.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code docs/routing.md} says row by row: each row is there, its configuration is one that
 * runs, and the tests it names exist. The configuration of {@code docs/forward-proxy.md} runs, too.
 */
class DocumentedRowsTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([59]\\.\\d+) \\| .*? \\| `(\\w+): (.*?)` \\| (.*) \\|$");
  private static final Pattern NAMED = Pattern.compile("`(\\w+)\\.(\\w+)`");

  @TempDir Path directory;

  private record Row(String number, String where, String fields, String tests) {}

  private static List<Row> rows() throws IOException {
    var rows = new ArrayList<Row>();
    Matcher found = ROW.matcher(Files.readString(Path.of("docs/routing.md")));
    while (found.find()) {
      rows.add(new Row(found.group(1), found.group(2), found.group(3), found.group(4)));
    }
    return rows;
  }

  @Test
  void everyRowIsThereOrAKnownGap() throws IOException {
    var wanted = new TreeSet<String>();
    for (int i = 1; i <= 32; i++) {
      wanted.add("9." + i);
    }
    for (int i = 1; i <= 9; i++) {
      wanted.add("5." + i);
    }
    assertThat(rows().stream().map(Row::number)).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void testsThatShowARowExist() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(each -> each.toString().endsWith("Test.java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    var missing = new ArrayList<String>();
    for (Row row : rows()) {
      Matcher named = NAMED.matcher(row.tests());
      boolean any = false;
      while (named.find()) {
        any = true;
        String source = sources.getOrDefault(named.group(1), "");
        if (!source.contains("void " + named.group(2) + "(")) {
          missing.add(row.number() + " names " + named.group());
        }
      }
      if (!any) {
        missing.add(row.number() + " names no test");
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void configurationOfEachRowRunsWithBothSetsOfDefaults() throws IOException {
    for (Row row : rows()) {
      for (Defaults set : Defaults.values()) {
        assertThat(problems(bootstrap(row), set)).as("row %s, %s", row.number(), set).isEmpty();
      }
    }
  }

  @Test
  void configurationOfTheForwardProxyRuns() throws IOException {
    String page = Files.readString(Path.of("docs/forward-proxy.md"));
    int start = page.indexOf("```yaml\n") + "```yaml\n".length();
    for (Defaults set : Defaults.values()) {
      assertThat(problems(page.substring(start, page.indexOf("```", start)), set)).isEmpty();
    }
  }

  private String problems(String yaml, Defaults set) throws IOException {
    var problems = new Problems();
    Path file = Files.writeString(directory.resolve("bootstrap.yaml"), yaml);
    var configuration = ConfigSource.load(file, ConfigOptions.NONE.withDefaults(set), problems);
    if (configuration != null && problems.isEmpty()) {
      Commands.build(configuration, Users.load(), problems);
    }
    return problems.errors().isEmpty() ? "" : problems.text();
  }

  /** A whole configuration with the fields of a row where they belong. */
  private static String bootstrap(Row row) {
    Map<String, String> fields = new HashMap<>();
    for (String where : List.of("hcm", "table", "host", "router", "cluster")) {
      fields.put(where, "{}");
    }
    fields.put("routes", "[{match: {prefix: /}, route: {cluster: up}}]");
    assertThat(fields).as("row %s: where its fields belong", row.number()).containsKey(row.where());
    fields.put(row.where(), row.fields());
    String host = fields.get("host");
    return """
    static_resources:
      listeners:
      - address: 127.0.0.1:0
        filter_chains:
        - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: test
              <<: %s
              route_config:
                <<: %s
                virtual_hosts:
                - name: all
                  %s
                  <<: %s
                  routes: %s
              http_filters:
              - name: envoy.filters.http.buffer
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
                  max_request_bytes: 1000
              - name: envoy.filters.http.router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                  <<: %s
      clusters:
      - name: up
        endpoints: [127.0.0.1:1]
        <<: %s
    """
        .formatted(
            fields.get("hcm"),
            fields.get("table"),
            String.valueOf(host).contains("domains") ? "" : "domains: ['*']",
            host,
            fields.get("routes"),
            fields.get("router"),
            fields.get("cluster"));
  }
}
