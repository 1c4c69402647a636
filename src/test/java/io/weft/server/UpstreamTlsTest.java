package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestCertificates;
import io.weft.testing.TestCertificates.Pair;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A cluster over TLS: Java's server, and a second Weft. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class UpstreamTlsTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates OTHER = TestCertificates.authority("other");
  private static final Pair SERVER = CA.leaf("server").dns("up.test").ip("127.0.0.1").sign();
  private static final Pair CLIENT = CA.leaf("client").uri("spiffe://test/weft").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  UpstreamTlsTest(TlsSetup setup) {
    this.setup = setup;
  }

  /** Java's TLS server: answers each request with the names and certificates it saw. */
  private static final class JavaServer implements AutoCloseable {
    final List<String> names = new CopyOnWriteArrayList<>();
    final List<String> peers = new CopyOnWriteArrayList<>();
    private final SSLServerSocket listening;

    JavaServer(boolean needCertificate) throws IOException {
      listening =
          (SSLServerSocket)
              CA.context(SERVER)
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress());
      listening.setNeedClientAuth(needCertificate);
      Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
      return listening.getLocalPort();
    }

    private void accept() {
      try {
        while (true) {
          var socket = (SSLSocket) listening.accept();
          Thread.ofPlatform().daemon().start(() -> serve(socket));
        }
      } catch (IOException e) {
        // it was closed
      }
    }

    private void serve(SSLSocket socket) {
      try (socket) {
        socket.startHandshake();
        var session = (ExtendedSSLSession) socket.getSession();
        names.add(session.getRequestedServerNames().toString());
        if (listening.getNeedClientAuth()) {
          peers.add(session.getPeerPrincipal().getName());
        }
        var in = socket.getInputStream();
        var head = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
          head.append((char) c);
          if (head.toString().endsWith("\r\n\r\n")) {
            String answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
            socket
                .getOutputStream()
                .write(answer.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            head.setLength(0);
          }
        }
      } catch (IOException e) {
        // the test's matter
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private String tls(String context, String common) throws IOException {
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    Files.writeString(directory.resolve("other.crt"), OTHER.pem());
    CLIENT.write(directory, "client");
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
    %s
        common_tls_context:
    %s
    """
        .formatted(context.indent(4), common.indent(6));
  }

  private String trusting(String authority) {
    return "validation_context:\n  trusted_ca: {filename: "
        + directory.resolve(authority + ".crt")
        + "}\n";
  }

  private String identity() {
    return "tls_certificates:\n- certificate_chain: {filename: %s}\n  private_key: {filename: %s}\n"
        .formatted(directory.resolve("client.crt"), directory.resolve("client.key"));
  }

  @Test
  void theServerIsCheckedAndAskedForByName() throws Exception {
    try (var server = new JavaServer(false);
        var proxy =
            setup
                .proxy(server.port())
                .cluster(tls("sni: up.test\nauto_sni_san_validation: true", trusting("ca")))
                .start()) {
      assertThat(proxy.get("/").body()).isEqualTo("hello");
      assertThat(server.names).singleElement().asString().contains("up.test");
      assertThat(proxy.stat("cluster.up.ssl.handshake")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.ssl.versions.TLSv1.3")).isEqualTo(1);
    }
  }

  @Test
  void aServerOfAnotherAuthorityIsRefusedAndTheReplySaysWhy() throws Exception {
    try (var server = new JavaServer(false);
        var proxy = setup.proxy(server.port()).cluster(tls("", trusting("other"))).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body())
          .contains("transport failure reason: TLS_error:")
          .contains("CERTIFICATE_VERIFY_FAILED");
      assertThat(proxy.awaitEnded()).startsWith("503 UF");
      assertThat(proxy.stat("cluster.up.ssl.fail_verify_error")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.upstream_cx_connect_fail")).isEqualTo(1);
    }
  }

  @Test
  void aServerOfAnotherNameIsRefused() throws Exception {
    try (var server = new JavaServer(false);
        var proxy =
            setup
                .proxy(server.port())
                .cluster(tls("sni: other.test\nauto_sni_san_validation: true", trusting("ca")))
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(503);
      assertThat(proxy.stat("cluster.up.ssl.fail_verify_san")).isEqualTo(1);
    }
  }

  @Test
  void theHostOfTheRequestIsTheServerName() throws Exception {
    String auto =
        """
        upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}
        """;
    try (var server = new JavaServer(false);
        var proxy =
            setup.proxy(server.port()).cluster(tls("", trusting("ca"))).cluster(auto).start();
        var client = proxy.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: UP.test:80\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      client.send("GET / HTTP/1.1\r\nhost: evil.test\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(503);
      client.send("GET / HTTP/1.1\r\nhost: up.test\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(server.names.getFirst()).contains("up.test");
      assertThat(proxy.stat("cluster.up.upstream_cx_total")).isEqualTo(2);
    }
  }

  @Test
  void aCertificateIsShownToAServerThatAsks() throws Exception {
    try (var server = new JavaServer(true);
        var proxy =
            setup.proxy(server.port()).cluster(tls("", trusting("ca") + identity())).start()) {
      assertThat(proxy.get("/").body()).isEqualTo("hello");
      assertThat(server.peers).containsExactly("CN=client");
    }
  }

  @Test
  void sessionsAreResumed() throws Exception {
    try (var server = new JavaServer(false);
        var proxy =
            setup
                .proxy(server.port())
                .cluster(tls("sni: up.test", trusting("ca")))
                .cluster("max_requests_per_connection: 1")
                .start();
        var client = proxy.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.get("/").body()).isEqualTo("hello");
      }
      assertThat(proxy.stat("cluster.up.ssl.handshake")).isEqualTo(3);
      assertThat(proxy.stat("cluster.up.ssl.session_reused")).isEqualTo(2);
    }
  }

  @Test
  void oneWeftTrustsAnother() throws Exception {
    var far = CA.leaf("far").dns("far.test").sign().write(directory, "far");
    assertThat(far.certificate()).isNotNull();
    String downstream =
        TlsSetup.context(directory, "require_client_certificate: true", trusting("ca"), "far");
    String upstream =
        tls("sni: far.test\nauto_sni_san_validation: true", trusting("ca") + identity());
    byte[] large = new byte[1_000_000];
    java.util.Arrays.fill(large, (byte) 'x');
    String body = new String(large, java.nio.charset.StandardCharsets.US_ASCII);
    try (var server = TestUpstream.start(exchange -> exchange.ok(exchange.readBody()));
        var back =
            setup.proxy(server.port()).chain(downstream).hcm("use_remote_address: false").start();
        var front = setup.proxy(back.port()).cluster(upstream).start();
        var client = front.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send("POST / HTTP/1.1\r\nhost: far.test\r\ncontent-length: 1000000\r\n\r\n" + body);
        assertThat(client.read("POST").body()).isEqualTo(body);
      }
      assertThat(front.stat("cluster.up.upstream_cx_total")).isEqualTo(1);
      assertThat(back.stat("listener.127.0.0.1_0.ssl.no_certificate")).isZero();
    }
  }
}
