package io.weft.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a scanner of TLS servers asks, by {@code openssl s_client}. */
@ParameterizedClass
@EnumSource(names = {"BORINGSSL_EPOLL", "JDK_EPOLL"})
class TlsWireTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair SERVER = CA.leaf("server").dns("localhost").sign();
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

  @TempDir static Path directory;

  private final TlsSetup setup;

  TlsWireTest(TlsSetup setup) {
    this.setup = setup;
  }

  @BeforeAll
  static void files() throws IOException {
    SERVER.write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
  }

  private TestProxy.Builder proxy(int port) {
    return setup.proxy(port).chain(TlsSetup.context(directory, "", "", "server"));
  }

  /** Sends a request and returns all that is said of the connection. */
  private static String ask(TestProxy proxy, String... options) throws Exception {
    var arguments = new ArrayList<>(List.of(options));
    arguments.add("-ign_eof");
    Process client = start(proxy, arguments);
    client.outputWriter(UTF_8).append(REQUEST).close();
    return output(client);
  }

  private static Process start(TestProxy proxy, List<String> options) throws IOException {
    var command = new ArrayList<>(List.of("openssl", "s_client", "-servername", "localhost"));
    command.addAll(List.of("-CAfile", directory.resolve("ca.crt").toString()));
    command.addAll(List.of("-connect", "127.0.0.1:" + proxy.port()));
    command.addAll(options);
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      Assumptions.abort("openssl is not installed");
      throw e;
    }
  }

  private static String output(Process client) throws Exception {
    var reader = client.inputReader(UTF_8);
    var text = new StringBuilder();
    for (int c = reader.read(); c >= 0; c = reader.read()) {
      text.append((char) c);
    }
    assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return text.toString();
  }

  @Test
  void onlyVersionsThatAreSafeAreSpoken() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port()).start()) {
      for (String version : List.of("1_2", "1_3")) {
        assertThat(ask(proxy, "-tls" + version))
            .contains("New, TLSv" + version.replace('_', '.'))
            .contains("Verify return code: 0 (ok)")
            .contains("HTTP/1.1 200");
      }
      for (String version : List.of("1", "1_1")) {
        assertThat(ask(proxy, "-tls" + version, "-cipher", "DEFAULT@SECLEVEL=0"))
            .contains("(NONE)")
            .contains("alert protocol version");
      }
      proxy.awaitStat("listener.127.0.0.1_0.ssl.connection_error", 2);
    }
  }

  @Test
  void onlySuitesThatAreSafeAreSpoken() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port()).start()) {
      for (String suite :
          List.of(
              "ECDHE-ECDSA-AES128-GCM-SHA256",
              "ECDHE-ECDSA-AES256-GCM-SHA384",
              "ECDHE-ECDSA-CHACHA20-POLY1305")) {
        assertThat(ask(proxy, "-tls1_2", "-cipher", suite))
            .contains("New, TLSv1.2, Cipher is " + suite)
            .contains("Compression: NONE")
            .contains("Secure Renegotiation IS supported");
      }
      for (String suite :
          List.of(
              "ECDHE-ECDSA-AES128-SHA", // CBC with MAC before encryption
              "ECDHE-ECDSA-AES256-SHA384",
              "AES128-GCM-SHA256", // no forward secrecy
              "AES256-SHA",
              "DHE-RSA-AES256-GCM-SHA384",
              "AECDH-AES128-SHA@SECLEVEL=0", // no certificate
              "ECDHE-ECDSA-NULL-SHA@SECLEVEL=0")) { // no encryption
        assertThat(ask(proxy, "-tls1_2", "-cipher", suite))
            .as(suite)
            .contains("(NONE)")
            .contains("alert handshake failure");
      }
    }
  }

  @Test
  void sessionsAreResumedByTicket() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port()).start()) {
      for (String version : List.of("1_2", "1_3")) {
        String session = directory.resolve("session" + version).toString();
        assertThat(ask(proxy, "-tls" + version, "-sess_out", session)).contains("New, TLSv1.");
        assertThat(ask(proxy, "-tls" + version, "-sess_in", session))
            .contains("Reused, TLSv" + version.replace('_', '.'))
            .contains("HTTP/1.1 200");
      }
      assertThat(proxy.stat("listener.127.0.0.1_0.ssl.session_reused")).isEqualTo(2);
    }
  }

  @Test
  void noClientHandshakesTwice() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port()).start()) {
      long start = System.nanoTime();
      Process client = start(proxy, List.of("-tls1_2", "-msg"));
      try (var input = client.outputWriter(UTF_8)) {
        input.append("R\n").flush(); // renegotiate
        String said = output(client); // it ends although its input does not
        assertThat(said).contains("RENEGOTIATING");
        assertThat(said.split("ServerHello\\b", -1)).hasSize(2);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(proxy.stat("listener.127.0.0.1_0.ssl.handshake")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRecordThatWasTamperedWithEndsItsConnection(String version) throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port()).start();
        var plain = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      plain.setSoTimeout(5000);
      var secured =
          (SSLSocket)
              CA.context().getSocketFactory().createSocket(plain, "localhost", proxy.port(), true);
      secured.setEnabledProtocols(new String[] {version});
      secured.startHandshake();
      byte[] record = new byte[5 + 64];
      record[0] = 23;
      record[1] = 3;
      record[2] = 3;
      record[4] = 64;
      plain.getOutputStream().write(record);
      assertThatThrownBy(() -> secured.getInputStream().read())
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("bad_record_mac");
    }
  }

  @Test
  void theAnswerOfTheOcspResponderIsShownWhileItIsFresh() throws Exception {
    Instant now = Instant.now();
    Path staple = directory.resolve("staple.der");
    String socket =
        TlsSetup.context(directory, "", "", "server")
            .replace("server.key}", "server.key}\n        ocsp_staple: {filename: " + staple + "}");
    Files.write(staple, CA.ocspGood(SERVER.certificate(), now.plus(Duration.ofDays(1))));
    if (!setup.isBoring()) {
      assertThatThrownBy(() -> setup.proxy(1).chain(socket).start())
          .hasMessageContaining("ocsp_staple");
      return;
    }
    try (var upstream = TestUpstream.answering("hello");
        var proxy = setup.proxy(upstream.port()).chain(socket).start()) {
      assertThat(ask(proxy, "-status"))
          .contains("OCSP Response Status: successful")
          .contains("Cert Status: good")
          .contains("HTTP/1.1 200");
    }
    Files.write(staple, CA.ocspGood(SERVER.certificate(), now.minus(Duration.ofMinutes(1))));
    try (var upstream = TestUpstream.answering("hello");
        var proxy = setup.proxy(upstream.port()).chain(socket).start()) {
      assertThat(ask(proxy, "-status"))
          .contains("OCSP response: no response sent")
          .contains("HTTP/1.1 200");
    }
  }
}
