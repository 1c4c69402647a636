package io.weft.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestCertificates.Pair;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Filter chains chosen by what the ClientHello says. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class TlsInspectorTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final Pair EXACT = CA.leaf("exact").dns("a.test").sign();
  private static final Pair WILD = CA.leaf("wild").dns("*.test").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  TlsInspectorTest(TlsSetup setup) {
    this.setup = setup;
  }

  private static SSLSocket connect(int port, String name, String... protocols) throws IOException {
    var socket = (SSLSocket) CA.context().getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(10_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static String peer(SSLSocket socket) throws IOException {
    socket.startHandshake();
    return socket.getSession().getPeerPrincipal().getName();
  }

  /** More filter chains of a listener whose first one is the test proxy's usual chain. */
  private String chain(String name, String match, String certificate) {
    return """
    - name: %s
      filter_chain_match: {%s}
    %s
      filters:
      - name: envoy.filters.network.direct_response
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
          response: {inline_string: "%s"}
    """
        .formatted(
            name,
            match,
            certificate.isEmpty() ? "" : TlsSetup.context(directory, "", "", certificate).indent(2),
            name);
  }

  @Test
  void theNameChoosesTheChainExactlyBeforeByWildcard() throws Exception {
    EXACT.write(directory, "exact");
    WILD.write(directory, "wild");
    try (var upstream = TestUpstream.answering("plain");
        var proxy =
            setup
                .proxy(upstream.port())
                .chain("filter_chain_match: {transport_protocol: raw_buffer}")
                .chains(chain("one", "server_names: [a.test]", "exact"))
                .chains(chain("many", "server_names: ['*.test']", "wild"))
                .chains(
                    chain("alpn", "server_names: ['*.test'], application_protocols: [x]", "wild"))
                .start()) {
      try (var socket = connect(proxy.port(), "a.test")) {
        assertThat(peer(socket)).isEqualTo("CN=exact");
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).isEqualTo("one");
      }
      try (var socket = connect(proxy.port(), "b.test")) {
        assertThat(peer(socket)).isEqualTo("CN=wild");
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).isEqualTo("many");
      }
      try (var socket = connect(proxy.port(), "b.test", "y", "x")) {
        socket.startHandshake();
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).isEqualTo("alpn");
      }
      assertThat(proxy.get("/").body()).isEqualTo("plain");
      proxy.awaitStat("tls_inspector.tls_found", 3);
      assertThat(proxy.stat("tls_inspector.tls_not_found")).isEqualTo(1);
      assertThat(proxy.stat("tls_inspector.sni_found")).isEqualTo(3);
    }
  }

  @Test
  void tlsIsPassedThroughByName() throws Exception {
    EXACT.write(directory, "exact");
    try (var upstream = TestUpstream.answering("hello");
        var end =
            setup
                .proxy(upstream.port())
                .chain(TlsSetup.context(directory, "", "", "exact"))
                .start();
        var front =
            setup
                .proxy(end.port())
                .chain("filter_chain_match: {transport_protocol: raw_buffer}")
                .chains(
                    """
                    - name: passed
                      filter_chain_match: {server_names: [a.test]}
                      filters:
                      - tcp_proxy: {stat_prefix: passed, cluster: up}
                    """)
                .start();
        var socket = connect(front.port(), "a.test")) {
      assertThat(peer(socket)).isEqualTo("CN=exact");
      try (var client = RawClient.over(socket)) {
        client.send("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("hello");
        client.send("GET / HTTP/1.1\r\nhost: b.test\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(421);
      }
    }
  }

  @Test
  void aClientThatSaysNothingIsClosedInTime() throws Exception {
    EXACT.write(directory, "exact");
    try (var upstream = TestUpstream.answering("plain");
        var proxy =
            setup
                .proxy(upstream.port())
                .listener("listener_filters_timeout: 0.2s")
                .chains(chain("one", "server_names: [a.test]", "exact"))
                .start();
        var client = proxy.connect()) {
      client.send("\u0016\u0003\u0001");
      assertThat(client.peer().readToEnding().text()).isEmpty();
      proxy.awaitStat("listener.127.0.0.1_0.downstream_pre_cx_timeout", 1);
      proxy.awaitStat("listener.127.0.0.1_0.downstream_pre_cx_active", 0);
    }
  }

  @Test
  void aClientHelloOfWhichTheEndNeverComesIsBounded() throws Exception {
    EXACT.write(directory, "exact");
    try (var upstream = TestUpstream.answering("plain");
        var proxy =
            setup
                .proxy(upstream.port())
                .chains(chain("one", "server_names: [a.test]", "exact"))
                .start();
        var client = proxy.connect()) {
      // a handshake message of 16 MiB (CVE-2026-45416)
      client.send("\u0016\u0003\u0001\u0000\u0009\u0001\u00ff\u00ff\u00ff\u0003\u0003abc");
      client.peer().readToEnding();
      proxy.awaitStat("tls_inspector.client_hello_too_large", 1);
    }
  }
}
