package io.weft.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.logging.LogLevel;
import io.weft.logging.Logging;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
  private static final InetSocketAddress FREE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final HttpClient client = HttpClient.newHttpClient();
  private final FakeSources sources = new FakeSources();
  @TempDir private Path directory;
  private AdminServer admin;

  @BeforeEach
  void start() throws IOException {
    admin = start(sources);
  }

  @AfterEach
  void stop() {
    admin.close();
    client.close();
  }

  private AdminServer start(AdminSources from) throws IOException {
    return AdminServer.start(
        new AdminConfig(
            FREE,
            AdminConfig.Exposure.REFUSED,
            Set.of("admin.example"),
            directory.resolve("address")),
        from);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  private HttpResponse<String> post(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.noBody()));
  }

  private URI uri(String path) {
    return URI.create("http://" + admin.addressText() + path);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** The whole answer to a request written byte by byte: some headers no client lets one set. */
  private String raw(AdminServer to, String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port(to))) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void addressFileHoldsIpAndPort() throws Exception {
    assertThat(Files.readString(directory.resolve("address")))
        .isEqualTo(admin.addressText())
        .isEqualTo("127.0.0.1:" + port(admin));
  }

  @Test
  void readyFollowsTheServersState() throws Exception {
    assertThat(get("/ready").body()).isEqualTo("LIVE\n");
    assertThat(post("/healthcheck/fail").body()).isEqualTo("OK\n");
    var failed = get("/ready");
    assertThat(failed.statusCode()).isEqualTo(503);
    assertThat(failed.body()).isEqualTo("DRAINING\n");
    assertThat(post("/healthcheck/ok").body()).isEqualTo("OK\n");
    assertThat(get("/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void unknownPathListsTheCommands() throws Exception {
    var answer = get("/nothing");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .startsWith("invalid path. admin commands are:\n  /: Admin home page\n")
        .contains("  /stats: print server stats\n");
    assertThat(get("/help").body()).startsWith("admin commands are:\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/healthcheck/fail",
        "/healthcheck/ok",
        "/drain_listeners",
        "/reopen_logs",
        "/quitquitquit",
        "/reset_counters",
        "/logging",
        "/runtime_modify?a=b"
      })
  void whatChangesSomethingIsPostOnly(String path) throws Exception {
    var answer = get(path);
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.body()).isEqualTo("Method GET not allowed, POST required.");
    assertThat(sources.quits).hasValue(0);
    assertThat(sources.drain.healthCheckFailed()).isFalse();
    assertThat(sources.runtime.snapshot().values()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site: cross-site,403",
    "Sec-Fetch-Site: same-site,403",
    "Sec-Fetch-Site: same-origin,200",
    "Sec-Fetch-Site: none,200",
    "Origin: http://evil.example,403",
    "Origin: null,403",
    "Origin: http://localhost:1,200",
    "Origin: https://localhost:1,403",
    "X-Nothing: at-all,200",
  })
  void pagesOfOtherSitesCannotChangeAnything(String header, int status) throws Exception {
    var answer =
        raw(
            admin,
            "POST /healthcheck/fail HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 0\r\n"
                + "Connection: close\r\n"
                + header
                + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(sources.drain.healthCheckFailed()).isEqualTo(status == 200);
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example,403",
    "evil.example:9901,403",
    "127.0.0.1.evil.example,403",
    "1.2.3.evil,403",
    "localhost,200",
    "LOCALHOST:9901,200",
    "x.localhost,200",
    "127.0.0.1:9901,200",
    "[::1]:9901,200",
    "admin.example:9901,200",
  })
  void namesThatResolveHereByRebindingAreRefused(String host, int status) throws Exception {
    assertThat(
            raw(
                admin,
                "GET /config_dump HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void statsAsTextJsonAndPrometheus() throws Exception {
    sources.stats.counter("cluster.web.upstream_rq_200").add(3);
    assertThat(get("/stats").body())
        .contains("cluster.web.upstream_rq_200: 3\n")
        .contains("server.total_connections: 7\n")
        .contains("server.live: 1\n");
    // As curl sends it: characters that a URI should not have.
    assertThat(request(admin, "GET", "/stats?filter=^cluster\\.web\\.[a-z_0-9]+$|{}"))
        .startsWith("HTTP/1.1 200 ");
    assertThat(request(admin, "GET", "/stats?filter=^cluster\\.web\\.[a-z_0-9]+$"))
        .contains("\ncluster.web.upstream_rq_200: 3\n");
    assertThat(get("/stats?filter=%5Ecluster%5C.web%5C.%5Ba-z_0-9%5D+$").body())
        .isEqualTo("cluster.web.upstream_rq_200: 3\n");
    assertThat(get("/stats?format=json&filter=rq_200").body())
        .isEqualTo("{\"stats\":[{\"name\":\"cluster.web.upstream_rq_200\",\"value\":3}]}");
    var expected =
        """
        # TYPE envoy_cluster_upstream_rq counter
        envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="web"} 3
        """;
    assertThat(get("/stats/prometheus?filter=rq_200").body()).isEqualTo(expected);
    assertThat(get("/stats?format=prometheus&filter=rq_200").body()).isEqualTo(expected);
    var scrape = get("/stats/prometheus");
    assertThat(scrape.headers().firstValue("content-type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    assertThat(post("/reset_counters").body()).isEqualTo("OK\n");
    assertThat(get("/stats?filter=rq_200").body()).isEqualTo("cluster.web.upstream_rq_200: 0\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/stats?format=html|format: html (expected: json, prometheus or text)",
        "/stats?type=Things|type: Things (expected:",
        "/stats?histogram_buckets=all|histogram_buckets: all (expected:",
        "/stats?filter=(|Invalid re2 regex: filter:",
        "/clusters?format=xml|format: xml (expected: json or text)",
      })
  void badParametersAreNamed(String path, String message) throws Exception {
    var answer = get(path);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith(message);
  }

  @Test
  void clustersAsLinesAndJson() throws Exception {
    assertThat(get("/clusters?filter=web").body().lines())
        .contains(
            "web::observability_name::web",
            "web::default_priority::max_connections::1024",
            "web::high_priority::max_retries::3",
            "web::added_via_api::false",
            "web::10.0.0.1:80::cx_active::1",
            "web::10.0.0.1:80::rq_total::8",
            "web::10.0.0.1:80::health_flags::healthy",
            "web::10.0.0.1:80::region::eu",
            "web::10.0.0.1:80::success_rate::-1")
        .noneMatch(line -> line.startsWith("db::"));
    assertThat(get("/clusters").body())
        .contains("db::10.0.0.1:80::health_flags::/failed_active_hc\n");
    assertThat(get("/clusters?format=json&filter=db").body().replaceAll("\\s+", ""))
        .startsWith(
            "{\"cluster_statuses\":[{\"name\":\"db\",\"host_statuses\":[{\"address\":{\"socket_address\":"
                + "{\"address\":\"10.0.0.1\",\"port_value\":80}},\"stats\":["
                + "{\"name\":\"cx_connect_fail\",\"value\":\"2\"},")
        .contains(
            "{\"type\":\"GAUGE\",\"name\":\"cx_active\",\"value\":\"1\"}",
            "\"health_status\":{\"failed_active_hc\":true,\"eds_health_status\":\"HEALTHY\"}");
  }

  @Test
  void listenersAsLinesAndJson() throws Exception {
    assertThat(get("/listeners").body())
        .isEqualTo("ingress::127.0.0.1:10000\ningress::[::1]:10000\n");
    assertThat(get("/listeners?format=json").body().replaceAll("\\s+", ""))
        .isEqualTo(
            "{\"listener_statuses\":[{\"name\":\"ingress\",\"local_address\":{\"socket_address\":"
                + "{\"address\":\"127.0.0.1\",\"port_value\":10000}},\"additional_local_addresses\":"
                + "[{\"socket_address\":{\"address\":\"::1\",\"port_value\":10000}}]}]}");
  }

  @Test
  void configDumpShowsNoSecrets() throws Exception {
    assertThat(get("/config_dump").body())
        .contains("envoy.admin.v3.ClustersConfigDump", "\"web\"", "\"db\"", "[redacted]")
        .contains("\"with_endpoints\": false")
        .doesNotContain("CANARY");
    assertThat(get("/config_dump?include_eds").body()).contains("\"with_endpoints\": true");
    assertThat(get("/config_dump?resource=static_clusters&name_regex=%5Ew").body())
        .contains("\"web\"")
        .doesNotContain("\"db\"", "SecretsConfigDump");
    assertThat(get("/config_dump?name_regex=db").body())
        .contains("\"db\"")
        .doesNotContain("\"web\"", "SecretsConfigDump");
    assertThat(get("/config_dump?resource=nothing").statusCode()).isEqualTo(404);
    assertThat(get("/config_dump?mask=a").statusCode()).isEqualTo(400);
  }

  @Test
  void serverInfoMemoryAndHotRestartVersion() throws Exception {
    assertThat(get("/server_info").body().replaceAll("\\s+", ""))
        .matches(
            "\\{\"version\":\"weft/test\",\"state\":\"LIVE\",\"hot_restart_version\":\"disabled\","
                + "\"command_line_options\":\\{\"concurrency\":2},\"node\":\\{\"id\":\"n\\\\\"1\"},"
                + "\"uptime_current_epoch\":\"\\d+s\",\"uptime_all_epochs\":\"\\d+s\"}");
    assertThat(get("/memory").body().replaceAll("\\s+", ""))
        .matches("\\{\"allocated\":\"\\d+\",\"heap_size\":\"\\d+\"}");
    assertThat(get("/hot_restart_version").body()).isEqualTo("disabled");
  }

  @Test
  void loggingListsAndChangesLevels() throws Exception {
    assertThat(post("/logging").body()).startsWith("active loggers:\n").contains("  admin: info\n");
    assertThat(post("/logging?admin=debug").body()).contains("  admin: debug\n");
    assertThat(post("/logging?paths=admin:error,other:trace").body())
        .contains("  admin: error\n", "  other: trace\n");
    assertThat(post("/logging?level=warning").body()).contains("  admin: warning\n");
    assertThat(post("/logging?nothing=debug").statusCode()).isEqualTo(400);
    assertThat(post("/logging?level=loud").body()).contains("unknown logger level: loud");
    Logging.setLevel(LogLevel.INFO);
    Logging.setLevel(Logging.OTHER, LogLevel.WARNING);
  }

  @Test
  void runtimeIsShownAndModified() throws Exception {
    assertThat(post("/runtime_modify").statusCode()).isEqualTo(400);
    assertThat(post("/runtime_modify?a.b=5").body()).isEqualTo("OK\n");
    assertThat(sources.runtime.snapshot().integer("a.b", 0)).isEqualTo(5);
    assertThat(get("/runtime").body().replaceAll("\\s+", ""))
        .isEqualTo(
            "{\"layers\":[\"admin\"],\"entries\":{\"a.b\":{\"final_value\":\"5\",\"layer_values\":[\"5\"]}}}");
    assertThat(
            send(HttpRequest.newBuilder(uri("/runtime_modify"))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString("a.b=&c=x+y")))
                .body())
        .isEqualTo("OK\n");
    assertThat(sources.runtime.snapshot().get("a.b")).isNull();
    assertThat(sources.runtime.snapshot().get("c")).isEqualTo("x y");
  }

  @Test
  void runtimeWithoutAdminLayerCannotBeModified() throws Exception {
    admin.close();
    admin = start(new FakeSources(false));
    var answer = post("/runtime_modify?a=b");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("No admin layer specified");
  }

  @Test
  void logsAreReopened() throws Exception {
    assertThat(post("/reopen_logs").body()).isEqualTo("OK\n");
    assertThat(sources.reopens).hasValue(1);
  }

  @Test
  void drainAndQuitReachTheServer() throws Exception {
    assertThat(post("/drain_listeners?graceful&inboundonly").body()).isEqualTo("OK\n");
    assertThat(post("/drain_listeners?skip_exit").statusCode()).isEqualTo(400);
    assertThat(sources.drains).containsExactly(new AdminSources.DrainListeners(true, true, false));
    assertThat(post("/quitquitquit").body()).isEqualTo("OK\n");
    assertThat(sources.quits).hasValue(1);
  }

  @Test
  void homePageHasAFormForEachChange() throws Exception {
    var page = get("/");
    assertThat(page.body())
        .contains(
            "<a href=\"stats/prometheus\">", "<form method=\"post\" action=\"quitquitquit\">");
    assertThat(page.headers().firstValue("content-security-policy")).isPresent();
  }

  @Test
  void scrapeServerShowsTwoPathsToAnyHost() throws Exception {
    try (var scrape = AdminServer.startScrape(FREE, sources)) {
      assertThat(request(scrape, "GET", "/ready")).startsWith("HTTP/1.1 200 ");
      assertThat(request(scrape, "GET", "/stats/prometheus"))
          .startsWith("HTTP/1.1 200 ")
          .contains("envoy_server_live{} 1\n");
      for (var path : new String[] {"/", "/stats", "/config_dump", "/stats/../config_dump"}) {
        assertThat(request(scrape, "GET", path)).startsWith("HTTP/1.1 4");
      }
      assertThat(request(scrape, "POST", "/quitquitquit")).startsWith("HTTP/1.1 404 ");
      assertThat(sources.quits).hasValue(0);
    }
  }

  private String request(AdminServer to, String method, String path) throws IOException {
    return raw(
        to,
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }

  @Test
  void everyCallIsToldToTheAccessLogs() throws Exception {
    int ready = get("/ready?a=b").body().length();
    int none = get("/nothing").body().length();
    await()
        .untilAsserted(() ->
            assertThat(sources.logged)
                .containsExactly(
                    "GET /ready?a=b 200 " + ready + " true", "GET /nothing 404 " + none + " true"));
  }

  @Test
  void outsideAddressIsRefusedUnlessAllowed() throws Exception {
    var anywhere = new InetSocketAddress("0.0.0.0", 0);
    assertThatThrownBy(
            () -> new AdminConfig(anywhere, AdminConfig.Exposure.REFUSED, Set.of(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("admin address: /0.0.0.0:0 (expected: a loopback address");
    var allowed = new AdminConfig(anywhere, AdminConfig.Exposure.WARNED, Set.of(), null);
    try (var open = AdminServer.start(allowed, sources)) {
      var local = "Host: weft.example\r\nContent-Length: 0\r\nConnection: close\r\n";
      assertThat(rawTo(open, "GET /ready HTTP/1.1\r\n" + local + "\r\n"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(
              rawTo(
                  open,
                  "POST /quitquitquit HTTP/1.1\r\n"
                      + local
                      + "Sec-Fetch-Site: same-origin\r\n\r\n"))
          .startsWith("HTTP/1.1 403 ");
      assertThat(sources.quits).hasValue(0);
    }
  }

  private static int port(AdminServer of) {
    return of.address().getPort();
  }

  private String rawTo(AdminServer to, String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port(to))) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void largeStatsAreStreamedWhole() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      sources.stats.counter("many.counter_number_" + i).add(i);
    }
    assertThat(get("/stats?filter=%5Emany").body().lines().count()).isEqualTo(20_000);
  }

  @Test
  void nothingIsLostWhenTheClientReadsSlowly() throws Exception {
    for (int i = 0; i < 300_000; i++) {
      sources.stats.counter("many.counter_with_a_long_name_number_" + i);
    }
    var request = HttpRequest.newBuilder(uri("/stats?filter=%5Emany")).build();
    var lines = client.send(request, HttpResponse.BodyHandlers.ofLines()).body().iterator();
    int count = 0;
    while (lines.hasNext()) {
      assertThat(lines.next()).matches("many\\.counter_with_a_long_name_number_\\d+: 0");
      if (count++ % 10_000 == 0) {
        pause();
      }
    }
    assertThat(count).isEqualTo(300_000);
  }

  /** Long enough for the sockets' buffers to fill. */
  private static void pause() {
    long end = System.nanoTime() + 20_000_000;
    await().until(() -> System.nanoTime() > end);
  }

  @Test
  void tellsWhatHappensToARequest() throws Exception {
    var told =
        get(
            "/explain?method=PUT&url=http://a/b%3Fc&headers=x-a:%201%0Ax-a:%202&listener=l"
                + "&random=7&body_size=9&runtime=k=v&format=text");
    assertThat(told.statusCode()).isEqualTo(200);
    assertThat(told.body())
        .contains("asked         PUT /b?c\n")
        .contains("headers       1,2\n")
        .contains("listener      l\n")
        .contains("body          9 of 7\n")
        .contains("runtime       {k=v}\n");
    assertThat(get("/explain?url=http://a/").body()).contains("\"asked\": \"GET /\"");
    assertThat(get("/explain?url=http://a/wrong").statusCode()).isEqualTo(500);
    for (String wrong :
        new String[] {
          "",
          "?url=a",
          "?url=http://a/&random=x",
          "?url=http://a/&headers=a",
          "?url=http://a/&runtime=a",
          "?url=http://a/&body_size=-1",
          "?url=http://a/&format=xml"
        }) {
      assertThat(get("/explain" + wrong).statusCode()).as(wrong).isEqualTo(400);
    }
  }
}
