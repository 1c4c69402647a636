package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.admin.AdminConfig;
import io.weft.admin.AdminServer;
import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.explain.Explain;
import io.weft.logging.LogLevel;
import io.weft.logging.Logging;
import io.weft.schema.Problems;
import io.weft.testing.TestUpstream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code weft explain} tells of the sample configuration. */
class ExplainTest {
  /** Commands log nothing but errors; the tests behind this one are to see more. */
  @AfterEach
  void restoreLevels() {
    Logging.setLevel(LogLevel.INFO);
  }

  private static Map<String, Object> told(String method, String url, String... headers) {
    var problems = new Problems();
    var configuration =
        ConfigSource.load(
            Path.of("config"), ConfigOptions.NONE.withEnvironment(Map.of()), problems);
    var question = Explain.Question.of(method, url, List.of(headers), "", 0);
    var told = Explain.of(Objects.requireNonNull(configuration), question, problems);
    assertThat(problems.text()).isEmpty();
    return told;
  }

  @Test
  void forwardedRequestIsFollowedToItsEndpoints() {
    var told = told("GET", "http://127.0.0.1:10000/api/./x");
    assertThat(String.valueOf(told.get("listener"))).startsWith("ingress (");
    assertThat(told.get("path")).isEqualTo("/api/x (was /api/./x)");
    assertThat(String.valueOf(told.get("virtual host")))
        .startsWith("'everything' by domain '*', '*' takes what no other domain does (")
        .contains("sample.yaml:");
    assertThat(Explain.text(told))
        .contains("route 0  path '/hello' against '/api/x'  ")
        .contains("route 2  matches: prefix '/api/'  ")
        .containsPattern("timeout +5000 ms \\(.*sample.yaml:\\d+\\)")
        .containsPattern("retries +none \\(default\\)")
        .contains("percent 50");
  }

  @Test
  void routeThatAnswersSaysSo() {
    assertThat(told("GET", "http://127.0.0.1:10000/hello").get("answer"))
        .isEqualTo("200, 16 bytes");
    assertThat(told("GET", "http://127.0.0.1:10000/nowhere").get("answer"))
        .isEqualTo("404, flag NR, route_not_found");
  }

  @Test
  void bodyThatIsTooLargeForABufferIsRefusedThere() throws Exception {
    String buffer =
        """
        - name: envoy.filters.http.buffer
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
            max_request_bytes: 100
        """;
    try (var proxy =
        TestProxy.to(9).httpFilters(buffer).route("retry_policy: {retry_on: 5xx}").start()) {
      var small = ask(proxy, question("POST").withBody(100));
      assertThat(Explain.text(small)).doesNotContain("413").doesNotContain("no retries");
      var large = ask(proxy, question("POST").withBody(2_000_000));
      assertThat(Explain.text(large))
          .contains("answers 413: a body of 2000000 bytes (max_request_bytes: 100)")
          .contains("no retries    the body of 2000000 bytes is not kept");
    }
  }

  @Test
  void lotAndRuntimeValuesDecideShares() throws Exception {
    String hosts =
        """
        - name: all
          domains: ['*']
          routes:
          - match: {prefix: /, runtime_fraction: {runtime_key: share, default_value: {numerator: 10}}}
            name: few
            route: {cluster: up}
          - match: {prefix: /}
            name: most
            route: {cluster: up}
        """;
    try (var proxy = TestProxy.to(9).virtualHosts(hosts).start()) {
      assertThat(ask(proxy, question("GET"))).containsEntry("route", "0 'few'");
      var fifty = Explain.Question.of("GET", "http://a/", List.of(), "", 50);
      assertThat(ask(proxy, fifty)).containsEntry("route", "1 'most'");
      assertThat(ask(proxy, fifty.withRuntime(List.of("share=80"))))
          .containsEntry("route", "0 'few'");
    }
  }

  @Test
  void runningProxyIsAskedForItsEndpointsAndThePick() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port(), 9)
                .cluster("lb_policy: RING_HASH")
                .route("hash_policy: [{header: {header_name: x-user}}]")
                .start();
        var admin =
            AdminServer.start(
                new AdminConfig(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    AdminConfig.Exposure.REFUSED,
                    Set.of(),
                    null),
                new AdminView(proxy.server()))) {
      proxy.ignoreErrors("");
      String user = "u0";
      for (int i = 1; proxy.get("/", "x-user: " + user).status() != 200; i++) {
        user = "u" + i;
      }
      String[] command = {
        "explain",
        "--live",
        admin.addressText(),
        "--body-size",
        "3",
        "--runtime",
        "a=b",
        "-H",
        "x-user: " + user,
        "-H",
        "x-b: c&d e",
        "--format",
        "text",
        "GET",
        "http://shop.test/a?b=c&d"
      };
      assertThat(printed(command))
          .contains("pick          127.0.0.1:" + upstream.port() + " by hash")
          .contains("connections 1")
          .contains("path          /a?b=c&d\n");
      command[13] = "";
      assertThat(Commands.execute(command)).isEqualTo(ExitCode.USAGE);
      assertThat(
              Commands.execute(
                  new String[] {"explain", "--live", "127.0.0.1:9", "GET", "http://a/"}))
          .isEqualTo(ExitCode.REFUSED);
    }
  }

  private static Explain.Question question(String method) {
    return Explain.Question.of(method, "http://a/", List.of(), "", 0);
  }

  private static Map<String, Object> ask(TestProxy proxy, Explain.Question question) {
    var problems = new Problems();
    var told = Explain.of(proxy.server().configuration(), question, problems);
    assertThat(problems.text()).isEmpty();
    return told;
  }

  /** What a command prints; it has to end well. */
  private static String printed(String[] command) {
    var before = System.out;
    var bytes = new ByteArrayOutputStream();
    try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      assertThat(Commands.execute(command)).isEqualTo(ExitCode.OK);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void copiesRedirectsAndHedgingAreNamed(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("weft.yaml"),
            """
            static_resources:
              listeners:
              - name: in
                address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: in
                      http_filters:
                      - name: envoy.filters.http.router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                      route_config:
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          routes:
                          - match: {prefix: /}
                            route:
                              cluster: one
                              retry_policy: {retry_on: 5xx, per_try_timeout: 1s}
                              hedge_policy: {hedge_on_per_try_timeout: true}
                              internal_redirect_policy: {redirect_response_codes: [307, 302]}
                              request_mirror_policies:
                              - {cluster: two, runtime_fraction: {default_value: {numerator: 5}}}
                              - {cluster_header: x-to}
              clusters: [{name: one}, {name: two}]
            """);
    var problems = new Problems();
    var configuration =
        ConfigSource.load(file, ConfigOptions.NONE.withEnvironment(Map.of()), problems);
    assertThat(problems.text()).isEmpty();
    var question = Explain.Question.of("GET", "http://127.0.0.1:10000/", List.of(), "", 0);
    var told = Explain.of(Objects.requireNonNull(configuration), question, problems);
    assertThat(String.valueOf(told.get("hedging"))).startsWith("on the time-out of a try (");
    assertThat(String.valueOf(told.get("redirects followed")))
        .startsWith("up to 1 of [302, 307] (");
    assertThat(String.valueOf(told.get("copies to")))
        .startsWith("'two' of 5/100, the cluster that x-to names (");
  }
}
