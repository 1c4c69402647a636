package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What real configurations write and strict readers refuse. */
final class LenienceTest {
  private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";
  private static final String LISTENER = "envoy.config.listener.v3.Listener";
  private static final String NODE = "envoy.config.core.v3.Node";
  private static final String PIPE = "envoy.config.core.v3.Pipe";
  private static final String HTTP_FILTER = ShortForms.HTTP_FILTER;

  @Test
  void takesEnumValuesInAnyCaseAndByNumber() {
    assertThat(
            ResourceReader.parse(CLUSTER, "{name: a, type: static, lb_policy: Round_Robin}")
                .enumName("type"))
        .isEqualTo("STATIC");
    assertThat(ResourceReader.parse(CLUSTER, "{name: a, type: 0}").enumName("type"))
        .isEqualTo("STATIC");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "connection_pool_per_downstream_connection: false|''",
        "track_timeout_budgets: false|''",
        "transport_socket_matches: []|''",
        "hosts_are_no_field: false|unknown field",
        "track_timeout_budgets: true|not supported",
        "lb_subset_config: {}|not supported",
        "filters: [{name: a}]|not supported",
        "eds_cluster_config: {}|not supported",
      })
  void takesWhatSaysNothing(String field, String refused) {
    var problems = new Problems();
    ResourceReader.read("a.yaml", "name: a\n" + field, CLUSTER, ReadOptions.PLAIN, problems);
    assertThat(problems.errors()).hasSize(refused.isEmpty() ? 0 : 1);
    assertThat(problems.text()).contains(refused);
  }

  @ParameterizedTest
  @CsvSource({
    "bind_to_port, true, ''",
    "bind_to_port, false, 'bind_to_port'' of Listener is not supported'",
    "transparent, false, ''",
    "transparent, true, 'transparent'' of Listener is not supported'",
    "use_original_dst, false, ''",
    "use_original_dst, true, 'use_original_dst'' of Listener is not supported'",
  })
  void takesOneValueOfAFieldThatChangesNothing(String field, String value, String refused) {
    var problems = new Problems();
    ResourceReader.read(
        "a.yaml",
        "{name: a, address: '1.2.3.4:1', filter_chains: {filters: {name: echo}}, "
            + field
            + ": "
            + value
            + "}",
        LISTENER,
        ReadOptions.PLAIN,
        problems);
    assertThat(problems.errors()).hasSize(refused.isEmpty() ? 0 : 1);
    assertThat(problems.text()).contains(refused);
  }

  @ParameterizedTest
  @CsvSource({"-1s", "-0.5s", "{seconds: -3}"})
  void takesNoNegativeDuration(String duration) {
    var problems = new Problems();
    ResourceReader.read(
        "a.yaml",
        "retry_on: 5xx\nper_try_timeout: " + duration,
        "envoy.config.route.v3.RetryPolicy",
        ReadOptions.PLAIN,
        problems);
    assertThat(problems.text())
        .startsWith("a.yaml:2:18 per_try_timeout: ")
        .endsWith(" (expected: not negative)\n");
  }

  @Test
  void takesOneItemForAList() {
    var listener =
        ResourceReader.parse(
            LISTENER, "{name: a, address: '1.2.3.4:1', filter_chains: {filters: {name: echo}}}");
    assertThat(listener.messages("filter_chains").getFirst().messages("filters")).hasSize(1);
  }

  @Test
  void takesDurationsAsMessages() {
    var cluster =
        ResourceReader.parse(CLUSTER, "{name: a, connect_timeout: {seconds: 3, nanos: 500000000}}");
    assertThat(cluster.duration("connect_timeout")).isEqualTo(Duration.ofMillis(3500));
  }

  @Test
  void takesTrailingCommasTabsAndCamelCaseInJson() {
    var problems = new Problems();
    var cluster =
        ResourceReader.read(
            "a.json",
            "{\n\t\"name\": \"a\",\n\t\"connectTimeout\": \"1s\",\n}",
            CLUSTER,
            ReadOptions.PLAIN,
            problems);
    assertThat(problems.text()).isEmpty();
    assertThat(java.util.Objects.requireNonNull(cluster).duration("connect_timeout"))
        .isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource({
    "true,true",
    "True,true",
    "yes,true",
    "on,true",
    "No,false",
    "OFF,false",
    "'\"true\"',true"
  })
  void takesBooleansAsYamlHasThem(String text, boolean value) {
    assertThat(
            ResourceReader.parse(
                    LISTENER, "{name: a, address: '1.2.3.4:1', enable_reuse_port: " + text + "}")
                .bool("enable_reuse_port"))
        .isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({
    "420,420",
    "0644,420",
    "0o644,420",
    "0x1A4,420",
    "'\"420\"',420",
    "4.2e2,420",
    "420.0,420"
  })
  void takesNumbersAsYamlHasThem(String text, long value) {
    assertThat(ResourceReader.parse(PIPE, "{path: /a, mode: " + text + "}").integer("mode"))
        .isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({"1.5", "-1", "4294967296", "0899", "1e", "'[1]'", "abc", "''''''"})
  void refusesWhatIsNoNumber(String text) {
    var problems = new Problems();
    ResourceReader.read("a", "{path: /a, mode: " + text + "}", PIPE, ReadOptions.PLAIN, problems);
    assertThat(problems.errors()).as(text).hasSize(1);
    assertThat(problems.errors().getFirst().place().path()).isEqualTo("mode");
  }

  @Test
  void keepsTextThatLooksLikeSomethingElse() {
    var node =
        ResourceReader.parse(
            NODE,
            "{id: 2026-11-22, cluster: on, metadata: {a: on, b: 2026-11-22, c: 010, d: true, e: ~, f: '1'}}");
    assertThat(node.string("id")).isEqualTo("2026-11-22");
    assertThat(node.string("cluster")).isEqualTo("on");
    assertThat(node.struct("metadata"))
        .containsEntry("a", "on")
        .containsEntry("b", "2026-11-22")
        .containsEntry("c", 10.0)
        .containsEntry("d", true)
        .containsEntry("e", null)
        .containsEntry("f", "1");
  }

  @Test
  void mergesAndAliases() {
    var cluster =
        ResourceReader.parse(
            CLUSTER,
            """
            <<: &base {connect_timeout: 1s, alt_stat_name: base}
            name: a
            alt_stat_name: own
            load_assignment:
              cluster_name: a
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: &one {address: 1.2.3.4, port_value: 1}}}
                - endpoint: {address: {socket_address: {<<: [*one, {port_value: 9}], port_value: 2}}}
                - endpoint: {address: {socket_address: *one}}
            """);
    assertThat(cluster.string("alt_stat_name")).isEqualTo("own");
    assertThat(cluster.duration("connect_timeout")).isEqualTo(Duration.ofSeconds(1));
    var ports =
        cluster
            .required("load_assignment")
            .messages("endpoints")
            .getFirst()
            .messages("lb_endpoints")
            .stream()
            .map(e ->
                e.required("endpoint")
                    .required("address")
                    .required("socket_address")
                    .integer("port_value"))
            .toList();
    assertThat(ports).containsExactly(1L, 2L, 1L);
  }

  @Test
  void readsTypedStructsAsTheirType() {
    var filter =
        ResourceReader.parse(
            HTTP_FILTER,
            """
            name: buffer
            typed_config:
              "@type": type.googleapis.com/udpa.type.v1.TypedStruct
              type_url: type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
              value: {max_request_bytes: 7}
            """);
    assertThat(filter.required("typed_config").integer("max_request_bytes")).isEqualTo(7);
  }

  @Test
  void readsFiltersOfUsers() {
    var options = new ReadOptions(Set.of("stamp"), Set.of(), Map.of(), Map.of());
    for (var yaml :
        List.of(
            "stamp: {header: x, count: 2}",
            "{name: stamp, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct, value: {header: x, count: 2}}}")) {
      var settings = ResourceReader.parse(HTTP_FILTER, yaml, options).required("typed_config");
      assertThat(settings.type()).isEqualTo("google.protobuf.Struct");
      assertThat(settings.struct("value")).isEqualTo(Map.of("header", "x", "count", 2.0));
    }
    assertThat(
            ResourceReader.parse(HTTP_FILTER, "stamp", options)
                .required("typed_config")
                .struct("value"))
        .isEmpty();
  }

  @Test
  void namesWhatIsNoExtension() {
    var problems = new Problems();
    ResourceReader.read("a", "{rooter: {}}", HTTP_FILTER, ReadOptions.PLAIN, problems);
    assertThat(problems.text())
        .contains("'rooter' is no extension Weft has")
        .contains("did you mean 'router'?");
  }
}
