package io.weft.format;

import io.weft.net.Security;
import io.weft.tls.CertificateNames;
import io.weft.tls.CertificateNames.Kind;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operators that tell of TLS: {@code DOWNSTREAM_TLS_*}, {@code DOWNSTREAM_PEER_*} and more. */
final class TlsOperators {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private TlsOperators() {}

  /** The operators of Envoy that take a format for a time. */
  static @Nullable Operator withArgument(OperatorCall call) throws FormatException {
    boolean start = call.name().endsWith("_PEER_CERT_V_START");
    if (!start && !call.name().endsWith("_PEER_CERT_V_END")) {
      return null;
    }
    Function<Facts, @Nullable Security> security = side(call.name());
    if (security == null) {
      return null;
    }
    call.bare();
    return Operators.text(facts -> {
      X509Certificate peer = peer(security.apply(facts));
      if (peer == null) {
        return null;
      }
      Instant time = (start ? peer.getNotBefore() : peer.getNotAfter()).toInstant();
      return TIME.format(time);
    });
  }

  private static @Nullable Function<Facts, @Nullable Security> side(String name) {
    if (name.startsWith("DOWNSTREAM_")) {
      return Facts::downstreamSecurity;
    }
    return name.startsWith("UPSTREAM_") ? Facts::upstreamSecurity : null;
  }

  /** An operator without an argument, null if the name is none of these. */
  static @Nullable Operator bare(String name) {
    Function<Facts, @Nullable Security> side = side(name);
    if (side == null) {
      return null;
    }
    Function<Security, @Nullable String> value = value(name.substring(name.indexOf('_') + 1));
    if (value == null) {
      return null;
    }
    return Operators.unicode(facts -> {
      Security security = side.apply(facts);
      return security == null ? null : value.apply(security);
    });
  }

  private static @Nullable Function<Security, @Nullable String> value(String name) {
    return switch (name) {
      case "TLS_VERSION" -> Security::version;
      case "TLS_CIPHER" -> Security::cipher;
      case "TLS_SESSION_ID" -> Security::sessionId;
      case "TLS_GROUP" -> Security::group;
      case "TLS_SESSION_REUSED" -> security -> security.resumed() ? "true" : "false";
      case "PEER_CERT_VALIDATED" -> security -> security.peerVerified() ? "true" : "false";
      case "PEER_SUBJECT" -> ofPeer(CertificateNames::subject);
      case "PEER_ISSUER" -> ofPeer(CertificateNames::issuer);
      case "PEER_SERIAL" -> ofPeer(CertificateNames::serial);
      case "PEER_FINGERPRINT_256" -> ofPeer(peer -> CertificateNames.fingerprint(peer, "SHA-256"));
      case "PEER_FINGERPRINT_1" -> ofPeer(peer -> CertificateNames.fingerprint(peer, "SHA-1"));
      case "PEER_CERT" -> ofPeer(CertificateNames::encodedPem);
      case "PEER_URI_SAN" -> ofPeer(peer -> names(peer, Kind.URI));
      case "PEER_DNS_SAN" -> ofPeer(peer -> names(peer, Kind.DNS));
      case "PEER_IP_SAN" -> ofPeer(peer -> names(peer, Kind.IP_ADDRESS));
      case "PEER_EMAIL_SAN" -> ofPeer(peer -> names(peer, Kind.EMAIL));
      case "LOCAL_SUBJECT" -> ofOwn(CertificateNames::subject);
      case "LOCAL_URI_SAN" -> ofOwn(own -> names(own, Kind.URI));
      case "LOCAL_DNS_SAN" -> ofOwn(own -> names(own, Kind.DNS));
      case "LOCAL_IP_SAN" -> ofOwn(own -> names(own, Kind.IP_ADDRESS));
      case "LOCAL_EMAIL_SAN" -> ofOwn(own -> names(own, Kind.EMAIL));
      default -> null;
    };
  }

  private static String names(X509Certificate of, Kind kind) {
    return String.join(",", CertificateNames.alternative(of, kind));
  }

  private static @Nullable X509Certificate peer(@Nullable Security security) {
    if (security == null) {
      return null;
    }
    List<X509Certificate> chain = security.peerCertificates();
    return chain.isEmpty() ? null : chain.getFirst();
  }

  private static Function<Security, @Nullable String> ofPeer(
      Function<X509Certificate, String> fact) {
    return security -> {
      X509Certificate peer = peer(security);
      return peer == null ? null : fact.apply(peer);
    };
  }

  private static Function<Security, @Nullable String> ofOwn(
      Function<X509Certificate, String> fact) {
    return security -> {
      X509Certificate own = security.localCertificate();
      return own == null ? null : fact.apply(own);
    };
  }
}
