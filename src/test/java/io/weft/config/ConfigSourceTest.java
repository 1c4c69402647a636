package io.weft.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.schema.ConfigException;
import io.weft.schema.Problem;
import io.weft.schema.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigSourceTest {
  @TempDir Path directory;

  private Path write(String name, String text) throws IOException {
    var file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static List<String> errors(Problems problems) {
    return problems.errors().stream().map(Problem::text).toList();
  }

  private void writeSample() throws IOException {
    write(
        "listeners/ingress.yaml",
        """
        name: ingress
        address: 127.0.0.1:10000
        filter_chains:
        - filters:
          - http_connection_manager:
              stat_prefix: ingress
              route_config: main
        """);
    write(
        "routes/main.yaml",
        """
        name: main
        virtual_hosts:
        - name: all
          domains: ["*"]
          routes:
          - match: {prefix: /}
            route: {cluster: backend}
        """);
    write(
        "clusters/backends.yaml",
        """
        - name: backend
          endpoints: ["127.0.0.1:8080", "[::1]:8080"]
        - name: other
        """);
  }

  @Test
  void readsADirectory() throws Exception {
    writeSample();
    var configuration = ConfigSource.load(directory, ConfigOptions.NONE);
    assertThat(configuration.defaults()).isEqualTo(Defaults.EDGE);
    assertThat(configuration.listeners()).hasSize(1);
    assertThat(configuration.clusters())
        .extracting(c -> c.string("name"))
        .containsExactly("backend", "other");
    var listener = configuration.listeners().getFirst();
    assertThat(listener.integer("per_connection_buffer_limit_bytes")).isEqualTo(32768);
    var hcm =
        listener
            .messages("filter_chains")
            .getFirst()
            .messages("filters")
            .getFirst()
            .required("typed_config");
    assertThat(hcm.bool("use_remote_address")).isTrue();
    assertThat(hcm.isDefault("use_remote_address")).isTrue();
    assertThat(hcm.required("route_config").messages("virtual_hosts")).hasSize(1);
    assertThat(
            hcm.required("common_http_protocol_options")
                .enumName("headers_with_underscores_action"))
        .isEqualTo("REJECT_REQUEST");
    assertThat(hcm.messages("http_filters").getFirst().string("name"))
        .isEqualTo("envoy.filters.http.router");
  }

  @Test
  void secretsComeFromTheBootstrapAndFromFiles() throws Exception {
    writeSample();
    String trusted = "{name: %s, validation_context: {verify_certificate_hash: ['%s']}}";
    write(
        "bootstrap.yaml",
        "static_resources: {secrets: [" + trusted.formatted("a", "0".repeat(64)) + "]}");
    write("secrets/b.yaml", trusted.formatted("b", "1".repeat(64)));
    var configuration = ConfigSource.load(directory, ConfigOptions.NONE);
    assertThat(configuration.secrets())
        .extracting(secret -> secret.string("name"))
        .containsExactly("a", "b");
    assertThat(configuration.expanded()).contains("secrets:").contains("1".repeat(64));
    write("secrets/c.yaml", trusted.formatted("a", "2".repeat(64)));
    assertThatThrownBy(() -> ConfigSource.load(directory, ConfigOptions.NONE))
        .hasMessageContaining("a second secret 'a'");
  }

  @Test
  void theFullFormReadsBackAsTheSame() throws Exception {
    writeSample();
    write("weft.yaml", "defaults: envoy\nadmin: {address: '127.0.0.1:9901'}\n");
    write("runtime/a/b", "10");
    var full = ConfigSource.load(directory, ConfigOptions.NONE).expanded();
    assertThat(full)
        .contains("@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router")
        .contains("timeout: 15s  # default (envoy)")
        .contains("port_value: 8080")
        .contains("port_value: 9901")
        .contains("a.b: \"10\"");
    var again =
        ConfigSource.load(
            write("full.yaml", full), ConfigOptions.NONE.withDefaults(Defaults.ENVOY));
    assertThat(again.expanded().replaceAll("  #.*", "")).isEqualTo(full.replaceAll("  #.*", ""));
  }

  @Test
  void aFileWithTenMistakesReportsTenErrors() throws Exception {
    var file =
        write(
            "bootstrap.yaml",
            """
            nodes: {id: a}
            static_resources:
              listeners:
              - name: main
                address:
                  socket_address: {address: localhost, port_value: 70000}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: ""
                      stream_idle_timeout: 5 minutes
                      route_config:
                        virtual_hosts:
                        - name: all
                          domains: []
                          routes:
                          - match: {prefix: /, pathh: /x}
                            route: {cluster: nowhere}
                          - match: {prefix: /}
                            route: {cluster: backend}
                            redirect: {}
                      http_filters:
                      - name: envoy.filters.http.buffer
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
                          max_request_bytes: 1024
              clusters:
              - name: backend
                type: STATICK
              - name: backend
            """);
    var problems = Validation.validate(file, ConfigOptions.NONE);
    var lines = problems.errors().stream().map(p -> p.place().line()).sorted().toList();
    assertThat(lines).containsExactly(1, 6, 6, 12, 13, 17, 19, 20, 23, 25, 31, 32);
    assertThat(errors(problems)).allMatch(text -> text.startsWith(file + ":"));
    assertThat(Validation.json(problems))
        .startsWith("{\"valid\":false,\"problems\":[\n{\"severity\":\"error\"");
  }

  @Test
  void checksChainsAsEnvoyDoes() throws Exception {
    write(
        "listeners/a.yaml",
        """
        name: a
        address: 127.0.0.1:1
        filter_chains:
        - filters: [echo, {tcp_proxy: {stat_prefix: a, cluster: x}}]
        - filters:
          - http_connection_manager:
              stat_prefix: a
              route_config: {}
              http_filters: [{buffer: {max_request_bytes: 1}}]
        """);
    var problems = Validation.validate(directory, ConfigOptions.NONE);
    assertThat(errors(problems))
        .hasSize(4)
        .anyMatch(t ->
            t.contains(
                "Error: terminal filter named envoy.filters.network.echo of type"
                    + " envoy.extensions.filters.network.echo.v3.Echo must be the last filter in a network filter chain."))
        .anyMatch(t ->
            t.contains(
                "Error: non-terminal filter named envoy.filters.http.buffer of type"
                    + " envoy.extensions.filters.http.buffer.v3.Buffer is the last filter in a http filter chain."))
        .anyMatch(t ->
            t.contains(
                "listeners/a.yaml:4:57 filter_chains[0].filters[1].typed_config.cluster: unknown cluster 'x'"))
        .anyMatch(t -> t.contains("same matching rules"));
  }

  @Test
  void readsSettingsFromFileAndEnvironment() throws Exception {
    writeSample();
    write(
        "weft.yaml",
        "carriers: 3\nadmin: {address: '127.0.0.1:9901'}\ndrain.time: 5m\nlog:\n  levels:\n    io.weft.hcm: debug\n");
    var settings =
        ConfigSource.load(
                directory,
                ConfigOptions.NONE.withEnvironment(
                    Map.of("WEFT_CARRIERS", "2", "PATH", "x", "WEFT_LOG_LEVELS", "b.c=off")))
            .settings();
    assertThat(settings.count(Setting.CARRIERS)).isEqualTo(2);
    assertThat(settings.text(Setting.ADMIN_ADDRESS)).isEqualTo("127.0.0.1:9901");
    assertThat(settings.duration(Setting.DRAIN_TIME)).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.logLevels())
        .containsExactly(Map.entry("b.c", "off"), Map.entry("io.weft.hcm", "debug"));
  }

  @Test
  void namesTheSettingThatIsWrong() throws Exception {
    write("weft.yaml", "carriers: many\nadmin:\n  adress: 127.0.0.1:1\ndrain: {time: 5}\n");
    assertThatThrownBy(() ->
            ConfigSource.load(
                directory, ConfigOptions.NONE.withEnvironment(Map.of("WEFT_POLLER", "kqueue"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("weft.yaml:1:1 carriers: 'many' (expected: a whole number)")
        .hasMessageContaining(
            "weft.yaml:3:3 admin.adress: unknown setting 'admin.adress' (did you mean 'admin.address'?)")
        .hasMessageContaining(
            "weft.yaml:4:9 drain.time: '5' (expected: a number with ms, s, m or h)")
        .hasMessageContaining(
            "environment:1:1 WEFT_POLLER: 'kqueue' (expected: one of auto, epoll, nio)");
  }

  @Test
  void refusesAnAdminForOthersInEdgeAndWarnsInEnvoy() throws Exception {
    var file = write("envoy.yaml", "admin: {address: '0.0.0.0:9901'}\n");
    assertThat(Validation.validate(file, ConfigOptions.NONE).warnings()).hasSize(1);
    assertThat(Validation.validate(file, ConfigOptions.NONE).isEmpty()).isTrue();
    assertThat(errors(Validation.validate(file, ConfigOptions.NONE.withDefaults(Defaults.EDGE))))
        .hasSize(1);
  }

  @Test
  void refusesWhatWouldNotBeRead() throws Exception {
    writeSample();
    write("listener/x.yaml", "a: b");
    write("extra.yaml", "a: b");
    assertThat(errors(Validation.validate(directory, ConfigOptions.NONE)))
        .containsExactlyInAnyOrder(
            "listener:1:1 .: this folder is not read (did you mean 'listeners'?)",
            "extra.yaml:1:1 .: this file is not read (expected: weft.yaml, bootstrap.yaml, or a file in listeners/, clusters/, routes/, secrets/)");
  }

  @Test
  void readsRuntimeFromDisk() throws Exception {
    write("runtime/health_check/min_interval", "# comment\n10\n");
    assertThat(ConfigSource.load(directory, ConfigOptions.NONE).diskLayer())
        .isEqualTo(Map.of("health_check.min_interval", "10"));
  }

  @Test
  void everyDefaultFitsItsField() {
    for (var set : Defaults.values()) {
      for (var type : set.byType().keySet()) {
        // reading an empty message of the type compiles and fills every default of it
        io.weft.schema.ResourceReader.read(
            "x",
            "",
            type,
            new io.weft.schema.ReadOptions(
                java.util.Set.of(), java.util.Set.of(), set.byType(), Map.of()),
            new Problems());
      }
    }
    assertThat(Defaults.rows()).isNotEmpty();
  }

  @Test
  void adminsAccessLogsAreThoseOfBothFields() throws IOException {
    var file =
        write(
            "bootstrap.yaml",
            """
            admin:
              access_log_path: /tmp/it's.log
              access_log:
              - name: l
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                  path: /dev/null
              address: {socket_address: {address: 127.0.0.1, port_value: 9901}}
            """);
    var problems = new Problems();
    var configuration = ConfigSource.load(file, ConfigOptions.NONE, problems);
    assertThat(errors(problems)).isEmpty();
    assertThat(java.util.Objects.requireNonNull(configuration).adminAccessLogs())
        .extracting(log -> java.util.Objects.requireNonNull(log.any("typed_config")).string("path"))
        .containsExactly("/dev/null", "/tmp/it's.log");
  }

  @Test
  void runtimeLayersHaveNamesOfTheirOwnAndOneIsTheAdmins() throws IOException {
    var file =
        write(
            "bootstrap.yaml",
            """
            layered_runtime:
              layers:
              - {name: a, static_layer: {}}
              - {name: b, admin_layer: {}}
              - {name: a, admin_layer: {}}
            """);
    var problems = new Problems();
    ConfigSource.load(file, ConfigOptions.NONE, problems);
    assertThat(errors(problems))
        .hasSize(2)
        .anySatisfy(text -> assertThat(text).contains("a second runtime layer 'a'"))
        .anySatisfy(text -> assertThat(text).contains("layers[2].admin_layer: a second admin"));
  }
}
