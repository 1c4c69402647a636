package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row 9.25: redirects of hosts that are followed here. */
class InternalRedirectTest {
  private static final String SUCCEEDED = "cluster.up.upstream_internal_redirect_succeeded_total";
  private static final String FAILED = "cluster.up.upstream_internal_redirect_failed_total";

  /** Redirects {@code /from...} with this head and answers anything else. */
  private static TestUpstream redirecting(String status, String location) throws IOException {
    return TestUpstream.start(exchange -> {
      exchange.readBody();
      if (exchange.path().startsWith("/from")) {
        exchange.send(
            "HTTP/1.1 "
                + status
                + " x\r\nlocation: "
                + location
                + "\r\ncontent-length: 4\r\n\r\ngone");
      } else {
        exchange.ok("there");
      }
    });
  }

  private static TestProxy.Builder proxy(TestUpstream upstream, String policy) {
    return TestProxy.to(upstream.port()).route("internal_redirect_policy: {" + policy + "}");
  }

  private static TestProxy.Builder routed(TestUpstream upstream, String policy, String routes) {
    return TestProxy.to(upstream.port())
        .virtualHosts(
            """
            - name: all
              domains: [a.test]
              routes:
            %s
              - name: start
                match: {prefix: /}
                route: {cluster: up, internal_redirect_policy: {%s}}
            """
                .formatted(routes.indent(2), policy));
  }

  private static RawClient.Reply get(TestProxy proxy, String path, String... lines)
      throws IOException {
    try (var client = proxy.connect()) {
      client.send("GET " + path + " HTTP/1.1\r\nhost: a.test\r\n");
      client.send(String.join("\r\n", lines) + (lines.length > 0 ? "\r\n\r\n" : "\r\n"));
      return client.read("GET");
    }
  }

