package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.runtime.RuntimeLayer;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import io.weft.schema.ConfigException;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import io.weft.stream.RoutingFacts;
import io.weft.testing.TestFacts;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows 9.1 to 9.10, 9.17, 9.18 and 9.20 of what a route table does, without a socket. */
class RouteRowsTest {
  private static final String TYPE = "envoy.config.route.v3.RouteConfiguration";

  private static RouteTable table(String yaml) {
    var problems = new Problems();
    Message message = ResourceReader.read("t.yaml", yaml, TYPE, ReadOptions.PLAIN, problems);
    if (message != null && problems.isEmpty()) {
      var reader = new RouteTableReader(FilterConfigs.NONE, cluster -> true, problems);
      var config = reader.read(message);
      if (problems.isEmpty()) {
        return RouteTable.compile(config);
      }
    }
    throw new ConfigException(problems);
  }

  private static String problems(String yaml) {
    try {
      table(yaml);
      return "";
    } catch (ConfigException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** A table whose first route has this match, and the second takes the rest. */
  private static RouteTable matching(String match) {
    return table(
        """
        virtual_hosts:
        - name: h
          domains: ["*"]
          routes:
          - match: {%s}
            route: {cluster: hit}
          - match: {prefix: /}
            route: {cluster: miss}
        """
            .formatted(match));
  }

  private static RouteTable doing(String match, String action) {
    return table(
        """
        virtual_hosts:
        - name: h
          domains: ["*"]
          routes:
          - match: {%s}
            %s
        """
            .formatted(match, action));
  }

  private static Request get(String path, String... headers) {
    return Request.of("GET", "example.com", path, Headers.of(headers), Body.EMPTY);
  }

  private static RoutingFacts facts(long random, String key, String value) {
    var values = Map.of(key, RuntimeValue.parse(value));
    return new RoutingFacts() {
      @Override
      public long random() {
        return random;
      }

      @Override
      public RuntimeSnapshot runtime() {
        return new RuntimeSnapshot(List.of(new RuntimeLayer("test", values)));
      }
    };
  }

  private static Request finished(RouteTable table, Request request) {
    var route = (Route.Forward) table.match(request);
    return route.finish(request, factsOf(request), true);
  }

  private static TestFacts factsOf(Request request) {
    var facts = new TestFacts();
    facts.request = request;
    return facts;
  }

  private static String location(RouteTable table, Request request) {
    return ((Route.Redirect) table.match(request)).location(request);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: x}                                                          | x=  | hit",
        "{name: x}                                                          | y=1 | miss",
        "{name: x, invert_match: true}                                      | y=1 | hit",
        "{name: x, present_match: true}                                     | x=1 | hit",
        "{name: x, present_match: false}                                    | x=1 | miss",
        "{name: x, present_match: false}                                    | y=1 | hit",
        "{name: x, present_match: false, invert_match: true}                | x=1 | hit",
        "{name: x, present_match: true, treat_missing_header_as_empty: true}| y=1 | hit",
        "{name: x, string_match: {exact: a}}                                | x=a | hit",
        "{name: x, string_match: {exact: a}}                                | x=A | miss",
        "{name: x, string_match: {exact: A, ignore_case: true}}             | x=a | hit",
        "{name: x, string_match: {prefix: ab}}                              | x=abc | hit",
        "{name: x, string_match: {suffix: bc}}                              | x=abc | hit",
        "{name: x, string_match: {contains: b}}                             | x=abc | hit",
        "{name: x, string_match: {safe_regex: {regex: 'a.c'}}}              | x=abc | hit",
        "{name: x, string_match: {safe_regex: {regex: 'a.c'}}}              | x=abcd | miss",
        "{name: x, string_match: {exact: a}, invert_match: true}            | x=b | hit",
        "{name: x, string_match: {exact: a}, invert_match: true}            | y=b | miss",
        "{name: x, string_match: {exact: a}, invert_match: true, treat_missing_header_as_empty: true} | y=b | hit",
        "{name: x, string_match: {exact: ''}, treat_missing_header_as_empty: true}                    | y=b | hit",
        "{name: x, string_match: {exact: 'a,b'}}                            | x=a;x=b | hit",
        "{name: x, string_match: {exact: a}}                                | x=a;x=b | miss",
        "{name: x, range_match: {start: -5, end: 5}}                        | x=-5 | hit",
        "{name: x, range_match: {start: -5, end: 5}}                        | x=5  | miss",
        "{name: x, range_match: {start: -5, end: 5}}                        | x=4a | miss",
        "{name: x, range_match: {start: -5, end: 5}, invert_match: true}    | x=4a | hit",
        "{name: x, exact_match: a}                                          | x=a | hit",
        "{name: x, prefix_match: a}                                         | x=ab | hit",
        "{name: x, suffix_match: b}                                         | x=ab | hit",
        "{name: x, contains_match: b}                                       | x=abc | hit",
        "{name: x, safe_regex_match: {regex: 'a+'}}                         | x=aa | hit",
        "{name: ':method', string_match: {exact: GET}}                      | y=1 | hit",
        "{name: ':authority', string_match: {exact: example.com}}           | y=1 | hit",
        "{name: Host, string_match: {exact: example.com}}                   | y=1 | hit",
        "{name: ':path', string_match: {prefix: /p}}                        | y=1 | hit",
        "{name: ':scheme', string_match: {exact: https}}                    | y=1 | miss",
      })
  void row0904HeadersMatchAsEnvoySays(String matcher, String headers, String expected) {
    var given = new Headers();
    for (String header : headers.split(";", -1)) {
      String[] parts = header.strip().split("=", 2);
      given.add(parts[0], parts[1]);
    }
    Request request = Request.of("GET", "example.com", "/p", given, Body.EMPTY);
    var table = matching("prefix: /, headers: [" + matcher + "]");
    assertThat(table.match(request).clusterName()).isEqualTo(expected);
    assertThat(table.decide(request, RoutingFacts.NONE).route().clusterName()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "query_parameters: [{name: a}]                                   | /?a=1      | hit",
        "query_parameters: [{name: a}]                                   | /?b=1&a    | hit",
        "query_parameters: [{name: a}]                                   | /?ab=1     | miss",
        "query_parameters: [{name: a}]                                   | /          | miss",
        "query_parameters: [{name: a, present_match: false}]             | /?b        | hit",
        "query_parameters: [{name: a, string_match: {exact: '1'}}]       | /?a=1&a=2  | hit",
        "query_parameters: [{name: a, string_match: {exact: '2'}}]       | /?a=1&a=2  | miss",
        "query_parameters: [{name: a, string_match: {prefix: '%2'}}]     | /?a=%20    | hit",
        "query_parameters: [{name: a, string_match: {exact: ''}}]        | /?a#x      | hit",
      })
  void row0903QueryParametersMatchAsTheyWereSent(String match, String path, String expected) {
    assertThat(matching("prefix: /, " + match).match(get(path)).clusterName()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/*/c,        /a/b/c,      hit",
    "/a/*/c,        /a/b/x/c,    miss",
    "/a/**,         /a/b/x/c,    hit",
    "/a/**,         /a,          miss",
    "/a/{x}/c,      /a/b/c?q=1,  hit",
    "/a/{x=b/*}/c,  /a/b/y/c,    hit",
    "/a/{x=b/*}/c,  /a/c/y/c,    miss",
    "/a.b/{x},      /aXb/1,      miss",
    "/a/*,          /a/b=c,      hit",
    "/a/*.ts,       /a/b.ts,     hit",
    "/a/*.ts,       /a/b/c.ts,   miss",
    "/a/**.m3u8,    /a/b/c.m3u8, hit",
    "/a/**.m3u8,    /a/b/c.m3u,  miss",
    "/a/{x=**}/c.m, /a/b/d/c.m,  hit",
    "/a/{x=**}/c.m, /a/b/d/e.m,  miss",
    "/v{x}/c,       /v2/c,       hit",
    "/v{x}/c,       /w2/c,       miss",
    "/{x}.json,     /abc.json,   hit",
  })
  void row0903TemplatesMatchWholePaths(String template, String path, String expected) {
    var table =
        matching(
            """
            path_match_policy: {name: t, typed_config: {"@type": type.googleapis.com/\
            envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "%s"}}\
            """
                .formatted(template));
    assertThat(table.match(get(path)).clusterName()).isEqualTo(expected);
  }

