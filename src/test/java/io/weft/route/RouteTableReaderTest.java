package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableReaderTest {
  private static final FilterConfigs TYPE_AND_NAME =
      (name, message, _) -> name + "=" + message.integer("max_request_bytes", -1);

  private final Problems problems = new Problems();

  private RouteTable table(String yaml, FilterConfigs filters, String... clusters) {
    Message message =
        ResourceReader.read(
            "routes.yaml",
            yaml,
            "envoy.config.route.v3.RouteConfiguration",
            ReadOptions.PLAIN,
            problems);
    assertThat(problems.text()).isEmpty();
    var reader = new RouteTableReader(filters, Set.of(clusters)::contains, problems);
    return RouteTable.compile(reader.read(Objects.requireNonNull(message)));
  }

  private static Route get(RouteTable table, String path) {
    return table.match(Request.of("GET", "example.com", path, Headers.of(), Body.EMPTY));
  }

  @Test
  void tableOfAFileRoutes(@TempDir Path dir) throws Exception {
    Path page = Files.writeString(dir.resolve("page.html"), "<h1>down</h1>");
    var table =
        table(
            """
            name: main
            virtual_hosts:
            - name: shop
              domains: [example.com]
              routes:
              - name: exact
                match: {path: /a, case_sensitive: false}
                route: {cluster: one, timeout: 3s, idle_timeout: 0s}
              - name: text
                match: {path_separated_prefix: /text}
                direct_response: {status: 200, body: {inline_string: "hé"}}
              - name: page
                match: {safe_regex: {regex: "/page/.*"}}
                direct_response: {status: 503, body: {filename: "%s"}}
              - name: header
                match: {prefix: /}
                route: {cluster_header: x-cluster, cluster_not_found_response_code: NOT_FOUND}
            """
                .formatted(page),
            FilterConfigs.NONE,
            "one");
    assertThat(problems.text()).isEmpty();
    assertThat(table.name()).isEqualTo("main");
    var exact = (Route.Forward) get(table, "/A?q");
    assertThat(exact.clusterName()).isEqualTo("one");
    assertThat(exact.timeoutNanos()).isEqualTo(3_000_000_000L);
    assertThat(exact.idleTimeoutNanos()).isZero();
    assertThat(exact.virtualHostName()).isEqualTo("shop");
    assertThat(((Route.DirectResponse) get(table, "/text/1")).body()).hasSize(3);
    assertThat(
            new String(
                ((Route.DirectResponse) get(table, "/page/1")).body(),
                java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("<h1>down</h1>");
    assertThat(((Route.Forward) get(table, "/")).clusterNotFoundStatus()).isEqualTo(404);
  }

  @Test
  void filtersAreOverriddenAtThreeLevels() {
    var table =
        table(
            """
            typed_per_filter_config:
              envoy.filters.http.buffer:
                "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
                max_request_bytes: 1
            virtual_hosts:
            - name: h
              domains: ["*"]
              routes:
              - match: {path: /off}
                direct_response: {status: 200}
                typed_per_filter_config:
                  envoy.filters.http.buffer:
                    "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig
                    disabled: true
              - match: {prefix: /}
                direct_response: {status: 200}
                typed_per_filter_config:
                  envoy.filters.http.buffer:
                    "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig
                    config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
                      max_request_bytes: 2
            """,
            TYPE_AND_NAME);
    assertThat(problems.text()).isEmpty();
    String name = "envoy.filters.http.buffer";
    assertThat(get(table, "/off").isFilterEnabled(name, true)).isFalse();
    assertThat(get(table, "/off").filterConfig(name)).isEqualTo(name + "=1");
    assertThat(get(table, "/x").filterConfigs(name))
        .hasToString("[" + name + "=1, " + name + "=2]");
    assertThat(get(table, "/x").isFilterEnabled(name, true)).isTrue();
  }

  @Test
  void everyMistakeIsReportedWithItsPlace() {
    table(
        """
        max_direct_response_body_size_bytes: 3
        virtual_hosts:
        - name: a
          domains: [x.com, "*"]
          routes:
          - match: {prefix: /}
            route: {cluster: none}
          - match: {safe_regex: {regex: "a("}}
            route: {cluster: one}
          - match: {prefix: /}
            direct_response: {status: 200, body: {inline_string: four}}
          - match: {prefix: /}
            direct_response: {status: 200, body: {filename: /nowhere/at/all}}
          - match: {prefix: /}
            route: {cluster_header: ":status"}
        - name: b
          domains: [y.com, X.com]
          typed_per_filter_config:
            f: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 2}
        """,
        FilterConfigs.NONE,
        "one");
    assertThat(problems.text())
        .contains(
            "routes.yaml:7:22 virtual_hosts[0].routes[0].route.cluster: 'none': no such cluster")
        .contains("virtual_hosts[0].routes[1].match.safe_regex.regex: 'a(': missing closing )")
        .contains("virtual_hosts[0].routes[2].direct_response.body: 4 bytes (expected: at most 3,")
        .contains("'/nowhere/at/all' cannot be read")
        .contains("virtual_hosts[0].routes[4].route.cluster_header: ':status' (expected: the")
        .contains("virtual_hosts[1].domains[1]: 'X.com' is served by virtual host 'a' already")
        .contains("no filter named 'f' takes settings here");
    assertThat(problems.errors()).hasSize(7);
  }

  @Test
  void mistakesInMirrorsRedirectsAndRetriesAreReportedWithTheirPlace() {
    table(
        """
        virtual_hosts:
        - name: a
          domains: ["*"]
          request_mirror_policies: [{cluster: none}]
          routes:
          - match: {prefix: /}
            route:
              cluster: one
              request_mirror_policies: [{}, {cluster: one, cluster_header: x}, {cluster_header: ":status"}]
              internal_redirect_policy: {redirect_response_codes: [302, 304]}
              retry_policy:
                retry_host_predicate:
                - name: p
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig
        """,
        FilterConfigs.NONE,
        "one");
    String route = "virtual_hosts[0].routes[0].route.";
    assertThat(problems.text())
        .contains("virtual_hosts[0].request_mirror_policies[0].cluster: 'none': no such cluster")
        .contains(route + "request_mirror_policies[0]: cluster: '', cluster_header: '' (expected:")
        .contains(route + "request_mirror_policies[1]: cluster: 'one', cluster_header: 'x'")
        .contains(route + "request_mirror_policies[2].cluster_header: ':status' (expected: the")
        .contains("metadata_match: nothing in envoy.lb (expected: what hosts have)");
    assertThat(problems.errors()).hasSize(5);
    assertThat(problems.text()).contains("304 is never followed");
  }

  private String refusedRoute(String route) {
    table(
        "virtual_hosts: [{name: a, domains: ['*'], routes: [" + route.indent(2) + "]}]",
        FilterConfigs.NONE,
        "one",
        "two");
    return problems.text();
  }

  private static String templated(String template, String action) {
    return """
    {match: {path_match_policy: {name: t, typed_config: {"@type": type.googleapis.com/\
    envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "%s"}}},
    route: {cluster: one%s}}
    """
        .formatted(template, action);
  }

  @ParameterizedTest
  @CsvSource({
    "/{a}/{b}/{c}/{d}/{e}/{f}, 6 variables (expected: at most 5)",
    "/**/*,                    a wildcard behind '**'",
    "/**/{a},                  a wildcard behind '**'",
    "/*.ts/b,                  behind a wildcard",
    "/{a=*.ts},                '*.ts'",
    "/a//b,                    characters of a path",
    "/a b,                     characters of a path",
    "/{a}{b},                  characters of a path",
    "/{a,                      '}'",
    "/{2a},                    a name of its own",
    "/{a}/{a},                 a name of its own",
  })
  void templatesThatAreNoneAreRefused(String template, String because) {
    assertThat(refusedRoute(templated(template, ""))).contains("path_template: ").contains(because);
  }

  @Test
  void prefixIsNotRewrittenWhereTemplateMatched() {
    assertThat(refusedRoute(templated("/a/*", ", prefix_rewrite: /b")))
        .contains("prefix_rewrite: the route matches a template");
  }

  @Test
  void shareWithoutWeightIsRefused() {
    assertThat(
            refusedRoute(
                """
                {match: {prefix: /}, route: {weighted_clusters:
                {clusters: [{name: one, weight: 3}, {name: two}]}}}
                """))
        .contains("weighted_clusters.clusters[1]: no weight");
    assertThat(problems.errors()).hasSize(1);
  }

  @Test
  void virtualClusterWithoutHeadersIsRefused() {
    table(
        "virtual_hosts: [{name: a, domains: ['*'], virtual_clusters: [{name: v}]}]",
        FilterConfigs.NONE);
    assertThat(problems.text()).contains("virtual_clusters[0]: no headers");
  }

  @Test
  void redirectsAreFollowedByNoCodesButThoseListed() {
    var table =
        table(
            """
            virtual_hosts:
            - name: a
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route: {cluster: one, internal_redirect_policy: {redirect_response_codes: [200]}}
            """,
            FilterConfigs.NONE,
            "one");
    var policy = ((Route.Forward) get(table, "/")).options().redirects();
    assertThat(Objects.requireNonNull(policy).statuses()).isEmpty();
  }

  @Test
  void settingsOfAnUnknownFilterAreLeftOutWhereTheyAreOptional() {
    Message message =
        ResourceReader.read(
            "routes.yaml",
            """
            virtual_hosts:
            - name: a
              domains: ["*"]
              typed_per_filter_config:
                f:
                  "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig
                  is_optional: true
                  config: {"@type": type.googleapis.com/envoy.extensions.filters.http.nobody.v3.Knows}
            """,
            "envoy.config.route.v3.RouteConfiguration",
            ReadOptions.PLAIN,
            problems);
    assertThat(problems.errors()).isEmpty();
    assertThat(problems.text()).contains("left out, as is_optional allows");
    new RouteTableReader(FilterConfigs.NONE, Set.of()::contains, problems)
        .read(Objects.requireNonNull(message));
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void portOfARedirectIsAPort() {
    assertThat(refusedRoute("{match: {prefix: /}, redirect: {port_redirect: 99999}}"))
        .contains("redirect.port_redirect: 99999 (expected: at most 65535)");
  }
}
