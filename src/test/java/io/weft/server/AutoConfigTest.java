package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that choose the version of HTTP by ALPN (Envoy: auto_config). */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class AutoConfigTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair SERVER =
      CA.leaf("server").dns("up.test").ip("127.0.0.1").sign();
  private static final String AUTO =
      """
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          auto_config: {http2_protocol_options: {}}
      """;

  @TempDir Path directory;

  private final TlsSetup setup;
  private final List<MockWebServer> servers = new ArrayList<>();

  AutoConfigTest(TlsSetup setup) {
    this.setup = setup;
  }

  @AfterEach
  void close() {
    servers.forEach(MockWebServer::close);
  }

  /** A server that answers what it was asked over, when {@code waitFor} requests are there. */
  private MockWebServer server(int waitFor, Protocol... protocols) throws IOException {
    var all = new CountDownLatch(waitFor);
    var server = new MockWebServer();
    server.useHttps(CA.context(SERVER).getSocketFactory());
    server.setProtocolNegotiationEnabled(protocols.length > 0);
    if (protocols.length > 0) {
      server.setProtocols(List.of(protocols));
    }
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
            all.countDown();
            assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
            return new MockResponse.Builder().body(request.getVersion()).build();
          }
        });
    server.start(InetAddress.getLoopbackAddress(), 0);
    servers.add(server);
    return server;
  }

  private String tls() throws IOException {
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: up.test
        common_tls_context:
          validation_context: {trusted_ca: {filename: %s}}
    """
        .formatted(directory.resolve("ca.crt"));
  }

  private TestProxy proxy(MockWebServer... to) throws IOException {
    int[] ports = new int[to.length];
    for (int i = 0; i < to.length; i++) {
      ports[i] = to[i].getPort();
    }
    return setup.proxy(ports).cluster(AUTO).cluster(tls()).route("timeout: 10s").start();
  }

  private static List<String> getAtOnce(TestProxy proxy, int count) throws Exception {
    var answers = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < count; i++) {
      answers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return proxy.get("/").body();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    var texts = new ArrayList<String>();
    for (var answer : answers) {
      texts.add(answer.get(15, TimeUnit.SECONDS));
    }
    return texts;
  }

  @Test
  void anEndpointThatTakesHttp2GetsIt() throws Exception {
    try (var proxy = proxy(server(8, Protocol.HTTP_2, Protocol.HTTP_1_1))) {
      assertThat(getAtOnce(proxy, 8)).hasSize(8).containsOnly("HTTP/2");
      assertThat(proxy.get("/").body()).isEqualTo("HTTP/2");
      assertThat(proxy.stat("cluster.up.upstream_cx_http1_total")).isZero();
      assertThat(proxy.stat("cluster.up.upstream_cx_http2_total"))
          .isLessThanOrEqualTo(proxy.server().carriers().all().size());
    }
  }

  /** Requests that waited to share the first connection get connections of their own. */
  @Test
  void anEndpointThatTakesHttp1OnlyGetsThat() throws Exception {
    try (var proxy = proxy(server(8, Protocol.HTTP_1_1))) {
      assertThat(getAtOnce(proxy, 8)).hasSize(8).containsOnly("HTTP/1.1");
      assertThat(proxy.get("/").body()).isEqualTo("HTTP/1.1");
      assertThat(proxy.stat("cluster.up.upstream_cx_http2_total")).isZero();
      assertThat(proxy.stat("cluster.up.upstream_cx_http1_total")).isGreaterThanOrEqualTo(8);
      assertThat(proxy.stat("cluster.up.upstream_rq_200")).isEqualTo(9);
    }
  }

  @Test
  void anEndpointWithoutAlpnGetsHttp1() throws Exception {
    try (var proxy = proxy(server(1))) {
      assertThat(proxy.get("/").body()).isEqualTo("HTTP/1.1");
    }
  }

  @Test
  void eachEndpointChoosesForItself() throws Exception {
    try (var proxy =
        proxy(server(1, Protocol.HTTP_1_1), server(1, Protocol.HTTP_2, Protocol.HTTP_1_1))) {
      var answers = new TreeSet<String>();
      for (int i = 0; i < 8; i++) { // endpoints take turns on each carrier
        answers.add(proxy.get("/").body());
      }
      assertThat(answers).containsExactly("HTTP/1.1", "HTTP/2");
    }
  }

  @Test
  void withoutTlsThereIsNothingToChooseBy() {
    assertThatThrownBy(() -> setup.proxy(1).cluster(AUTO).start())
        .hasMessageContaining("auto_config: without TLS there is no ALPN to tell the version");
  }

  /** A cluster of HTTP/2 says so by ALPN without being told to. */
  @Test
  void aClusterOfHttp2OffersIt() throws Exception {
    var server = server(1, Protocol.HTTP_2, Protocol.HTTP_1_1);
    try (var proxy =
        setup
            .proxy(server.getPort())
            .cluster("http2_protocol_options: {}")
            .cluster(tls())
            .start()) {
      assertThat(proxy.get("/").body()).isEqualTo("HTTP/2");
    }
  }
}
