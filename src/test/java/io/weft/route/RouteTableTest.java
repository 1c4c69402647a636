package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static Request get(String authority, String path, String... headers) {
    return Request.of("GET", authority, path, Headers.of(headers), Body.EMPTY);
  }

  private static RouteConfig to(String cluster, PathMatch match) {
    return new RouteConfig(cluster, match, ActionConfig.Forward.to(cluster), Map.of());
  }

  private static VirtualHostConfig host(String name, List<String> domains, RouteConfig... routes) {
    return new VirtualHostConfig(name, domains, List.of(routes), Map.of());
  }

  private static RouteTable table(VirtualHostConfig... hosts) {
    return RouteTable.compile(new RouteTableConfig("t", List.of(hosts), false, Map.of()));
  }

  private static RouteTable domains(boolean ignorePort, String... domains) {
    List<VirtualHostConfig> hosts = new ArrayList<>();
    for (String domain : domains) {
      hosts.add(host(domain, List.of(domain), to(domain, PathMatch.prefix("/"))));
    }
    return RouteTable.compile(new RouteTableConfig("t", hosts, ignorePort, Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "foo.com, foo.com",
    "FOO.com, foo.com",
    "www.foo.com, www.foo.com",
    "a.foo.com, *.foo.com",
    "a.b.foo.com, *.b.foo.com",
    "x-b.foo.com, *-b.foo.com",
    ".foo.com, *",
    "bar.org, bar.*",
    "bar.baz.org, bar.baz.*",
    "bar., *",
    "foo.com:8080, foo.com:8080",
    "foo.com:81, foo.*",
    "other, *",
    "[::1]:80, [::1]:80",
  })
  void domainsAreTakenExactThenLongestSuffixThenLongestPrefixThenStar(
      String host, String expected) {
    var table =
        domains(
            false,
            "*",
            "bar.*",
            "bar.baz.*",
            "foo.*",
            "*.foo.com",
            "*.b.foo.com",
            "*-b.foo.com",
            "foo.com",
            "www.foo.com",
            "Foo.com:8080",
            "[::1]:80");
    assertThat(table.match(get(host, "/")).virtualHostName()).isEqualToIgnoringCase(expected);
  }

  @ParameterizedTest
  @CsvSource({"foo.com:81, foo.com", "[::1]:80, [::1]", "[::1], [::1]", "foo.com, foo.com"})
  void portIsLeftOutOnRequest(String host, String expected) {
    var table = domains(true, "foo.com", "[::1]");
    assertThat(table.match(get(host, "/")).virtualHostName()).isEqualTo(expected);
  }

  @Test
  void unknownHostHasNoRoute() {
    assertThat(domains(false, "foo.com").match(get("bar.com", "/"))).isSameAs(Route.NONE);
    assertThat(domains(false, "foo.com", "*").match(get("", "/"))).isSameAs(Route.NONE);
    assertThat(RouteTable.EMPTY.match(get("bar.com", "/"))).isSameAs(Route.NONE);
  }

  @Test
  void domainServedTwiceIsRefused() {
    assertThatThrownBy(() -> domains(false, "foo.com", "FOO.com"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "domain 'FOO.com' of virtual host 'FOO.com': already served by 'foo.com'"
                + " (expected: each domain once)");
    assertThatThrownBy(() -> domains(false, "*", "*"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("domain '*'");
  }

  @ParameterizedTest
  @CsvSource({
    "/a, exact",
    "/a?x=/b, exact",
    "/a#f, exact",
    "/A, fold",
    "/a/, prefix",
    "/abc, prefix",
    "/SEP, fold2",
    "/sep, separated",
    "/sep/x, separated",
    "/sep?x, separated",
    "/separate, root",
    "/number/17, regex",
    "/number/17a, root",
    "/n\u00c3\u00a4h, utf8",
    "*, none",
  })
  void pathsAreComparedWithoutQuery(String path, String expected) {
    var table =
        table(
            host(
                "h",
                List.of("*"),
                to("exact", PathMatch.exact("/a")),
                to("fold", new PathMatch(PathMatch.Kind.EXACT, "/A", false)),
                to("prefix", PathMatch.prefix("/a")),
                to("separated", new PathMatch(PathMatch.Kind.SEPARATED_PREFIX, "/sep", true)),
                to("fold2", new PathMatch(PathMatch.Kind.SEPARATED_PREFIX, "/Sep", false)),
                to("regex", new PathMatch(PathMatch.Kind.REGEX, "/number/[0-9]+", true)),
                to("utf8", PathMatch.exact("/n\u00e4h")),
                to("root", PathMatch.prefix("/"))));
    var route = table.match(get("x", path));
    assertThat(route.name().isEmpty() ? "none" : route.name()).isEqualTo(expected);
  }

  @Test
  void firstOfAnyKindWins() {
    var random = new Random(4711);
    String[] parts = {
      "/", "/a", "/b", "/A", "/ab", "/a/b", "/a/b/c", "/b/a", "/B/A/c", "", "/a/", "/aa"
    };
    for (int round = 0; round < 400; round++) {
      List<RouteConfig> routes = new ArrayList<>();
      int count = 1 + random.nextInt(8);
      for (int i = 0; i < count; i++) {
        var kinds = PathMatch.Kind.values();
        var kind = kinds[random.nextInt(4)]; // those with a text or an expression
        String text = parts[random.nextInt(parts.length)];
        routes.add(to("r" + i, new PathMatch(kind, text, random.nextBoolean())));
      }
      var table = table(host("h", List.of("*"), routes.toArray(RouteConfig[]::new)));
      for (String path : parts) {
        String expected = "";
        for (RouteConfig route : routes) {
          if (slowly(route.match(), path)) {
            expected = route.name();
            break;
          }
        }
        assertThat(table.match(get("x", path)).name())
            .as("%s in %s", path, routes)
            .isEqualTo(expected);
      }
    }
  }

  private static boolean slowly(PathMatch match, String path) {
    boolean folds = !match.caseSensitive() && match.kind() != PathMatch.Kind.REGEX;
    String text = folds ? match.text().toLowerCase(Locale.ROOT) : match.text();
    String against = folds ? path.toLowerCase(Locale.ROOT) : path;
    return switch (match.kind()) {
      case EXACT -> against.equals(text);
      case PREFIX -> against.startsWith(text);
      case SEPARATED_PREFIX ->
          against.equals(text) || against.startsWith(text) && against.charAt(text.length()) == '/';
      case CONNECT -> false;
      case TEMPLATE -> throw new IllegalArgumentException("no template in this test");
      case REGEX -> com.google.re2j.Pattern.matches(text, against);
    };
  }

  @Test
  void longPrefixesAndPathsAreFound() {
    String deep = "/" + "x".repeat(200);
    var table =
        table(
            host(
                "h",
                List.of("*"),
                to("deep", PathMatch.prefix(deep)),
                to("exact", PathMatch.exact("/" + "x".repeat(150)))));
    assertThat(table.match(get("h", deep + "/y")).name()).isEqualTo("deep");
    assertThat(table.match(get("h", "/" + "x".repeat(150))).name()).isEqualTo("exact");
    assertThat(table.match(get("h", "/" + "x".repeat(199)))).isSameAs(Route.NONE);
  }

  @Test
  void clusterComesFromTheHeaderOfTheRequest() {
    var action =
        new ActionConfig.Forward(
            "",
            "X-Cluster",
            404,
            Duration.ZERO,
            Duration.ofSeconds(3),
            ActionConfig.StreamLimits.NONE,
            Map.of(),
            ForwardOptions.NONE);
    var table =
        table(
            host("h", List.of("*"), new RouteConfig("n", PathMatch.prefix("/"), action, Map.of())));
    var route = (Route.Forward) table.match(get("x", "/", "x-cluster", "blue"));
    assertThat(route.clusterName()).isEqualTo("blue");
    assertThat(route.name()).isEqualTo("n");
    assertThat(route.clusterNotFoundStatus()).isEqualTo(404);
    assertThat(route.timeoutNanos()).isZero();
    assertThat(route.idleTimeoutNanos()).isEqualTo(3_000_000_000L);
    assertThat(table.match(get("x", "/")).clusterName()).isEmpty();
  }

  @Test
  void defaultsAreEnvoys() {
    var table = table(host("h", List.of("*"), to("c", PathMatch.prefix("/"))));
    var route = (Route.Forward) table.match(get("x", "/"));
    assertThat(route.timeoutNanos()).isEqualTo(15_000_000_000L);
    assertThat(route.idleTimeoutNanos()).isEqualTo(-1);
    assertThat(route.clusterNotFoundStatus()).isEqualTo(503);
  }

  @Test
  void directResponseHoldsStatusAndBody() {
    var action = new ActionConfig.DirectResponse(418, "t\u00e9");
    var table =
        table(
            host("h", List.of("*"), new RouteConfig("", PathMatch.prefix("/"), action, Map.of())));
    var route = (Route.DirectResponse) table.match(get("x", "/"));
    assertThat(route.status()).isEqualTo(418);
    assertThat(route.body()).containsExactly('t', 0xe9);
    assertThat(route.clusterName()).isEmpty();
  }

  @Test
  void mostSpecificFilterConfigWins() {
    var route =
        new RouteConfig(
            "r",
            PathMatch.exact("/r"),
            ActionConfig.Forward.to("c"),
            Map.of("f", new FilterOverride("route", false)));
    var off =
        new RouteConfig(
            "off",
            PathMatch.exact("/off"),
            ActionConfig.Forward.to("c"),
            Map.of("f", new FilterOverride(null, true)));
    var host =
        new VirtualHostConfig(
            "h",
            List.of("*"),
            List.of(route, off, to("plain", PathMatch.prefix("/"))),
            Map.of("f", new FilterOverride("host", false)));
    var table =
        RouteTable.compile(
            new RouteTableConfig(
                "t",
                List.of(host),
                false,
                Map.of(
                    "f", new FilterOverride("table", false), "g", new FilterOverride("g", true))));
    var r = table.match(get("x", "/r"));
    assertThat(r.filterConfig("f")).isEqualTo("route");
    assertThat(r.filterConfigs("f")).isEqualTo(List.of("table", "host", "route"));
    assertThat(r.isFilterEnabled("f", false)).isTrue();
    assertThat(r.isFilterEnabled("g", true)).isFalse();
    assertThat(r.isFilterEnabled("other", false)).isFalse();
    assertThat(table.match(get("x", "/off")).isFilterEnabled("f", true)).isFalse();
    assertThat(table.match(get("x", "/p")).filterConfig("f")).isEqualTo("host");
    assertThat(Route.NONE.filterConfig("f")).isNull();
  }

  @Test
  void manyHostsAndRoutesCompile() {
    List<VirtualHostConfig> hosts = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      hosts.add(
          host(
              "h" + i,
              List.of("h" + i + ".example.com"),
              to("a", PathMatch.exact("/a/" + i)),
              to("b", PathMatch.prefix("/b/" + i))));
    }
    var table = table(hosts.toArray(VirtualHostConfig[]::new));
    assertThat(table.match(get("h49999.example.com", "/b/49999/x")).name()).isEqualTo("b");
    assertThat(table.match(get("h7.example.com", "/a/8"))).isSameAs(Route.NONE);
  }
}
