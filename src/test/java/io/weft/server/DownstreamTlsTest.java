package io.weft.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A listener that ends TLS, with both engines and both pollers, against clients of others. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class DownstreamTlsTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair SERVER =
      CA.leaf("server").dns("localhost").dns("*.wild.test").ip("127.0.0.1").sign();
  private static final TestCertificates.Pair CLIENT =
      CA.leaf("client").uri("spiffe://test/client").dns("client.test").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  DownstreamTlsTest(TlsSetup setup) {
    this.setup = setup;
  }

  private TestProxy.Builder proxy(int port, String more, String common) throws IOException {
    SERVER.write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    return setup.proxy(port).chain(TlsSetup.context(directory, more, common, "server"));
  }

  private SSLSocket connect(TestProxy proxy, SSLContext context) throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  @Test
  void requestsOfJavaSClientAreServed() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "").start();
        var client = HttpClient.newBuilder().sslContext(CA.context()).build()) {
      for (int i = 0; i < 3; i++) {
        var request =
            HttpRequest.newBuilder(URI.create("https://localhost:" + proxy.port() + "/x")).build();
        assertThat(client.send(request, BodyHandlers.ofString()).body()).isEqualTo("hello");
      }
      assertThat(upstream.exchanges().getFirst().header("x-forwarded-proto")).isEqualTo("https");
      assertThat(proxy.stat(stat(proxy, "handshake"))).isEqualTo(1);
      assertThat(proxy.stat(stat(proxy, "versions.TLSv1.3"))).isEqualTo(1);
      assertThat(proxy.stat(stat(proxy, "no_certificate"))).isEqualTo(1);
    }
  }

  static String stat(TestProxy proxy, String name) {
    return "listener.127.0.0.1_0.ssl." + name;
  }

  @Test
  void largeBodiesPassBothWaysWhole() throws Exception {
    byte[] body = new byte[3_000_000];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    try (var upstream = TestUpstream.start(exchange -> exchange.ok(exchange.readBody()));
        var proxy = proxy(upstream.port(), "", "").start();
        var client = HttpClient.newBuilder().sslContext(CA.context()).build()) {
      var request =
          HttpRequest.newBuilder(URI.create("https://localhost:" + proxy.port() + "/x"))
              .POST(BodyPublishers.ofByteArray(body))
              .build();
      assertThat(client.send(request, BodyHandlers.ofByteArray()).body()).isEqualTo(body);
    }
  }

  @Test
  void aClientThatShowsACertificateOfTheAuthorityIsServed() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(upstream.port(), "require_client_certificate: true", trusted("")).start();
        var socket = connect(proxy, CA.context(CLIENT));
        var client = RawClient.over(socket)) {
      assertThat(client.get("/").status()).isEqualTo(200);
      assertThat(proxy.stat(stat(proxy, "no_certificate"))).isZero();
    }
  }

  private String trusted(String more) {
    return "validation_context:\n  trusted_ca: {filename: "
        + directory.resolve("ca.crt")
        + "}\n"
        + more.indent(2);
  }

  @Test
  void aClientWithoutACertificateIsRefusedWhereOneIsRequired() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(upstream.port(), "require_client_certificate: true", trusted("")).start()) {
      assertRefused(proxy, CA.context());
      proxy.awaitStat(stat(proxy, "fail_verify_no_cert"), 1);
    }
  }

  private void assertRefused(TestProxy proxy, SSLContext context) throws IOException {
    try (var socket = connect(proxy, context)) {
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                // TLS 1.3: the client learns of it when it reads
                socket.getOutputStream().write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(UTF_8));
                if (socket.getInputStream().read() < 0) {
                  throw new SSLException("closed");
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aClientOfAnotherAuthorityIsRefused() throws Exception {
    var stranger = TestCertificates.authority("stranger").leaf("client").sign();
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(upstream.port(), "require_client_certificate: true", trusted("")).start()) {
      assertRefused(proxy, CA.context(stranger));
      // Java's client shows no certificate of an authority that was not asked for
      proxy.awaitStat(stat(proxy, "connection_error"), 0);
      assertThat(proxy.stat(stat(proxy, "handshake"))).isZero();
    }
  }

  @Test
  void aClientWhoseNameDoesNotMatchIsRefused() throws Exception {
    String names =
        """
        match_typed_subject_alt_names:
        - san_type: URI
          matcher: {exact: "spiffe://test/other"}
        """;
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", trusted(names)).start()) {
      assertRefused(proxy, CA.context(CLIENT));
      proxy.awaitStat(stat(proxy, "fail_verify_san"), 1);
    }
  }

  @Test
  void aRevokedCertificateIsRefused() throws Exception {
    Files.writeString(directory.resolve("crl.pem"), CA.revoked(CLIENT.certificate()));
    String crl = "crl: {filename: " + directory.resolve("crl.pem") + "}";
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", trusted(crl)).start()) {
      assertRefused(proxy, CA.context(CLIENT));
      proxy.awaitStat(stat(proxy, "fail_verify_error"), 1);
    }
  }

  @Test
  void alpnAndServerNameChooseAndAreSeen() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(upstream.port(), "require_sni: true", "alpn_protocols: [http/1.1]").start();
        var socket = connect(proxy, CA.context())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName("a.wild.test")));
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      try (var client = RawClient.over(socket)) {
        client.send("GET / HTTP/1.1\r\nhost: a.wild.test\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aClientWithoutServerNameIsRefusedWhereOneIsRequired() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "require_sni: true", "").start()) {
      assertRefused(proxy, CA.context());
      proxy.awaitStat(stat(proxy, "connection_error"), 1);
    }
  }

  @Test
  void aClientThatOffersOnlyAnotherProtocolIsRefused() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "alpn_protocols: [http/1.1]").start();
        var socket = connect(proxy, CA.context())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"acme-tls/1"});
      socket.setSSLParameters(parameters);
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
  }

  @Test
  void sessionsAreResumed() throws Exception {
    SSLContext context = CA.context();
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "").start()) {
      for (int i = 0; i < 2; i++) {
        try (var socket = connect(proxy, context);
            var client = RawClient.over(socket)) {
          assertThat(client.get("/").status()).isEqualTo(200);
        }
      }
      proxy.awaitStat(stat(proxy, "handshake"), 2);
      assertThat(proxy.stat(stat(proxy, "session_reused"))).isEqualTo(1);
    }
  }

  @Test
  void onlyTls12IsSpokenWhereItIsAskedFor() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(
                    upstream.port(),
                    "",
                    "tls_params: {tls_maximum_protocol_version: TLSv1_2, cipher_suites:"
                        + " [ECDHE-ECDSA-AES256-GCM-SHA384]}")
                .start();
        var socket = connect(proxy, CA.context());
        var client = RawClient.over(socket)) {
      assertThat(client.get("/").status()).isEqualTo(200);
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
      assertThat(proxy.stat(stat(proxy, "ciphers.ECDHE-ECDSA-AES256-GCM-SHA384"))).isEqualTo(1);
    }
  }

  @Test
  void whatIsNoTlsIsClosed() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "").start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      assertThat(client.peer().readToEnding().text()).isEmpty();
      proxy.awaitStat(stat(proxy, "connection_error"), 1);
    }
  }

  @Test
  void aHandshakeThatTakesTooLongIsCut() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(upstream.port(), "", "").chain("transport_socket_connect_timeout: 0.2s").start();
        var client = proxy.connect()) {
      client.send("\u0016\u0003\u0001");
      assertThat(client.peer().readToEnding().text()).isEmpty();
      proxy.awaitStat("listener.127.0.0.1_0.downstream_cx_transport_socket_connect_timeout", 1);
    }
  }

  @Test
  void curlIsServed() throws Exception {
    run("curl", "--version");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "alpn_protocols: [http/1.1]").start()) {
      String out =
          run(
              "curl",
              "-s",
              "--cacert",
              directory.resolve("ca.crt").toString(),
              "https://localhost:" + proxy.port() + "/a",
              "https://localhost:" + proxy.port() + "/b");
      assertThat(out).isEqualTo("hellohello");
    }
  }

  @Test
  void opensslMayBeAnsweredPastItsHandshake() throws Exception {
    run("openssl", "version");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", "").start()) {
      String out =
          run(
              "sh",
              "-c",
              "printf 'GET / HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n' | openssl"
                  + " s_client -quiet -ign_eof -CAfile "
                  + directory.resolve("ca.crt")
                  + " -connect 127.0.0.1:"
                  + proxy.port());
      assertThat(out).contains("HTTP/1.1 200").endsWith("hello");
    }
  }

  private static String run(String... command) throws Exception {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
    } catch (IOException e) {
      Assumptions.abort(command[0] + " is not installed");
      throw e;
    }
    var out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return out;
  }
}
