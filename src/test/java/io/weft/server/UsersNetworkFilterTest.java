package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.extension.UserFilters;
import io.weft.filter.NetworkFilter;
import io.weft.filter.NetworkFilterProvider;
import io.weft.net.NetAddress;
import io.weft.schema.Problems;
import io.weft.testing.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Network filters that users bring, the last of a chain and others; and what statistics show. */
class UsersNetworkFilterTest {
  @TempDir Path directory = Path.of("");

  /** Sends a word and what it reads, until the client ends. */
  record Greet(String word) {
    NetworkFilter filter() {
      return (connection, next) -> {
        connection
            .sink()
            .write(ByteBuffer.wrap(word.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        var buffer = ByteBuffer.allocate(100);
        while (connection.source().read(buffer) >= 0) {
          connection.sink().write(buffer.flip());
          buffer.clear();
        }
        connection.close();
      };
    }
  }

  private static final class GreetProvider implements NetworkFilterProvider<Greet> {
    @Override
    public String name() {
      return "test.greet";
    }

    @Override
    public Class<Greet> config() {
      return Greet.class;
    }

    @Override
    public boolean isTerminal() {
      return true;
    }

    @Override
    public NetworkFilter create(Greet config) {
      return config.filter();
    }
  }

  record NoSettings() {}

  /** Turns what is written into capitals. */
  private static final class CapitalsProvider implements NetworkFilterProvider<NoSettings> {
    @Override
    public String name() {
      return "test.capitals";
    }

    @Override
    public Class<NoSettings> config() {
      return NoSettings.class;
    }

    @Override
    public NetworkFilter create(NoSettings config) {
      return (connection, next) ->
          next.proceed(
              connection.withSource(source ->
                  target -> {
                    int start = target.position();
                    int count = source.read(target);
                    for (int i = start; i < target.position(); i++) {
                      target.put(i, (byte) Character.toUpperCase(target.get(i)));
                    }
                    return count;
                  }));
    }
  }

  /** Says of each connection who its user is. */
  private static final class NamingProvider implements NetworkFilterProvider<NoSettings> {
    @Override
    public String name() {
      return "test.naming";
    }

    @Override
    public Class<NoSettings> config() {
      return NoSettings.class;
    }

    @Override
    public NetworkFilter create(NoSettings config) {
      return (connection, next) -> {
        connection.setFilterState("io.example.user", "ann");
        next.proceed(connection);
      };
    }
  }

  private static String yaml(String filters, String stats) {
    return """
    %s
    static_resources:
      listeners:
      - name: test
        address: {socket_address: {address: 127.0.0.1, port_value: 0}}
        filter_chains:
        - filters:
    %s
    """
        .formatted(stats, filters.indent(6));
  }

  private @Nullable Server start(String yaml, Problems problems) throws IOException {
    var filters = new UserFilters();
    filters.add(new GreetProvider());
    filters.add(new CapitalsProvider());
    filters.add(new NamingProvider());
    var users = Users.of(filters);
    Path file = Files.writeString(directory.resolve("weft.yaml"), yaml);
    var options =
        ConfigOptions.NONE.withUserFilters(
            users.httpFilters(), users.networkFilters(), users.terminalFilters());
    var configuration = ConfigSource.load(file, options, problems);
    if (configuration == null || !problems.isEmpty()) {
      return null;
    }
    try {
      var run =
          RunOptions.of(Map.of(RunOption.CONFIG, file.toString(), RunOption.CONCURRENCY, "1"));
      return Server.start(configuration, run, users.extensions());
    } catch (RunOptions.UsageException e) {
      throw new AssertionError(e);
    }
  }

  private Running started(String yaml) throws IOException {
    var problems = new Problems();
    Server server = start(yaml, problems);
    if (server == null) {
      throw new AssertionError(problems.text());
    }
    return new Running(server);
  }

  private record Running(Server server) implements AutoCloseable {
    @Override
    public void close() {
      server.close();
    }
  }

  private static int port(Running running) {
    return ((NetAddress.Ip) running.server.listeners().all().getFirst().addresses().getFirst())
        .port();
  }

  @Test
  void aUsersFilterMayEndAChain() throws Exception {
    try (var server = started(yaml("- test.capitals: {}\n- test.greet: {word: hi}", ""));
        var client = Peer.connect(port(server))) {
      assertThat(client.read(2)).isEqualTo("hi");
      assertThat(client.send("there").read(5)).isEqualTo("THERE");
      client.halfClose();
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void routesAreFoundByWhatANetworkFilterHasSet() throws Exception {
    String http =
        """
        - test.naming: {}
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: test
            route_config:
              virtual_hosts:
              - name: all
                domains: ["*"]
                routes:
                - match: {prefix: /, filter_state: [{key: io.example.other, string_match: {exact: ann}}]}
                  direct_response: {status: 201}
                - match: {prefix: /, filter_state: [{key: io.example.user, string_match: {exact: bob}}]}
                  direct_response: {status: 202}
                - match: {prefix: /, filter_state: [{key: io.example.user, string_match: {prefix: an}}]}
                  direct_response: {status: 203}
                  response_headers_to_add: [{header: {key: x-user, value: "%FILTER_STATE(io.example.user:PLAIN)%"}}]
                - match: {prefix: /}
                  direct_response: {status: 204}
            http_filters:
            - name: envoy.filters.http.router
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
        """;
    try (var server = started(yaml(http, ""));
        var client = Peer.connect(port(server))) {
      client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      assertThat(client.readAll()).startsWith("HTTP/1.1 203 ").contains("x-user: ann\r\n");
    }
  }

  @Test
  void itIsRefusedWhereItIsNotTheLast() throws Exception {
    var problems = new Problems();
    assertThat(start(yaml("- test.greet: {word: hi}\n- echo: {}", ""), problems)).isNull();
    assertThat(problems.text()).contains("must be the last filter in a network filter chain");
  }

  @Test
  void oneThatPassesOnIsRefusedAsTheLast() throws Exception {
    var problems = new Problems();
    assertThat(start(yaml("- test.capitals: {}", ""), problems)).isNull();
    assertThat(problems.text())
        .contains("non-terminal filter named test.capitals")
        .contains("is the last filter in a network filter chain");
  }

  @Test
  void statisticsThatAreNotIncludedAreNotShown() throws Exception {
    String stats =
        """
        stats_config:
          stats_matcher:
            inclusion_list:
              patterns: [{prefix: listener.}, {exact: server.uptime}]
        """;
    try (var server = started(yaml("- echo: {}", stats))) {
      var names = new java.util.TreeSet<String>();
      server.server().stats().forEach(stat -> names.add(stat.name()));
      assertThat(names)
          .isNotEmpty()
          .allMatch(name -> name.startsWith("listener.") || name.equals("server.uptime"));
    }
    stats =
        """
        stats_config: {stats_matcher: {exclusion_list: {patterns: [{safe_regex: {regex: 'list.*'}}]}}}
        """;
    try (var server = started(yaml("- echo: {}", stats))) {
      var names = new java.util.TreeSet<String>();
      server.server().stats().forEach(stat -> names.add(stat.name()));
      assertThat(names).isNotEmpty().noneMatch(name -> name.startsWith("listener."));
    }
  }

  @Test
  void aTagsExpressionIsCheckedAtLoad() {
    for (String regex : Set.of("(", "nogroup")) {
      var problems = new Problems();
      var configuration =
          ConfigSource.load(
              file(
                  yaml(
                      "- echo: {}",
                      "stats_config: {stats_tags: [{tag_name: a, regex: '" + regex + "'}]}")),
              ConfigOptions.NONE,
              problems);
      assertThat(configuration).isNotNull();
      new StatsConfigReader(java.util.Objects.requireNonNull(configuration).bootstrap(), problems)
          .tags();
      assertThat(problems.text()).contains("stats_tags[0].regex");
    }
  }

  private Path file(String yaml) {
    try {
      return Files.writeString(directory.resolve("weft.yaml"), yaml);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
