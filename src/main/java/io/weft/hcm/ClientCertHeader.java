package io.weft.hcm;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.net.Security;
import io.weft.tls.CertificateNames;
import io.weft.tls.CertificateNames.Kind;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of {@code x-forwarded-client-cert} (Envoy: forward_client_cert_details). What a
 * client says of its certificate is believed only where it has shown one, or where the
 * configuration says so. Immutable.
 */
record ClientCertHeader(
    Mode mode, boolean subject, boolean cert, boolean chain, boolean dns, boolean uri) {
  /** By Envoy's names. */
  enum Mode {
    SANITIZE,
    FORWARD_ONLY,
    APPEND_FORWARD,
    SANITIZE_SET,
    ALWAYS_FORWARD_ONLY
  }

  void apply(Headers headers, @Nullable Security security) {
    if (mode == Mode.ALWAYS_FORWARD_ONLY) {
      return;
    }
    List<X509Certificate> peer = security == null ? List.of() : security.peerCertificates();
    if (mode == Mode.SANITIZE || security == null || peer.isEmpty()) {
      headers.remove(HeaderName.X_FORWARDED_CLIENT_CERT);
      return;
    }
    switch (mode) {
      case APPEND_FORWARD -> {
        List<String> before = headers.all(HeaderName.X_FORWARDED_CLIENT_CERT);
        String element = element(security.localCertificate(), peer);
        headers.set(
            HeaderName.X_FORWARDED_CLIENT_CERT,
            before.isEmpty() ? element : String.join(",", before) + "," + element);
      }
      case SANITIZE_SET ->
          headers.set(
              HeaderName.X_FORWARDED_CLIENT_CERT, element(security.localCertificate(), peer));
      case SANITIZE, FORWARD_ONLY, ALWAYS_FORWARD_ONLY -> {}
    }
  }

  private String element(@Nullable X509Certificate own, List<X509Certificate> peer) {
    X509Certificate leaf = peer.getFirst();
    List<String> parts = new ArrayList<>();
    if (own != null) {
      for (String name : CertificateNames.alternative(own, Kind.URI)) {
        parts.add("By=" + value(name));
      }
    }
    parts.add("Hash=" + CertificateNames.fingerprint(leaf, "SHA-256"));
    if (cert) {
      parts.add("Cert=" + quoted(CertificateNames.encodedPem(leaf)));
    }
    if (chain) {
      var all = new StringBuilder();
      peer.forEach(each -> all.append(CertificateNames.encodedPem(each)));
      parts.add("Chain=" + quoted(all.toString()));
    }
    if (subject) {
      parts.add("Subject=" + quoted(CertificateNames.subject(leaf)));
    }
    if (uri) {
      List<String> names = CertificateNames.alternative(leaf, Kind.URI);
      if (names.isEmpty()) {
        parts.add("URI="); // the key is there, as with Envoy
      }
      names.forEach(name -> parts.add("URI=" + value(name)));
    }
    if (dns) {
      CertificateNames.alternative(leaf, Kind.DNS).forEach(name -> parts.add("DNS=" + value(name)));
    }
    return String.join(";", parts);
  }

  /** A name from a certificate must not end its field or forge another. */
  private static String value(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (",;=\"\\".indexOf(name.charAt(i)) >= 0) {
        return quoted(name);
      }
    }
    return printable(name);
  }

  private static String quoted(String text) {
    return '"' + printable(text).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Without what may not stand in a header. */
  private static String printable(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c < ' ' || c > '~' ? '?' : c);
    }
    return out.toString();
  }
}
