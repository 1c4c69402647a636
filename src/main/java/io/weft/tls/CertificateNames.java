package io.weft.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** What a certificate says of its owner, and its digests. */
public final class CertificateNames {
  private CertificateNames() {}

  /** The kinds of alternative names, with their numbers in RFC 5280 4.2.1.6. */
  public enum Kind {
    EMAIL(1),
    DNS(2),
    URI(6),
    IP_ADDRESS(7),
    OTHER_NAME(0);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /** The alternative names of a kind, in their order; none for a certificate that is malformed. */
  public static List<String> alternative(X509Certificate certificate, Kind kind) {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return found;
      }
      for (List<?> name : names) {
        if (name.get(0) instanceof Integer number
            && number == kind.number
            && name.get(1) instanceof String text) {
          found.add(text);
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    return found;
  }

  /** Whether a name of the certificate has a NUL in it (security bar P7). */
  static boolean hasNul(X509Certificate certificate) {
    for (Kind kind : Kind.values()) {
      for (String name : alternative(certificate, kind)) {
        if (name.indexOf('\0') >= 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** The host names: the DNS names, or the common name where there are none. */
  static List<String> hosts(X509Certificate certificate) {
    List<String> names = alternative(certificate, Kind.DNS);
    if (!names.isEmpty()) {
      return names;
    }
    String common = commonName(certificate);
    return common.isEmpty() ? List.of() : List.of(common);
  }

  /** The common name of an RFC 2253 subject; names that need escapes are not looked for. */
  private static String commonName(X509Certificate certificate) {
    String subject = subject(certificate);
    for (int at = 0; at < subject.length(); ) {
      int end = subject.indexOf(',', at);
      if (end < 0) {
        end = subject.length();
      }
      if (subject.startsWith("CN=", at)) {
        return subject.substring(at + 3, end);
      }
      at = end + 1;
    }
    return "";
  }

  /** Whether {@code pattern} is {@code *.rest} and the name has one label before the rest. */
  static boolean wildcard(String pattern, String name) {
    if (!pattern.startsWith("*.") || pattern.indexOf('.', 2) < 0) {
      return false;
    }
    int dot = name.indexOf('.');
    return dot > 0
        && name.length() - dot == pattern.length() - 1
        && name.regionMatches(true, dot, pattern, 1, pattern.length() - 1);
  }

  /** The subject as RFC 2253 writes it, as Envoy does: {@code CN=a,OU=b}. */
  public static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }

  /** The issuer, as {@link #subject}. */
  public static String issuer(X509Certificate certificate) {
    return certificate.getIssuerX500Principal().getName();
  }

  /** The serial number in lower case hexadecimal. */
  public static String serial(X509Certificate certificate) {
    return certificate.getSerialNumber().toString(16);
  }

  /** The digest of the certificate in lower case hexadecimal. */
  public static String fingerprint(X509Certificate certificate, String algorithm) {
    try {
      return HexFormat.of().formatHex(digest(algorithm, certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      return "";
    }
  }

  /** The certificate in PEM, percent-encoded, as Envoy forwards it. */
  public static String encodedPem(X509Certificate certificate) {
    try {
      String base64 =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
      String pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
      return pem.replace("+", "%2B")
          .replace("/", "%2F")
          .replace("=", "%3D")
          .replace(" ", "%20")
          .replace("\n", "%0A");
    } catch (CertificateEncodingException e) {
      return "";
    }
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
