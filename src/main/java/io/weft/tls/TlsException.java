package io.weft.tls;

import java.io.IOException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS with a peer has failed. The message is Envoy's transport failure reason. */
public final class TlsException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final String VERIFY =
      "268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED";

  private final transient @Nullable VerifyFailure verifyFailure;

  private TlsException(String message, @Nullable VerifyFailure verifyFailure) {
    super(message);
    this.verifyFailure = verifyFailure;
  }

  static TlsException of(String reason) {
    return new TlsException("TLS_error:|" + reason + ":TLS_error_end", null);
  }

  static TlsException of(VerifyFailure failure) {
    return new TlsException(
        "TLS_error:|" + VERIFY + ":" + failure.getMessage() + ":TLS_error_end", failure);
  }

  static TlsException of(SSLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof VerifyFailure failure) {
        return of(failure);
      }
    }
    return of(reason(String.valueOf(e.getMessage())));
  }

  /** BoringSSL's {@code error:1000007d:SSL routines:...} with its number as Envoy writes it. */
  private static String reason(String message) {
    int error = message.indexOf("error:");
    int colon = error < 0 ? -1 : message.indexOf(':', error + 6);
    if (colon < 0) {
      return message;
    }
    try {
      return Long.parseLong(message.substring(error + 6, colon), 16) + message.substring(colon);
    } catch (NumberFormatException e) {
      return message;
    }
  }

  /** Why the peer's certificate was refused, null if it was not. */
  @Nullable VerifyFailure verifyFailure() {
    return verifyFailure;
  }

  /** Whether the peer showed no certificate where one is required. */
  boolean isNoCertificate() {
    String text = String.valueOf(getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("peer_did_not_return_a_certificate")
        || text.contains("empty client certificate chain");
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
