package io.weft.tls;

import com.google.re2j.Pattern;
import io.weft.schema.Values;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an alternative name of a certain kind has to be (Envoy: SubjectAltNameMatcher). A name with
 * a NUL never matches. Immutable.
 *
 * @param value what the text is compared with; for a regular expression its source
 * @param regex set for a regular expression, which has to match the whole name
 */
record SanMatch(
    CertificateNames.Kind kind,
    Form form,
    String value,
    boolean ignoreCase,
    @Nullable Pattern regex) {
  enum Form {
    EXACT,
    PREFIX,
    SUFFIX,
    CONTAINS,
    REGEX
  }

  static SanMatch exactly(CertificateNames.Kind kind, String value) {
    return new SanMatch(kind, Form.EXACT, value, false, null);
  }

  /** Whether one of the certificate's names is of the kind and matches. */
  boolean matches(X509Certificate certificate) {
    for (String name : CertificateNames.alternative(certificate, kind)) {
      if (name.indexOf('\0') < 0 && matches(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(String name) {
    if (form == Form.EXACT && kind == CertificateNames.Kind.DNS) {
      // the certificate may be for a wildcard
      return name.equalsIgnoreCase(value) || CertificateNames.wildcard(name, value);
    }
    if (form == Form.EXACT && kind == CertificateNames.Kind.IP_ADDRESS) {
      InetAddress address = Values.ipAddress(name);
      return address != null && address.equals(Values.ipAddress(value));
    }
    Pattern pattern = regex;
    if (pattern != null) {
      return pattern.matches(name);
    }
    String text = ignoreCase ? name.toLowerCase(Locale.ROOT) : name;
    String wanted = ignoreCase ? value.toLowerCase(Locale.ROOT) : value;
    return switch (form) {
      case EXACT -> text.equals(wanted);
      case PREFIX -> text.startsWith(wanted);
      case SUFFIX -> text.endsWith(wanted);
      case CONTAINS, REGEX -> text.contains(wanted);
    };
  }
}
