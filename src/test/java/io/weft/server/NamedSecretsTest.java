package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates, and what is asked of others', that contexts name and the configuration holds. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class NamedSecretsTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates OTHER = TestCertificates.authority("other");
  private static final TestCertificates.Pair SERVER =
      CA.leaf("server").dns("far.test").ip("127.0.0.1").sign();
  private static final TestCertificates.Pair CLIENT =
      CA.leaf("client").uri("spiffe://test/client").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  NamedSecretsTest(TlsSetup setup) {
    this.setup = setup;
  }

  private String secrets() throws IOException {
    SERVER.write(directory, "server");
    CLIENT.write(directory, "client");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    Files.writeString(directory.resolve("other.crt"), OTHER.pem());
    return """
    - name: server
      tls_certificate: {certificate_chain: {filename: %1$s/server.crt}, private_key: {filename: %1$s/server.key}}
    - name: client
      tls_certificate: {certificate_chain: {filename: %1$s/client.crt}, private_key: {filename: %1$s/client.key}}
    - name: trusted
      validation_context: {trusted_ca: {filename: %1$s/ca.crt}}
    - name: keys
      session_ticket_keys: {keys: [{inline_string: "%2$s"}]}
    """
        .formatted(directory, "k".repeat(80));
  }

  private static String socket(String type, String more, String common) {
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.%s
    %s
        common_tls_context:
    %s
    """
        .formatted(type, more.indent(4), common.indent(6));
  }

  private TestProxy.Builder proxy(int port, String more, String common) throws IOException {
    return setup.proxy(port).secrets(secrets()).chain(socket("DownstreamTlsContext", more, common));
  }

  private static int status(TestProxy proxy, SSLContext context) throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", proxy.port());
    socket.setSoTimeout(10_000);
    try (socket;
        var client = RawClient.over(socket)) {
      return client.get("/").status();
    }
  }

  private static final String SHOWN = "tls_certificate_sds_secret_configs: [{name: server}]\n";

  @Test
  void aListenerShowsTheCertificateThatItNames() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "", SHOWN).start()) {
      assertThat(status(proxy, CA.context())).isEqualTo(200);
      assertThat(new AdminView(proxy.server()).certificates().toString()).contains("server.crt");
    }
  }

  @Test
  void clientsAreCheckedAgainstTheAuthorityThatIsNamed() throws Exception {
    String common = SHOWN + "validation_context_sds_secret_config: {name: trusted}";
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy(upstream.port(), "require_client_certificate: true", common).start()) {
      assertThat(status(proxy, CA.context(CLIENT))).isEqualTo(200);
      assertThatThrownBy(() -> status(proxy, CA.context())).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatIsNamedAndWhatStandsThereHoldTogether() throws Exception {
    String common =
        SHOWN
            + """
            combined_validation_context:
              default_validation_context:
                trusted_ca: {filename: %s/other.crt}
                match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: "%s"}}]
              validation_context_sds_secret_config: {name: trusted}
            """;
    for (String name : new String[] {"spiffe://test/client", "spiffe://test/other"}) {
      try (var upstream = TestUpstream.answering("hello");
          var proxy =
              proxy(
                      upstream.port(),
                      "require_client_certificate: true",
                      common.formatted(directory, name))
                  .start()) {
        if (name.endsWith("client")) {
          assertThat(status(proxy, CA.context(CLIENT))).isEqualTo(200);
        } else {
          assertThatThrownBy(() -> status(proxy, CA.context(CLIENT)))
              .isInstanceOf(IOException.class);
          proxy.awaitStat("listener.127.0.0.1_0.ssl.fail_verify_san", 1);
        }
      }
    }
  }

  @Test
  void aClusterNamesItsCertificateAndItsAuthority() throws Exception {
    String downstream = SHOWN + "validation_context_sds_secret_config: {name: trusted}";
    String upstream =
        """
        tls_certificate_sds_secret_configs: [{name: client}]
        validation_context_sds_secret_config: {name: trusted}
        """;
    try (var server = TestUpstream.answering("hello");
        var back = proxy(server.port(), "require_client_certificate: true", downstream).start();
        var front =
            setup
                .proxy(back.port())
                .secrets(secrets())
                .cluster(
                    socket(
                        "UpstreamTlsContext",
                        "sni: far.test\nauto_sni_san_validation: true",
                        upstream))
                .start();
        var client = front.connect()) {
      client.send("GET / HTTP/1.1\r\nhost: far.test\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("hello");
    }
  }

  @Test
  void ticketKeysMayBeNamedToo() throws Exception {
    var builder = proxy(1, "session_ticket_keys_sds_secret_config: {name: keys}", SHOWN);
    if (setup.isBoring()) {
      builder.start().close();
    } else {
      assertThatThrownBy(builder::start).hasMessageContaining("session_ticket_keys");
    }
  }

  @Test
  void aNameThatIsNotThereIsAnErrorWithItsPlace() {
    assertThatThrownBy(
            () -> proxy(1, "", "tls_certificate_sds_secret_configs: [{name: servre}]").start())
        .hasMessageContaining("tls_certificate_sds_secret_configs[0].name")
        .hasMessageContaining("no secret 'servre' (did you mean 'server'?)");
    assertThatThrownBy(
            () -> proxy(1, "", "tls_certificate_sds_secret_configs: [{name: trusted}]").start())
        .hasMessageContaining(
            "the secret 'trusted' holds validation_context (expected: tls_certificate)");
  }

  @Test
  void aServerOfSecretsIsRefused() {
    String common = "tls_certificate_sds_secret_configs: [{name: server, sds_config: {ads: {}}}]";
    assertThatThrownBy(() -> proxy(1, "", common).start())
        .hasMessageContaining("sds_config")
        .hasMessageContaining("not supported by Weft");
  }
}
