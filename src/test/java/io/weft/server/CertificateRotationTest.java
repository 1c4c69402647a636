package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates that change on disk. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class CertificateRotationTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");

  @TempDir Path directory;

  private final TlsSetup setup;

  CertificateRotationTest(TlsSetup setup) {
    this.setup = setup;
  }

  private static TestCertificates.Pair fresh() {
    return CA.leaf("server").dns("localhost").sign();
  }

  private static SSLSocket connect(TestProxy proxy) throws IOException {
    var socket =
        (SSLSocket) CA.context().getSocketFactory().createSocket("127.0.0.1", proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** The serial number of the certificate that a new connection gets. */
  private static BigInteger shown(TestProxy proxy) throws IOException {
    try (var socket = connect(proxy)) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  private static void awaitShown(TestProxy proxy, TestCertificates.Pair pair) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> shown(proxy).equals(pair.certificate().getSerialNumber()));
  }

  /** A directory with the pair, and the link {@code current} set to it in one step. */
  private void link(TestCertificates.Pair pair, String name) throws IOException {
    Path version = Files.createDirectory(directory.resolve(name));
    pair.write(version, "server");
    Path next = Files.createSymbolicLink(directory.resolve("next"), version);
    Files.move(
        next,
        directory.resolve("current"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aLinkSetElsewhereIsTakenOverAndConnectionsStay() throws Exception {
    var first = fresh();
    link(first, "one");
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            setup
                .proxy(upstream.port())
                .chain(TlsSetup.context(directory.resolve("current"), "", "", "server"))
                .start();
        var socket = connect(proxy);
        var client = RawClient.over(socket)) {
      assertThat(client.get("/").body()).isEqualTo("hello");
      assertThat(shown(proxy)).isEqualTo(first.certificate().getSerialNumber());
      var second = fresh();
      link(second, "two");
      awaitShown(proxy, second);
      assertThat(client.get("/").body()).isEqualTo("hello");
      proxy.awaitStat("listener.127.0.0.1_0.ssl.context_update", 1);
    }
  }

  @Test
  void whatCannotBeUsedLeavesTheOldInForceAndSaysSo() throws Exception {
    var first = fresh().write(directory, "server");
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            setup
                .proxy(upstream.port())
                .chain(TlsSetup.context(directory, "", "", "server"))
                .start()) {
      Files.writeString(directory.resolve("server.crt"), fresh().certificatePem());
      proxy.awaitError("certificates that have changed cannot be used, the old ones stay");
      assertThat(shown(proxy)).isEqualTo(first.certificate().getSerialNumber());
      var second = fresh();
      Files.writeString(directory.resolve("server.crt"), second.certificatePem());
      Files.writeString(directory.resolve("server.key"), second.keyPem());
      awaitShown(proxy, second);
      proxy.ignoreErrors("certificates that have changed");
    }
  }
}
