package io.weft.tls;

import java.util.List;

/**
 * What a handshake may agree on (Envoy: TlsParameters and ALPN), the same on both sides. Immutable.
 *
 * @param versions {@code TLSv1.2}, {@code TLSv1.3}, or both in this order
 * @param ciphers suites of TLS 1.2 by their OpenSSL names, the first one preferred; a group of
 *     equal ones is written {@code [A|B]}; empty for the engine's choice
 * @param groups for the key exchange, the first one preferred; empty for Weft's choice
 * @param protocols of ALPN, the first one preferred; empty for no ALPN
 */
record TlsParameters(
    List<String> versions, List<String> ciphers, List<String> groups, List<String> protocols) {
  static final String TLS_1_2 = "TLSv1.2";
  static final String TLS_1_3 = "TLSv1.3";

  /** What is offered where a configuration says nothing. */
  static final List<String> CIPHERS =
      List.of(
          "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]",
          "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384");

  static final List<String> GROUPS = List.of("X25519MLKEM768", "X25519", "P-256");

  TlsParameters {
    versions = List.copyOf(versions);
    ciphers = ciphers.isEmpty() ? CIPHERS : List.copyOf(ciphers);
    groups = groups.isEmpty() ? GROUPS : List.copyOf(groups);
    protocols = List.copyOf(protocols);
  }
}
