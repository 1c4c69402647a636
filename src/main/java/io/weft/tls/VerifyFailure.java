package io.weft.tls;

import java.security.cert.CertificateException;

/** Why a peer's certificate was refused. It tells of a peer, so it has no stack trace. */
final class VerifyFailure extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** By which statistic it is counted. */
  enum Kind {
    CHAIN,
    NAME,
    PIN
  }

  VerifyFailure(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
