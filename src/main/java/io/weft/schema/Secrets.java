package io.weft.schema;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which fields hold secrets (Envoy: udpa.annotations.sensitive), so that no output shows them. */
final class Secrets {
  static final String HIDDEN = "[redacted]";

  private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.";
  private static final Set<String> FIELDS =
      Set.of(
          TLS + "TlsCertificate.private_key",
          TLS + "TlsCertificate.pkcs12",
          TLS + "TlsCertificate.password",
          TLS + "TlsSessionTicketKeys.keys",
          TLS + "GenericSecret.secret");

  private Secrets() {}

  /** Whether the value is a secret; the name of the file that holds one is none. */
  static boolean hides(FieldType field, @Nullable Object value) {
    if (!FIELDS.contains(field.owner() + "." + field.name())) {
      return false;
    }
    return !(value instanceof Message message && message.has("filename"));
  }
}
