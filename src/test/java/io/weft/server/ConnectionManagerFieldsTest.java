package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Fields of the connection manager and of routes: durations of streams, headers, bad requests. */
@ParameterizedClass
@EnumSource(
    value = Setup.class,
    names = {"EPOLL_ONE", "NIO_ONE"})
class ConnectionManagerFieldsTest {
  private static final String SHORT = "common_http_protocol_options: {max_stream_duration: 0.2s}";

  private final Setup setup;

  ConnectionManagerFieldsTest(Setup setup) {
    this.setup = setup;
  }

  /** Takes a request and never answers. */
  private static void stall(TestUpstream.Exchange exchange) throws Exception {
    assertThat(exchange.peer().readToEnding().text()).isEmpty();
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource({
    "strip_any_host_port,      shop.test:8080,  shop.test",
    "strip_any_host_port,      '[::1]:8080',    '[::1]'",
    "strip_any_host_port,      '[::1]',         '[::1]'",
    "strip_any_host_port,      shop.test.:80,   shop.test.",
    "strip_matching_host_port, shop.test:8080,  shop.test:8080",
    "strip_matching_host_port, shop.test:OWN,   shop.test",
    "strip_trailing_host_dot,  shop.test.,      shop.test",
    "strip_trailing_host_dot,  shop.test.:8080, shop.test:8080",
    "strip_trailing_host_dot,  shop.test:8080,  shop.test:8080",
  })
  void partsOfTheHostAreLeftOut(String field, String host, String form) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(field + ": true")
                .virtualHosts(
                    """
                    - name: form
                      domains: ["%s"]
                      routes: [{match: {prefix: /}, route: {cluster: up}}]
                    """
                        .formatted(form))
                .start();
        var client = proxy.connect()) {
      String sent = host.replace("OWN", Integer.toString(proxy.port()));
      client.send("GET / HTTP/1.1\r\nhost: " + sent + "\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(upstream.only().header("host")).isEqualTo(form);
    }
  }

