package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.schema.Problems;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A key that stands in the configuration shows up in nothing that is put out (security bar O2). */
class SecretsTest {
  private static final TestCertificates.Pair PAIR =
      TestCertificates.authority("ca").leaf("server").dns("localhost").sign();

  @TempDir Path directory;

  /** The bytes of the key as they stand in the configuration, from the first line of base64 on. */
  private static String canary() {
    return PAIR.keyPem().lines().skip(1).findFirst().orElseThrow().substring(20);
  }

  private static String socket(String key) {
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
        common_tls_context:
          tls_certificates:
          - certificate_chain:
              inline_string: |
    %s
            private_key%s
    """
        .formatted(PAIR.certificatePem().indent(12), key);
  }

  private static String inline() {
    return ":\n            inline_string: |\n" + PAIR.keyPem().indent(14);
  }

  @Test
  void theAdminAndExpandHideIt() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).chain(socket(inline())).start()) {
      var view = new AdminView(proxy.server());
      String dump = view.configDump(true).toString();
      String expanded = proxy.server().configuration().expanded();
      assertThat(dump).contains("private_key=[redacted]").doesNotContain(canary());
      assertThat(expanded).contains("private_key: \"[redacted]\"").doesNotContain(canary());
      assertThat(view.certificates().toString()).doesNotContain(canary());
    }
  }

  @Test
  void mistakesDoNotQuoteIt() throws Exception {
    // the key where a message is wanted, and one that is cut short
    for (String key :
        new String[] {
          ": |\n" + PAIR.keyPem().indent(14), inline().replace("-----END PRIVATE KEY-----", "")
        }) {
      var problems = new Problems();
      Path file = directory.resolve("weft.yaml");
      Files.writeString(
          file,
          """
          static_resources:
            listeners:
            - name: test
              address: 127.0.0.1:0
              filter_chains:
              - filters:
                - echo: {}
          """
              + socket(key).indent(6));
      ConfigSource.load(file, ConfigOptions.NONE, problems);
      assertThat(problems.text()).doesNotContain(canary());
    }
  }

  @ParameterizedTest
  @CsvSource({"rw-------, 0", "r--------, 0", "rw-r-----, 1", "rw----r--, 1"})
  void aKeyThatOthersMayReadIsWarnedOf(String mode, int warnings) throws Exception {
    PAIR.write(directory, "server");
    Path key = directory.resolve("server.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(mode));
    Path file = directory.resolve("weft.yaml");
    Files.writeString(
        file,
        """
        static_resources:
          listeners:
          - name: a
            address: 127.0.0.1:0
            filter_chains:
            - filters:
              - name: envoy.filters.network.echo
        %s
        """
            .formatted(TlsSetup.context(directory, "", "", "server").indent(6)));
    var problems = new Problems();
    var configuration = ConfigSource.load(file, ConfigOptions.NONE, problems);
    Commands.build(Objects.requireNonNull(configuration, problems::text), Users.load(), problems);
    assertThat(problems.isEmpty()).as(problems.text()).isTrue();
    assertThat(problems.warnings()).hasSize(warnings);
    if (warnings > 0) {
      assertThat(problems.text())
          .contains("private_key", key + ": others than its owner may read it", "0600");
    }
  }
}