  @Test
  void row0903GrpcIsKnownByItsContentType() {
    var table = matching("prefix: /, grpc: {}");
    assertThat(table.match(get("/", "content-type", "application/grpc+proto")).clusterName())
        .isEqualTo("hit");
    assertThat(table.match(get("/", "content-type", "application/grpc-web")).clusterName())
        .isEqualTo("miss");
  }

  @Test
  void row0917ShareOfRequestsFollowsLotAndRuntime() {
    var table =
        matching("prefix: /, runtime_fraction: {runtime_key: k, default_value: {numerator: 30}}");
    var request = get("/");
    assertThat(table.match(request, facts(129, "other", "1")).clusterName()).isEqualTo("hit");
    assertThat(table.match(request, facts(130, "other", "1")).clusterName()).isEqualTo("miss");
    assertThat(table.match(request, facts(130, "k", "31")).clusterName()).isEqualTo("hit");
    assertThat(table.match(request, facts(0, "k", "0")).clusterName()).isEqualTo("miss");
  }

  @Test
  void row0902FirstRouteWhoseConditionsHoldIsTakenAmongEqualPaths() {
    var yaml = new StringBuilder("virtual_hosts:\n- name: h\n  domains: ['*']\n  routes:\n");
    for (int i = 0; i < 100; i++) {
      yaml.append(
          "  - {match: {prefix: /, headers: [{name: n, string_match: {exact: '%d'}}]}, route: {cluster: c%d}}\n"
              .formatted(i, i));
    }
    yaml.append("  - {match: {safe_regex: {regex: '/r.*'}}, route: {cluster: regex}}\n");
    yaml.append("  - {match: {prefix: /}, route: {cluster: last}}\n");
    yaml.append("  - {match: {prefix: /}, route: {cluster: never}}\n");
    var table = table(yaml.toString());
    assertThat(table.match(get("/r", "n", "77")).clusterName()).isEqualTo("c77");
    assertThat(table.match(get("/r", "n", "x")).clusterName()).isEqualTo("regex");
    assertThat(table.match(get("/x", "n", "x")).clusterName()).isEqualTo("last");
  }