  @Test
  void headOfAResponseIsAsLargeAsTheClusterAllows() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.send(
                    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nbig: "
                        + "x".repeat(3000)
                        + "\r\n\r\n"));
        var proxy =
            setup
                .proxy(upstream.port())
                .cluster("common_http_protocol_options: {max_response_headers_kb: 2}")
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void clustersOwnHttp1OptionsCount() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .cluster("http_protocol_options: {header_key_format: {proper_case_words: {}}}")
                .start()) {
      assertThat(proxy.get("/", "x-a-b: 1").status()).isEqualTo(200);
      assertThat(upstream.only().headerLines()).contains("X-A-B: 1");
    }
  }

  @Test
  void aStreamEndsWhenItHasLastedTooLong() throws Exception {
    try (var upstream = TestUpstream.start(ConnectionManagerFieldsTest::stall);
        var proxy = setup.proxy(upstream.port()).hcm(SHORT).start();
        var client = proxy.connect()) {
      var reply = client.get("/");
      assertThat(reply.status()).isEqualTo(504);
      assertThat(reply.body()).isEqualTo("downstream duration timeout");
      assertThat(proxy.awaitEnded()).isEqualTo("504 DT max_duration_timeout");
      assertThat(proxy.stat("http.test.downstream_rq_max_duration_reached")).isEqualTo(1);
    }
  }

  @Test
  void aStreamWhoseRequestIsNotHereEndsWith408() throws Exception {
    try (var upstream = TestUpstream.start(TestUpstream.Exchange::readBody);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(SHORT)
                .filter((request, stream, next) ->
                    next.proceed(request.withBody(request.body().buffered(100)), stream))
                .start();
        var client = proxy.connect()) {
      client.request("POST", "/", "content-length: 10").send("some");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(408);
      assertThat(proxy.awaitEnded()).isEqualTo("408 DT max_duration_timeout");
    }
  }

  @Test
  void aResponseThatLastsTooLongIsCut() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
              stall(exchange);
            });
        var proxy = setup.proxy(upstream.port()).hcm(SHORT.replace("0.2s", "1.5s")).start();
        var client = proxy.connect()) {
      client.request("GET", "/");
      assertThat(client.readOrCut("GET")).isNull();
      assertThat(proxy.awaitEnded()).startsWith("200 DT ");
      assertThat(proxy.stat("http.test.downstream_rq_max_duration_reached")).isEqualTo(1);
    }
  }

  @Test
  void theRouteGoesBeforeTheConnectionManager() throws Exception {
    try (var upstream = TestUpstream.start(ConnectionManagerFieldsTest::stall);
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm("common_http_protocol_options: {max_stream_duration: 3600s}")
                .route("max_stream_duration: {max_stream_duration: 0.1s}")
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(504);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.ended().getLast()).isEqualTo("504 DT max_duration_timeout");
    }
  }

  @Test
  void aGrpcCallHasTheTimeItAsksForUpToTheRoutes() throws Exception {
    try (var upstream = TestUpstream.start(ConnectionManagerFieldsTest::stall);
        var proxy =
            setup
                .proxy(upstream.port())
                .route("max_stream_duration: {grpc_timeout_header_max: 0.1s}")
                .start();
        var client = proxy.connect()) {
      var reply = client.get("/a.B/c", "content-type: application/grpc", "grpc-timeout: 1H");
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("grpc-status")).isEqualTo("4");
      assertThat(reply.header("grpc-message")).isEqualTo("downstream duration timeout");
    }
  }

  @Test
  void theOlderFieldsMakeItTheTimeoutOfTheRoute() throws Exception {
    try (var upstream = TestUpstream.start(ConnectionManagerFieldsTest::stall);
        var proxy = setup.proxy(upstream.port()).route("max_grpc_timeout: 0s").start();
        var client = proxy.connect()) {
      var reply = client.get("/a.B/c", "content-type: application/grpc", "grpc-timeout: 100m");
      assertThat(reply.header("grpc-status")).isEqualTo("14");
      assertThat(proxy.awaitEnded()).isEqualTo("200 UT response_timeout");
      assertThat(upstream.only().header("x-envoy-expected-rq-timeout-ms")).isEqualTo("100");
    }
  }

  @Test
  void namesOfHeadersGetCapitalsWhereThatIsWanted() throws Exception {
    try (var upstream =
            TestUpstream.start(
                exchange -> exchange.ok("ok", "x-SOME-thing: Value", "etag: \"a\""));
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm("http_protocol_options: {header_key_format: {proper_case_words: {}}}")
                .cluster(
                    """
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config:
                          http_protocol_options: {header_key_format: {proper_case_words: {}}}
                    """)
                .start()) {
      var reply = proxy.get("/", "x-my-own: 1", "X-UPPER3rd-one: 2");
      assertThat(reply.headers())
          .contains("X-Some-Thing: Value", "Etag: \"a\"", "Content-Length: 2")
          .anyMatch(line -> line.startsWith("Server: "));
      assertThat(upstream.only().headerLines())
          .contains("X-My-Own: 1", "X-Upper3rd-One: 2", "Host: test");
    }
  }

  @Test
  void namesKeepTheirCaseOtherwise() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.ok("ok", "x-SOME-thing: Value"));
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(
                    """
                    http_protocol_options:
                      header_key_format:
                        stateful_formatter:
                          name: preserve_case
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig
                    """)
                .start()) {
      assertThat(proxy.get("/", "X-mINe: 1").headers()).contains("x-SOME-thing: Value");
      assertThat(upstream.only().headerLines()).contains("X-mINe: 1");
    }
  }

  @Test
  void theSchemeTheAgentAndTheAddressAreWhatIsConfigured() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .hcm(
                    """
                    scheme_header_transformation: {scheme_to_overwrite: https}
                    add_user_agent: true
                    use_remote_address: true
                    represent_ipv4_remote_address_as_ipv4_mapped_ipv6: true
                    """)
                .start()) {
      proxy.get("/", "x-forwarded-proto: http");
      proxy.get("/", "user-agent: mine", "x-envoy-downstream-service-cluster: other");
      var bare = upstream.exchanges().getFirst();
      assertThat(bare.header("x-forwarded-proto")).isEqualTo("https");
      assertThat(bare.header("user-agent")).isEqualTo("test-service");
      assertThat(bare.header("x-forwarded-for")).isEqualTo("::ffff:127.0.0.1");
      var named = upstream.exchanges().getLast();
      assertThat(named.header("user-agent")).isEqualTo("mine");
      assertThat(named.header("x-envoy-downstream-service-cluster")).isEqualTo("test-service");
      assertThat(named.header("x-envoy-downstream-service-node")).isEqualTo("test-node");
    }
  }

  @Test
  void aConnectionMayGoOnBehindABadRequestWhoseEndIsKnown() throws Exception {
    String bad = "GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n";
    String withBody = "POST http://a/ HTTP/1.1\r\nhost: b\r\ncontent-length: 1\r\n\r\nx";
    String framed = "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 01\r\n\r\n";
    try (var upstream = TestUpstream.answering("fine");
        var usual = setup.proxy(upstream.port()).start();
        var proxy =
            setup.proxy(upstream.port()).hcm("stream_error_on_invalid_http_message: true").start();
        var other =
            setup
                .proxy(upstream.port())
                .hcm(
                    "stream_error_on_invalid_http_message: true\n"
                        + "http_protocol_options:"
                        + " {override_stream_error_on_invalid_http_message: false}")
                .start()) {
      try (var client = proxy.connect()) {
        var reply = client.send(bad).read();
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.header("connection")).isNull();
        assertThat(client.get("/").body()).isEqualTo("fine");
        assertThat(client.send(withBody).read().header("connection")).isEqualTo("close");
      }
      try (var client = proxy.connect()) {
        assertThat(client.send(framed).read().header("connection")).isEqualTo("close");
      }
      for (var strict : new TestProxy[] {usual, other}) {
        try (var client = strict.connect()) {
          assertThat(client.send(bad).read().header("connection")).isEqualTo("close");
        }
      }
    }
  }
}
