package io.weft.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.ConnectionPool;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/2 to hosts, and its translation both ways, with OkHttp's client and server at the ends. */
class Http2UpstreamTest {
  private static final String HTTP2 =
      """
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {%s}}
      """;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private static Protocol version(int version) {
    return version == 2 ? Protocol.H2_PRIOR_KNOWLEDGE : Protocol.HTTP_1_1;
  }

  private MockWebServer server(int version, Function<RecordedRequest, MockResponse> answer)
      throws IOException {
    var server = new MockWebServer();
    server.setProtocols(List.of(version(version)));
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return answer.apply(request);
          }
        });
    server.start(InetAddress.getLoopbackAddress(), 0);
    open.add(server);
    return server;
  }

  private OkHttpClient client(int version) {
    var client =
        new OkHttpClient.Builder()
            .protocols(List.of(version(version)))
            .connectionPool(new ConnectionPool(1, 1, TimeUnit.MINUTES))
            .build();
    open.add(() -> {
      client.connectionPool().evictAll();
      client.dispatcher().executorService().shutdownNow();
    });
    return client;
  }

  private static Request.Builder to(TestProxy proxy, String path) {
    return new Request.Builder().url("http://127.0.0.1:" + proxy.port() + path);
  }

  private TestProxy proxy(MockWebServer server, int version, String options) throws IOException {
    var builder =
        TestProxy.to(server.getPort())
            .hcm("http_protocol_options: {enable_trailers: true}")
            .route("timeout: 5s");
    var proxy = (version == 2 ? builder.cluster(HTTP2.formatted(options)) : builder).start();
    open.add(proxy);
    return proxy;
  }

  private static MockResponse.Builder ok() {
    return new MockResponse.Builder().code(200);
  }

  /** Trailers need chunks in HTTP/1. */
  private static MockResponse.Builder withBody(int version, String text) {
    return version == 2
        ? ok().body(text).removeHeader("content-length")
        : ok().chunkedBody(text, 1000);
  }

  private static String text(RecordedRequest request) {
    return Objects.requireNonNull(request.getBody()).utf8();
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void bodiesAndTrailersPassInEachDirection(int down, int up) throws Exception {
    var server =
        server(
            up,
            request ->
                withBody(up, "got " + text(request).length())
                    .trailers(Headers.of("x-end", "yes"))
                    .build());
    var proxy = proxy(server, up, "");
    var client = client(down);
    for (int size : new int[] {1, 20_000, 1_000_000}) {
      var body = RequestBody.create("x".repeat(size), MediaType.get("text/plain"));
      try (Response response = client.newCall(to(proxy, "/a?b=c").post(body).build()).execute()) {
        assertThat(response.code()).isEqualTo(200);
        assertThat(response.body().string()).isEqualTo("got " + size);
        assertThat(response.trailers().get("x-end")).isEqualTo("yes");
      }
      var seen = server.takeRequest();
      assertThat(seen.getUrl().encodedPath()).isEqualTo("/a");
      assertThat(seen.getHeaders().get("x-forwarded-proto")).isEqualTo("http");
    }
    assertThat(proxy.stat("cluster.up.upstream_cx_http2_total")).isEqualTo(up == 2 ? 1 : 0);
    assertThat(proxy.stat("cluster.up.upstream_rq_200")).isEqualTo(3);
  }

  private TestProxy routed(int version, String route, TestProxy.Builder more) throws IOException {
    var builder = more.route(route).route("timeout: 5s");
    var proxy = (version == 2 ? builder.cluster(HTTP2.formatted("")) : builder).start();
    open.add(proxy);
    return proxy;
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void row0926CopiesPassInEachDirection(int down, int up) throws Exception {
    var server = server(up, request -> ok().body("main " + text(request).length()).build());
    var shadow = server(up, request -> ok().body("copy").build());
    var proxy =
        routed(
            up,
            "request_mirror_policies: [{cluster: shadow}]",
            TestProxy.to(server.getPort())
                .another("shadow", shadow.getPort(), up == 2 ? HTTP2.formatted("") : ""));
    var body = RequestBody.create("x".repeat(100_000), MediaType.get("text/plain"));
    try (Response response =
        client(down).newCall(to(proxy, "/a?b=c").post(body).build()).execute()) {
      assertThat(response.body().string()).isEqualTo("main 100000");
    }
    var copy = Objects.requireNonNull(shadow.takeRequest(5, TimeUnit.SECONDS));
    assertThat(copy.getTarget()).isEqualTo("/a?b=c");
    assertThat(text(copy)).hasSize(100_000);
    assertThat(copy.getUrl().host()).endsWith("-shadow");
    proxy.awaitStat("cluster.shadow.upstream_rq_200", 1);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void row0925RedirectsAreFollowedInEachDirection(int down, int up) throws Exception {
    var server =
        server(
            up,
            request ->
                request.getTarget().equals("/from")
                    ? ok().code(307).setHeader("location", "http://a.test/to").body("gone").build()
                    : ok().body("there " + text(request).length()).build());
    var proxy =
        routed(
            up,
            "internal_redirect_policy: {redirect_response_codes: [307]}",
            TestProxy.to(server.getPort()));
    var body = RequestBody.create("x".repeat(20_000), MediaType.get("text/plain"));
    try (Response response =
        client(down).newCall(to(proxy, "/from").post(body).build()).execute()) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.body().string()).isEqualTo("there 20000");
    }
    assertThat(proxy.stat("cluster.up.upstream_internal_redirect_succeeded_total")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void row0915TriesAreHedgedInEachDirection(int down, int up) throws Exception {
    var first = new java.util.concurrent.atomic.AtomicBoolean(true);
    var server =
        server(
            up,
            request ->
                first.getAndSet(false)
                    ? ok().headersDelay(2, TimeUnit.SECONDS).body("late").build()
                    : ok().body("second " + text(request).length()).build());
    var proxy =
        routed(
            up,
            "retry_policy: {retry_on: 5xx, num_retries: 1, per_try_timeout: 0.1s}\nhedge_policy: {hedge_on_per_try_timeout: true}",
            TestProxy.to(server.getPort()));
    var body = RequestBody.create("x".repeat(20_000), MediaType.get("text/plain"));
    try (Response response = client(down).newCall(to(proxy, "/").post(body).build()).execute()) {
      assertThat(response.body().string()).isEqualTo("second 20000");
    }
    assertThat(proxy.stat("cluster.up.upstream_rq_retry")).isEqualTo(1);
    proxy.awaitStat("cluster.up.upstream_rq_active", 0);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void largeResponsesPassWithTheWindowsOfBothSides(int down, int up) throws Exception {
    var text = "0123456789".repeat(500_000);
    var server = server(up, _ -> ok().body(text).build());
    var proxy = proxy(server, up, "");
    var client = client(down);
    try (Response response = client.newCall(to(proxy, "/").build()).execute()) {
      assertThat(response.body().string()).isEqualTo(text);
    }
    try (Response response = client.newCall(to(proxy, "/").head().build()).execute()) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  /** Each part of the body is answered before the next is sent. */
  @Test
  void aBodyFlowsUpBeforeItEnds() throws Exception {
    var arrived = new CompletableFuture<String>();
    TestUpstream.Script script =
        exchange -> {
          arrived.complete(exchange.readChunk());
          exchange.ok(exchange.readBody());
        };
    try (var upstream = TestUpstream.start(script);
        var second = TestProxy.to(upstream.port()).start();
        var first = TestProxy.to(second.port()).cluster(HTTP2.formatted("")).start()) {
      var body =
          new RequestBody() {
            @Override
            public MediaType contentType() {
              return MediaType.get("text/plain");
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
              sink.writeUtf8("first");
              sink.flush();
              try {
                assertThat(arrived.get(5, TimeUnit.SECONDS)).isEqualTo("first");
              } catch (Exception e) {
                throw new IOException(e);
              }
              sink.writeUtf8("second");
            }
          };
      try (Response response = client(2).newCall(to(first, "/").post(body).build()).execute()) {
        assertThat(response.code()).isEqualTo(200);
      }
      assertThat(first.stat("cluster.up.upstream_cx_http2_total")).isEqualTo(1);
      close();
      open.clear();
    }
  }

  @Test
  void manyStreamsShareAConnection() throws Exception {
    var all = new CountDownLatch(20);
    var server =
        server(
            2,
            _ -> {
              all.countDown();
              await(all);
              return ok().body("done").build();
            });
    var proxy = proxy(server, 2, "");
    var answers = getAtOnce(proxy, 20);
    assertThat(answers).hasSize(20).containsOnly("200 done");
    assertThat(proxy.stat("cluster.up.upstream_cx_total")).isEqualTo(1);
    assertThat(proxy.stat("cluster.up.http2.streams_active")).isZero();
  }

  @Test
  void anotherConnectionIsOpenedBeyondTheLimitOfStreams() throws Exception {
    var all = new CountDownLatch(6);
    var server =
        server(
            2,
            _ -> {
              all.countDown();
              await(all);
              return ok().body("done").build();
            });
    var proxy = proxy(server, 2, "max_concurrent_streams: 2");
    assertThat(getAtOnce(proxy, 6)).hasSize(6).containsOnly("200 done");
    assertThat(proxy.stat("cluster.up.upstream_cx_total")).isEqualTo(3);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(5, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> getAtOnce(TestProxy proxy, int count) throws Exception {
    var answers = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < count; i++) {
      answers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  var reply = proxy.get("/");
                  return reply.status() + " " + reply.body();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    var texts = new ArrayList<String>();
    for (var answer : answers) {
      texts.add(answer.get(10, TimeUnit.SECONDS));
    }
    return texts;
  }

  @Test
  void aConnectionIsLeftAfterItsShareOfRequests() throws Exception {
    var server = server(2, _ -> ok().body("done").build());
    var proxy =
        TestProxy.to(server.getPort())
            .cluster(HTTP2.formatted(""))
            .cluster("max_requests_per_connection: 2")
            .start();
    open.add(proxy);
    for (int i = 0; i < 5; i++) {
      assertThat(proxy.get("/").body()).isEqualTo("done");
    }
    assertThat(proxy.stat("cluster.up.upstream_cx_total")).isEqualTo(3);
    assertThat(proxy.stat("cluster.up.upstream_cx_max_requests")).isEqualTo(2);
  }

  @Test
  void aHostThatIsNotThereFailsAllWhoWaitForIt() throws Exception {
    var server = server(2, _ -> ok().build());
    server.close();
    var proxy = proxy(server, 2, "");
    var answers = getAtOnce(proxy, 5);
    assertThat(answers).allSatisfy(answer -> assertThat(answer).startsWith("503 "));
  }

  @Test
  void theVersionFollowsTheClientWhereThatIsAskedFor() throws Exception {
    var http2 = server(2, _ -> ok().body("two").build());
    var proxy =
        TestProxy.to(http2.getPort())
            .cluster(
                """
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    use_downstream_protocol_config: {http2_protocol_options: {}}
                """)
            .start();
    open.add(proxy);
    try (Response response = client(2).newCall(to(proxy, "/").build()).execute()) {
      assertThat(response.body().string()).isEqualTo("two");
    }
    assertThat(proxy.stat("cluster.up.upstream_cx_http2_total")).isEqualTo(1);
    assertThat(proxy.get("/").status()).isGreaterThanOrEqualTo(502);
    assertThat(proxy.stat("cluster.up.upstream_cx_http1_total")).isPositive();
  }

  @Test
  void theOldOptionOfTheClusterWorksToo() throws Exception {
    var server = server(2, request -> ok().body("" + request.getBodySize()).build());
    var proxy = TestProxy.to(server.getPort()).cluster("http2_protocol_options: {}").start();
    open.add(proxy);
    assertThat(proxy.get("/").body()).isEqualTo("0");
    var body = RequestBody.create("x".getBytes(UTF_8));
    try (Response response = client(1).newCall(to(proxy, "/").post(body).build()).execute()) {
      assertThat(response.body().string()).isEqualTo("1");
    }
  }
}