  @Test
  void row0901PathParametersAreLeftOutWhereTheTableSaysSo() {
    String yaml =
        """
        ignore_path_parameters_in_path_matching: %s
        virtual_hosts:
        - name: h
          domains: ["*"]
          routes: [{match: {path: /a}, route: {cluster: hit}}]
        """;
    assertThat(table(yaml.formatted("true")).match(get("/a;v=1?q")).clusterName()).isEqualTo("hit");
    assertThat(table(yaml.formatted("false")).match(get("/a;v=1?q"))).isEqualTo(Route.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "NONE,          http,  false, /",
    "ALL,           http,  true,  https://h/x?q",
    "ALL,           https, false, /",
    "EXTERNAL_ONLY, http,  true,  /",
    "EXTERNAL_ONLY, http,  false, https://h/x?q",
  })
  void row0905VirtualHostSendsClientsToHttps(
      String required, String proto, boolean internal, String expected) {
    var table =
        table(
            """
            virtual_hosts:
            - {name: h, domains: ["*"], require_tls: %s, routes: [{match: {prefix: /}, route: {cluster: c}}]}
            """
                .formatted(required));
    var headers = Headers.of("x-forwarded-proto", proto);
    if (internal) {
      headers.add("x-envoy-internal", "true");
    }
    Request request = Request.of("GET", "h", "/x?q", headers, Body.EMPTY);
    String actual = table.match(request) instanceof Route.Redirect r ? r.location(request) : "/";
    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https_redirect: true                              | http://h:80/x?q    | https://h/x?q",
        "https_redirect: true                              | http://h:8080/x    | https://h:8080/x",
        "scheme_redirect: http                             | https://h:443/     | http://h/",
        "https_redirect: true                              | https://h:443/     | https://h:443/",
        "host_redirect: n                                  | http://h:81/x      | http://n/x",
        "port_redirect: 8443                               | http://h:81/x      | http://h:8443/x",
        "port_redirect: 8443                               | http://[::1]:81/x  | http://[::1]:8443/x",
        "path_redirect: /n                                 | http://h/x?q       | http://h/n?q",
        "path_redirect: /n, strip_query: true              | http://h/x?q       | http://h/n",
        "path_redirect: /n?a, strip_query: true            | http://h/x?q       | http://h/n?a",
        "prefix_rewrite: /n                                | http://h/x/y?q     | http://h/n/y?q",
        "prefix_rewrite: /n, strip_query: true             | http://h/x/y?q     | http://h/n/y",
        "'regex_rewrite: {pattern: {regex: \"/x/(.)\"}, substitution: \"/\\\\1/x\"}' | http://h/x/y?q | http://h/y/x?q",
      })
  void row0906RedirectsGoWhereEnvoySends(String redirect, String from, String to) {
    int host = from.indexOf("://") + 3;
    int path = from.indexOf('/', host);
    Request request =
        Request.of(
            "GET",
            from.substring(0, host - 3),
            from.substring(host, path),
            from.substring(path),
            Protocol.HTTP_1_1,
            Headers.of("x-forwarded-proto", from.substring(0, host - 3)),
            Body.EMPTY);
    var table =
        doing("prefix: " + (from.contains("/x") ? "/x" : "/"), "redirect: {" + redirect + "}");
    assertThat(location(table, request)).isEqualTo(to);
    assertThat(((Route.Redirect) table.match(request)).status()).isEqualTo(301);
  }

  @ParameterizedTest
  @CsvSource({
    "MOVED_PERMANENTLY, 301",
    "FOUND, 302",
    "SEE_OTHER, 303",
    "TEMPORARY_REDIRECT, 307",
    "PERMANENT_REDIRECT, 308",
  })
  void row0906RedirectsHaveTheirStatus(String name, int status) {
    var table = doing("prefix: /", "redirect: {host_redirect: n, response_code: " + name + "}");
    assertThat(((Route.Redirect) table.match(get("/"))).status()).isEqualTo(status);
  }

  @Test
  void row0908HostIsRewrittenByTextHeaderOrPath() {
    Request literal =
        finished(
            doing(
                "prefix: /",
                "route: {cluster: c, host_rewrite_literal: n, append_x_forwarded_host: true}"),
            get("/"));
    assertThat(literal.authority()).isEqualTo("n");
    assertThat(literal.headers().first("x-envoy-original-host")).isEqualTo("example.com");
    assertThat(literal.headers().first("x-forwarded-host")).isEqualTo("example.com");
    var byHeader = doing("prefix: /", "route: {cluster: c, host_rewrite_header: X-Host}");
    assertThat(finished(byHeader, get("/", "x-host", "other")).authority()).isEqualTo("other");
    assertThat(finished(byHeader, get("/")).authority()).isEqualTo("example.com");
    var byPath =
        doing(
            "prefix: /",
            "route: {cluster: c, host_rewrite_path_regex: {pattern: {regex: '^/(.+)/.+$'}, substitution: '\\1.com'}}");
    assertThat(finished(byPath, get("/shop/1?q")).authority()).isEqualTo("shop.com");
  }

  @Test
  void row0910PathIsRewrittenAndTheOldOneKept() {
    Request prefix =
        finished(
            doing("prefix: /Api, case_sensitive: false", "route: {cluster: c, prefix_rewrite: /}"),
            get("/api/x?q=/api"));
    assertThat(prefix.path()).isEqualTo("//x?q=/api");
    assertThat(prefix.headers().first("x-envoy-original-path")).isEqualTo("/api/x?q=/api");
    Request regex =
        finished(
            doing(
                "prefix: /service",
                "route: {cluster: c, regex_rewrite: {pattern: {regex: '^/service/([^/]+)(/.*)$'}, substitution: '\\2/instance/\\1'}}"),
            get("/service/foo/v1/api?x=/service/a/b"));
    assertThat(regex.path()).isEqualTo("/v1/api/instance/foo?x=/service/a/b");
    Request template =
        finished(
            doing(
                """
                path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/\
                envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/{x}/{y=**}"}}\
                """,
                """
                route: {cluster: c, path_rewrite_policy: {name: w, typed_config: {"@type": type.googleapis.com/\
                envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{y}/{x}"}}}\
                """),
            get("/a/1/2/3?q"));
    assertThat(template.path()).isEqualTo("/2/3/1?q");
  }

  @Test
  void row0918WeightsSplitRequestsAndRuntimeMovesThem() {
    var table =
        doing(
            "prefix: /",
            """
            route:
                  weighted_clusters:
                    runtime_key_prefix: w
                    header_name: x-lot
                    clusters:
                    - {name: a, weight: 30}
                    - {name: b, weight: 0}
                    - {name: c, weight: 70, host_rewrite_literal: c.host,
                       request_headers_to_add: [{header: {key: x-share, value: c}}]}
            """);
    assertThat(table.match(get("/"), facts(129, "x", "1")).clusterName()).isEqualTo("a");
    assertThat(table.match(get("/"), facts(130, "x", "1")).clusterName()).isEqualTo("c");
    assertThat(table.match(get("/"), facts(0, "w.a", "0")).clusterName()).isEqualTo("c");
    assertThat(table.match(get("/", "x-lot", "99"), facts(0, "x", "1")).clusterName())
        .isEqualTo("c");
    Request request = get("/");
    var share = (Route.Forward) table.match(request, facts(99, "x", "1"));
    Request sent = share.finish(request, factsOf(request), true);
    assertThat(sent.authority()).isEqualTo("c.host");
    assertThat(sent.headers().first("x-share")).isEqualTo("c");
  }

  @Test
  void headersChangeAtFourLevelsTheTableLastUnlessTheMostSpecificWins() {
    String yaml =
        """
        most_specific_header_mutations_wins: %s
        request_headers_to_add: [{header: {key: who, value: table}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},
          {header: {key: all, value: table}}]
        virtual_hosts:
        - name: h
          domains: ["*"]
          request_headers_to_add: [{header: {key: who, value: host}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},
            {header: {key: all, value: host}}]
          routes:
          - match: {prefix: /}
            request_headers_to_add: [{header: {key: who, value: route}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},
              {header: {key: all, value: '%%REQ(:path)%%'}}]
            request_headers_to_remove: [all, gone]
            route: {weighted_clusters: {clusters: [{name: c, weight: 1, request_headers_to_add:
              [{header: {key: who, value: share}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},
               {header: {key: all, value: share}}]}]}}
        """;
    Request least = finished(table(yaml.formatted("false")), get("/p", "gone", "1", "all", "0"));
    assertThat(least.headers().all("who")).containsExactly("table");
    assertThat(least.headers().all("all")).containsExactly("/p", "host", "table");
    assertThat(least.headers().contains("gone")).isFalse();
    Request most = finished(table(yaml.formatted("true")), get("/p"));
    assertThat(most.headers().all("who")).containsExactly("share");
    assertThat(most.headers().all("all")).containsExactly("/p", "share");
  }

  @Test
  void row0920RequestsAreCountedByKind() {
    var table =
        table(
            """
            virtual_hosts:
            - name: h
              domains: ["*"]
              virtual_clusters:
              - {name: ride, headers: [{name: ":path", string_match: {safe_regex: {regex: "/rides/\\\\d+"}}}]}
              - {name: other_ride, headers: [{name: ":path", string_match: {prefix: /rides}}]}
              routes: [{match: {prefix: /}, route: {cluster: c}}]
            """);
    assertThat(((Route.Forward) table.match(get("/rides/1"))).virtualCluster(get("/rides/1")))
        .isEqualTo("ride");
    assertThat(((Route.Forward) table.match(get("/x"))).virtualCluster(get("/x")))
        .isEqualTo("other");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "route: {weighted_clusters: {clusters: [{name: a, weight: 0}]}}            | sum of weights",
        "route: {weighted_clusters: {total_weight: 5, clusters: [{name: a, weight: 4}]}} | the sum of the weights",
        "route: {cluster: c, prefix_rewrite: /a, regex_rewrite: {pattern: {regex: a}, substitution: b}} | stands beside prefix_rewrite",
        "route: {cluster: c, regex_rewrite: {pattern: {regex: a}, substitution: '\\1'}} | behind a backslash",
        "route: {cluster: c, host_rewrite_path_regex: {pattern: {regex: '('}, substitution: b}} | RE2 syntax",
        "route: {cluster: c, metadata_match: {}}                                   | not supported by Weft yet",
      })
  void whatCannotBeIsRefusedWithItsPlace(String action, String message) {
    String yaml =
        "virtual_hosts:\n- name: h\n  domains: ['*']\n  routes:\n  - match: {prefix: /}\n    "
            + action
            + "\n";
    assertThat(problems(yaml)).contains("t.yaml:6:").contains(message);
  }
}
