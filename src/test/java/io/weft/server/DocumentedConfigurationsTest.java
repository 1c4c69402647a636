package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.config.Configuration;
import io.weft.config.Defaults;
import io.weft.schema.Problem;
import io.weft.schema.Problems;
import io.weft.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configurations that the pages about protocols show, and those of {@code config/examples}. */
class DocumentedConfigurationsTest {
  private static final List<String> PAGES = List.of("tls", "http2", "upgrades", "grpc");
  private static final Path EXAMPLES = Path.of("config/examples");
  private static final Pattern SNIPPET = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLUSTER = Pattern.compile("\\bcluster: (\\w+)");

  @TempDir static Path directory;

  /** A piece of YAML, and where it stands. */
  record Snippet(String where, String yaml) {
    @Override
    public String toString() {
      return where;
    }
  }

  @BeforeAll
  static void certificates() throws IOException {
    TestCertificates.authority("ca")
        .leaf("localhost")
        .dns("localhost")
        .sign()
        .write(directory, "server");
  }

  static List<Snippet> snippets() throws IOException {
    var all = new ArrayList<Snippet>();
    for (String page : PAGES) {
      Matcher found = SNIPPET.matcher(Files.readString(Path.of("docs", page + ".md")));
      while (found.find()) {
        all.add(new Snippet(page + " " + all.size(), found.group(1)));
      }
    }
    for (Path example : examples()) {
      all.add(new Snippet(example.toString(), Files.readString(example)));
    }
    return all;
  }

  private static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void runsAsItStands(Snippet snippet) throws IOException {
    Path file = directory.resolve("bootstrap.yaml");
    Files.writeString(
        file,
        whole(snippet.yaml())
            .replace("server.crt", directory.resolve("server.crt").toString())
            .replace("server.key", directory.resolve("server.key").toString()));
    for (Defaults defaults : Defaults.values()) {
      assertThat(problems(file, defaults)).as(defaults.text()).isEmpty();
    }
  }

  /** What {@code weft validate} does. */
  private static String problems(Path path, Defaults defaults) {
    var problems = new Problems();
    Configuration configuration =
        ConfigSource.load(path, ConfigOptions.NONE.withDefaults(defaults), problems);
    if (configuration != null && problems.isEmpty()) {
      Commands.build(configuration, Users.load(), problems);
    }
    return problems.errors().stream().map(Problem::text).collect(Collectors.joining("\n"));
  }

  /** A part of a configuration with what has to be around it. */
  private static String whole(String yaml) {
    String key = yaml.substring(0, yaml.indexOf(':'));
    return switch (key) {
      case "static_resources" -> yaml;
      case "listeners", "clusters", "secrets" -> "static_resources:\n" + yaml.indent(2);
      case "filter_chains" ->
          "static_resources:\n  listeners:\n  - name: a\n    address: 127.0.0.1:10000\n"
              + yaml.indent(4)
              + clusters(yaml);
      case "routes" ->
          """
          static_resources:
            listeners:
            - name: a
              address: 127.0.0.1:10000
              filter_chains:
              - filters:
                - name: envoy.filters.network.http_connection_manager
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: a
                    route_config:
                      virtual_hosts:
                      - name: a
                        domains: ['*']
          """
              + yaml.indent(14)
              + clusters(yaml);
      default -> throw new AssertionError("how does '" + key + "' become a configuration?");
    };
  }

  private static String clusters(String yaml) {
    var names = new TreeSet<String>();
    Matcher named = CLUSTER.matcher(yaml);
    while (named.find()) {
      names.add("  - {name: " + named.group(1) + ", endpoints: [127.0.0.1:1]}\n");
    }
    return "  clusters:\n" + String.join("", names);
  }

  @Test
  void eachExampleStandsOnItsPageAndInTheReadme() throws IOException {
    var pages = new StringBuilder();
    for (String page : PAGES) {
      pages.append(Files.readString(Path.of("docs", page + ".md")));
    }
    String readme = Files.readString(Path.of("README.md"));
    assertThat(examples()).hasSize(PAGES.size());
    for (Path example : examples()) {
      assertThat(pages.toString()).as(example.toString()).contains(Files.readString(example));
      assertThat(readme).contains(example.toString());
    }
  }

  @Test
  void theSampleRuns() {
    assertThat(problems(Path.of("config"), Defaults.EDGE)).isEmpty();
  }
}
