package io.weft.net;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the handshake of a secured connection has established. Confined to the carrier. */
public interface Security {
  /** The protocol that ALPN agreed on, empty without. */
  String applicationProtocol();

  /** The name of the server the client asked for (SNI), in lower case; empty if it named none. */
  String serverName();

  /** The version, {@code TLSv1.3}. */
  String version();

  /** The cipher suite by its OpenSSL name, {@code ECDHE-RSA-AES128-GCM-SHA256}. */
  String cipher();

  /** The group of the key exchange, {@code X25519MLKEM768}; empty where it is not known. */
  String group();

  /** The session's id in hexadecimal, empty if it has none. */
  String sessionId();

  /** Whether an earlier session was resumed. */
  boolean resumed();

  /** The peer's certificate and its issuers as it sent them; empty if it sent none. */
  List<X509Certificate> peerCertificates();

  /** Whether the peer's certificate was checked and found good. */
  boolean peerVerified();

  /** The certificate shown to the peer, null for none. */
  @Nullable X509Certificate localCertificate();

  /**
   * Whether the peer has announced its end: else what it sent may have been cut off on the way.
   * True only once a read has returned -1.
   */
  boolean endedCleanly();
}