  @Test
  void row0925RedirectIsFollowedThroughAllFilters() throws Exception {
    var seen = new AtomicInteger();
    try (var upstream = redirecting("302", "http://a.test/to?x=1#part");
        var proxy =
            proxy(upstream, "")
                .filter((request, stream, next) -> {
                  seen.incrementAndGet();
                  return next.proceed(request, stream);
                })
                .start()) {
      var reply = get(proxy, "/from?y=2");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).isEqualTo("there");
      assertThat(seen).hasValue(2);
      var second = upstream.exchanges().getLast();
      assertThat(second.path()).isEqualTo("/to?x=1");
      assertThat(second.header("host")).isEqualTo("a.test");
      assertThat(second.header("x-envoy-original-url")).isEqualTo("http://a.test/from?y=2");
      assertThat(second.headers("x-forwarded-for")).hasSize(1);
      assertThat(proxy.stat(SUCCEEDED)).isEqualTo(1);
      assertThat(proxy.stat(FAILED)).isZero();
      assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(1);
      proxy.awaitStat("cluster.up.upstream_rq_completed", 1);
    }
  }

  @Test
  void row0925EachRequestHasALineInTheAccessLog(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("access.log");
    try (var upstream = redirecting("302", "http://a.test/to");
        var proxy =
            proxy(upstream, "")
                .hcm(
                    """
                    access_log:
                    - name: envoy.access_loggers.file
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                        path: %s
                        log_format: {text_format_source: {inline_string: "%%REQ(:PATH)%% %%RESPONSE_CODE%% %%RESPONSE_CODE_DETAILS%% %%RESP(location)%% %%UPSTREAM_REQUEST_ATTEMPT_COUNT%% %%UPSTREAM_CLUSTER%%\\n"}}
                    """
                        .formatted(log))
                .start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(200);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      proxy.server().logFiles().reopen();
      await()
          .untilAsserted(() ->
              assertThat(log)
                  .hasContent(
                      """
                      /from 302 internal_redirect http://a.test/to 1 up
                      /to 200 via_upstream - 1 up
                      """));
    }
  }

  @Test
  void row0925OneRedirectIsFollowedUnlessMoreAreAllowed() throws Exception {
    try (var upstream = redirecting("302", "http://a.test/from-again")) {
      try (var proxy = proxy(upstream, "").start()) {
        var reply = get(proxy, "/from");
        assertThat(reply.status()).isEqualTo(302);
        assertThat(reply.header("location")).isEqualTo("http://a.test/from-again");
        assertThat(reply.body()).isEqualTo("gone");
        assertThat(upstream.exchanges()).hasSize(2);
        assertThat(proxy.stat(SUCCEEDED)).isEqualTo(1);
        assertThat(proxy.stat(FAILED)).isEqualTo(1);
        assertThat(proxy.stat("http.test.passthrough_internal_redirect_too_many_redirects"))
            .isEqualTo(1);
      }
      try (var proxy = proxy(upstream, "max_internal_redirects: 5").start()) {
        assertThat(get(proxy, "/from").status()).isEqualTo(302);
        assertThat(proxy.stat(SUCCEEDED)).isEqualTo(5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "302 | /to                        | bad_location",
        "302 | ftp://a.test/to            | bad_location",
        "302 | http://u:p@a.test/to       | bad_location",
        "302 | http:///to                 | bad_location",
        "302 | http://a.test/%2fto        | bad_location",
        "302 | https://a.test/to          | unsafe_scheme",
        "302 | http://b.test/to           | no_route",
        "301 | http://a.test/to           | -",
      })
  void row0925RedirectThatIsNotFollowedGoesToTheClient(
      String status, String location, String reason) throws Exception {
    try (var upstream = redirecting(status, location);
        var proxy = routed(upstream, "", "").start()) {
      var reply = get(proxy, "/from");
      assertThat(reply.status()).isEqualTo(Integer.parseInt(status));
      assertThat(reply.header("location")).isEqualTo(location);
      assertThat(upstream.exchanges()).hasSize(1);
      assertThat(proxy.stat(FAILED)).isEqualTo(reason == null ? 0 : 1);
      if (reason != null) {
        assertThat(proxy.stat("http.test.passthrough_internal_redirect_" + reason)).isEqualTo(1);
      }
    }
  }

  @Test
  void row0925SchemeMayChangeWhereThePolicyAllowsIt() throws Exception {
    String safe =
        "predicates: [{name: s, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig}}]";
    try (var upstream = redirecting("302", "https://a.test/to")) {
      try (var proxy = proxy(upstream, "allow_cross_scheme_redirect: true").start()) {
        assertThat(get(proxy, "/from").status()).isEqualTo(200);
      }
      try (var proxy = proxy(upstream, "allow_cross_scheme_redirect: true, " + safe).start()) {
        assertThat(get(proxy, "/from").status()).isEqualTo(302);
        assertThat(proxy.stat("http.test.passthrough_internal_redirect_predicate")).isEqualTo(1);
      }
    }
  }

  @Test
  void rowP8CredentialsStayWithTheHostTheyWereMeantFor() throws Exception {
    String[] credentials = {"authorization: x", "cookie: a=b", "x-other: 1"};
    try (var upstream = redirecting("302", "http://b.test/to");
        var proxy = proxy(upstream, "").start()) {
      assertThat(get(proxy, "/from", credentials).status()).isEqualTo(200);
      assertThat(upstream.exchanges().getFirst().header("authorization")).isEqualTo("x");
      var second = upstream.exchanges().getLast();
      assertThat(second.header("host")).isEqualTo("b.test");
      assertThat(second.header("authorization")).isNull();
      assertThat(second.header("cookie")).isNull();
      assertThat(second.header("x-other")).isEqualTo("1");
    }
    try (var upstream = redirecting("302", "http://A.test:80/to");
        var proxy = proxy(upstream, "").start()) {
      assertThat(get(proxy, "/from", credentials).status()).isEqualTo(200);
      assertThat(upstream.exchanges().getLast().header("authorization")).isEqualTo("x");
    }
  }

  @Test
  void row0925TargetIsRoutedByItsNormalisedPath() throws Exception {
    try (var upstream = redirecting("302", "http://a.test/x/../secret");
        var proxy =
            routed(upstream, "", "- {match: {prefix: /secret}, direct_response: {status: 403}}")
                .start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(403);
      assertThat(upstream.exchanges()).hasSize(1);
    }
  }

  @Test
  void row0925RouteOfTheTargetMustBeListed() throws Exception {
    String listed =
        """
        predicates: [{name: l, typed_config: {"@type": type.googleapis.com/envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [good]}}]\
        """
            .strip();
    String routes =
        """
        - {name: good, match: {prefix: /to-good}, route: {cluster: up}}
        - {name: bad, match: {prefix: /to-bad}, route: {cluster: up}}
        """;
    try (var upstream = redirecting("302", "http://a.test/to-good");
        var proxy = routed(upstream, listed, routes).start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(200);
    }
    try (var upstream = redirecting("302", "http://a.test/to-bad");
        var proxy = routed(upstream, listed, routes).start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(302);
      assertThat(proxy.stat("http.test.passthrough_internal_redirect_predicate")).isEqualTo(1);
    }
  }

  @Test
  void row0925WayThatWasTakenBeforeIsNotTakenTwice() throws Exception {
    String previous =
        "max_internal_redirects: 9, predicates: [{name: p, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig}}]";
    try (var upstream = redirecting("302", "http://a.test/from");
        var proxy = routed(upstream, previous, "").start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(302);
      assertThat(upstream.exchanges()).hasSize(2);
      assertThat(proxy.stat("http.test.passthrough_internal_redirect_predicate")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"307, POST, hello", "308, POST, hello", "303, GET, ''"})
  void row0925BodyGoesAlongUnlessTheMethodChanges(String status, String method, String body)
      throws Exception {
    try (var upstream = redirecting(status, "http://a.test/to");
        var proxy = proxy(upstream, "redirect_response_codes: [303, 307, 308]").start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/from", "content-length: 5") + "hello");
      assertThat(client.read("POST").body()).isEqualTo("there");
      var second = upstream.exchanges().getLast();
      assertThat(second.line()).startsWith(method + " /to ");
      assertThat(second.body()).isEqualTo(body);
    }
  }

  @Test
  void row0925BodyAboveTheBufferLimitIsNotSentAgain() throws Exception {
    try (var upstream = redirecting("307", "http://a.test/to");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      per_request_buffer_limit_bytes: 4
                      routes:
                      - match: {prefix: /}
                        route: {cluster: up, internal_redirect_policy: {redirect_response_codes: [307]}}
                    """)
                .start();
        var client = proxy.connect()) {
      client.send(RawClient.head("POST", "/from", "content-length: 5") + "hello");
      assertThat(client.read("POST").status()).isEqualTo(307);
      assertThat(upstream.exchanges()).hasSize(1);
      assertThat(proxy.stat(FAILED)).isEqualTo(1);
    }
  }

  @Test
  void row0925ChangesOfTheFirstRouteAreNotCarriedAlong() throws Exception {
    try (var upstream = redirecting("302", "http://a.test/to");
        var proxy =
            TestProxy.to(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        request_headers_to_add: [{header: {key: x-once, value: a}}]
                        route: {cluster: up, internal_redirect_policy: {}}
                    """)
                .start()) {
      assertThat(get(proxy, "/from").status()).isEqualTo(200);
      assertThat(upstream.exchanges().stream().map(e -> e.headers("x-once")).toList())
          .isEqualTo(List.of(List.of("a"), List.of("a")));
    }
  }
}
