package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestCertificates.Pair;
import io.weft.testing.TestUpstream;
import io.weft.tls.CertificateNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the service is told of the client's certificate. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class ClientCertTest {
  private static final String HEADER = "x-forwarded-client-cert";
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final Pair SERVER =
      CA.leaf("server").dns("localhost").uri("spiffe://test/server").sign();
  private static final Pair CLIENT =
      CA.leaf("client").uri("spiffe://test/a;b").dns("client.test").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  ClientCertTest(TlsSetup setup) {
    this.setup = setup;
  }

  private String sent(String mode, boolean withCertificate, String... headers) throws IOException {
    SERVER.write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    String trusted =
        "validation_context: {trusted_ca: {filename: " + directory.resolve("ca.crt") + "}}";
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            setup
                .proxy(upstream.port())
                .chain(TlsSetup.context(directory, "", trusted, "server"))
                .hcm("forward_client_cert_details: " + mode)
                .hcm("set_current_client_cert_details: {subject: true, uri: true, dns: true}")
                .start();
        var socket =
            (SSLSocket)
                (withCertificate ? CA.context(CLIENT) : CA.context())
                    .getSocketFactory()
                    .createSocket("127.0.0.1", proxy.port());
        var client = RawClient.over(socket)) {
      assertThat(client.get("/", headers).status()).isEqualTo(200);
      return String.valueOf(upstream.only().header(HEADER));
    }
  }

  @Test
  void theHeaderIsTakenOutUnlessItIsAskedFor() throws Exception {
    assertThat(sent("SANITIZE", true, HEADER + ": Hash=forged")).isEqualTo("null");
    assertThat(sent("SANITIZE_SET", false, HEADER + ": Hash=forged")).isEqualTo("null");
    assertThat(sent("APPEND_FORWARD", false, HEADER + ": Hash=forged")).isEqualTo("null");
    assertThat(sent("FORWARD_ONLY", false, HEADER + ": Hash=forged")).isEqualTo("null");
  }

  @Test
  void itIsPassedOnWhereTheClientIsBelieved() throws Exception {
    assertThat(sent("FORWARD_ONLY", true, HEADER + ": Hash=before")).isEqualTo("Hash=before");
    assertThat(sent("ALWAYS_FORWARD_ONLY", false, HEADER + ": Hash=x")).isEqualTo("Hash=x");
  }

  @Test
  void itTellsOfTheCertificateOfTheConnection() throws Exception {
    String element =
        "By=spiffe://test/server;Hash="
            + CertificateNames.fingerprint(CLIENT.certificate(), "SHA-256")
            + ";Subject=\"CN=client\";URI=\"spiffe://test/a;b\";DNS=client.test";
    assertThat(sent("SANITIZE_SET", true, HEADER + ": Hash=forged")).isEqualTo(element);
    assertThat(sent("APPEND_FORWARD", true, HEADER + ": Hash=before"))
        .isEqualTo("Hash=before," + element);
  }

  private int routed(SSLSocketFactory client) throws IOException {
    SERVER.write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    String trusted =
        "validation_context: {trusted_ca: {filename: " + directory.resolve("ca.crt") + "}}";
    try (var proxy =
            setup
                .proxy(1)
                .chain(TlsSetup.context(directory, "", trusted, "server"))
                .virtualHosts(
                    """
                    - name: all
                      domains: ["*"]
                      routes:
                      - {match: {prefix: /, tls_context: {presented: true, validated: false}}, direct_response: {status: 200}}
                      - {match: {prefix: /, tls_context: {presented: true, validated: true}}, direct_response: {status: 201}}
                      - {match: {prefix: /, tls_context: {presented: false}}, direct_response: {status: 202}}
                    """)
                .start();
        var socket = (SSLSocket) client.createSocket("127.0.0.1", proxy.port());
        var raw = RawClient.over(socket)) {
      return raw.get("/").status();
    }
  }

  @Test
  void row0903RouteIsTakenByTheCertificateOfTheClient() throws Exception {
    assertThat(routed(CA.context(CLIENT).getSocketFactory())).isEqualTo(201);
    assertThat(routed(CA.context().getSocketFactory())).isEqualTo(202);
  }
}
