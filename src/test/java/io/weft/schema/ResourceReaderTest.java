package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ResourceReaderTest {
  private static final String LISTENER = "envoy.config.listener.v3.Listener";
  private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";

  @Test
  void readsAListenerInEnvoysForm() {
    var listener =
        ResourceReader.parse(
            LISTENER,
            """
            name: main
            address:
              socket_address: { address: 127.0.0.1, port_value: 10000 }
            filter_chains:
            - filters:
              - name: envoy.filters.network.tcp_proxy
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                  stat_prefix: tcp
                  cluster: backend
                  idle_timeout: 1.5s
            """);
    assertThat(listener.string("name")).isEqualTo("main");
    assertThat(listener.required("address").required("socket_address").integer("port_value"))
        .isEqualTo(10000);
    var filter = listener.messages("filter_chains").getFirst().messages("filters").getFirst();
    var tcp = filter.required("typed_config");
    assertThat(tcp.type()).endsWith("TcpProxy");
    assertThat(tcp.oneof("cluster_specifier")).isEqualTo("cluster");
    assertThat(tcp.duration("idle_timeout")).isEqualTo(Duration.ofMillis(1500));
    assertThat(tcp.place("cluster"))
        .isEqualTo(new Place("(text)", 10, 16, "filter_chains[0].filters[0].typed_config.cluster"));
  }

  @Test
  void readsShortForms() {
    var listener =
        ResourceReader.parse(
            LISTENER,
            """
            name: main
            address: "[::1]:80"
            filter_chains:
            - filters:
              - http_connection_manager:
                  stat_prefix: in
                  http_filters: [{buffer: {max_request_bytes: 1024}}, router]
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: "*"
                      typed_per_filter_config: {buffer: {disabled: true}}
            """);
    assertThat(listener.required("address").required("socket_address").string("address"))
        .isEqualTo("::1");
    var hcm =
        listener
            .messages("filter_chains")
            .getFirst()
            .messages("filters")
            .getFirst()
            .required("typed_config");
    assertThat(hcm.messages("http_filters"))
        .extracting(f -> f.string("name"))
        .containsExactly("envoy.filters.http.buffer", "envoy.filters.http.router");
    assertThat(
            hcm.messages("http_filters")
                .getFirst()
                .required("typed_config")
                .integer("max_request_bytes"))
        .isEqualTo(1024);
    var host = hcm.required("route_config").messages("virtual_hosts").getFirst();
    assertThat(host.map("typed_per_filter_config").values().iterator().next().bool("disabled"))
        .isTrue();

    var cluster =
        ResourceReader.parse(
            CLUSTER,
            "{name: b, endpoints: ['127.0.0.1:80', {address: 'unix:/run/x', load_balancing_weight: 3}]}");
    var endpoints =
        cluster
            .required("load_assignment")
            .messages("endpoints")
            .getFirst()
            .messages("lb_endpoints");
    assertThat(endpoints).hasSize(2);
    assertThat(endpoints.get(1).integer("load_balancing_weight")).isEqualTo(3);
    assertThat(
            endpoints
                .get(1)
                .required("endpoint")
                .required("address")
                .required("pipe")
                .string("path"))
        .isEqualTo("/run/x");
  }

  @Test
  void reportsEveryMistakeWithItsPlace() {
    var problems = new Problems();
    ResourceReader.readAll(
        "clusters/a.yaml",
        """
        - name: a
          conect_timeout: 5s
          type: STATICK
        - name: b
          connect_timeout: 5
          type: EDS
        """,
        CLUSTER,
        ReadOptions.PLAIN,
        problems);
    assertThat(problems.all())
        .extracting(Problem::text)
        .containsExactly(
            "clusters/a.yaml:2:3 [0].conect_timeout: unknown field 'conect_timeout' in Cluster (did you mean 'connect_timeout'?)",
            "clusters/a.yaml:3:9 [0].type: 'STATICK' is no Cluster.DiscoveryType (did you mean 'STATIC'?) (expected: STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST)",
            "clusters/a.yaml:5:20 [1].connect_timeout: '5' is no duration (expected: seconds with the unit s, such as 0.25s)",
            "clusters/a.yaml:6:9 [1].type: EDS is not supported by Weft yet");
  }

  @Test
  void refusesAnUnknownTypeUnlessOptional() {
    assertThatThrownBy(() ->
            ResourceReader.parse(
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
                "{name: x, typed_config: {'@type': a/envoy.extensions.filters.http.routr.v3.Routr}}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("did you mean 'envoy.extensions.filters.http.router.v3.Router'");
    var optional =
        ResourceReader.parse(
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
            "{name: x, typed_config: {'@type': a/b.C}, is_optional: true}");
    assertThat(optional.has("typed_config")).isFalse();
  }

  @Test
  void everySupportedTypeAndFieldExists() {
    var schema = Schema.get();
    for (var name : schema.supportedTypes()) {
      var members = List.copyOf(schema.supported().members(name));
      var message = schema.message(name);
      if (message == null) {
        var type = schema.requireEnum(name);
        assertThat(members).allMatch(m -> m.equals("*") || type.find(m) != null, name);
        continue;
      }
      assertThat(members).allMatch(m -> m.equals("*") || message.field(m) != null, name);
      for (var field : message.fields()) {
        if (field.isSupported()
            && field.kind() == Kind.MESSAGE
            && field.wellKnown() == WellKnown.NONE) {
          assertThat(schema.isSupported(field.typeName()))
              .as(field + " has the type " + field.typeName())
              .isTrue();
        }
      }
    }
  }
}
