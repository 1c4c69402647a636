package io.weft.codec.h2;

import java.io.IOException;

/** The peer broke a rule that ends the connection (RFC 9113 5.4.1). No stack trace. */
final class ConnectionError extends IOException {
  private static final long serialVersionUID = 1L;
  private final int code;

  ConnectionError(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The code of the GOAWAY frame. */
  int code() {
    return code;
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // nothing is written
  public Throwable fillInStackTrace() {
    return this;
  }
}
