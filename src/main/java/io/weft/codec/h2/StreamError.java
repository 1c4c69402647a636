package io.weft.codec.h2;

import java.io.IOException;

/** The peer broke a rule that ends one stream (RFC 9113 5.4.2). No stack trace. */
final class StreamError extends IOException {
  private static final long serialVersionUID = 1L;
  private final int code;

  StreamError(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The code of the RST_STREAM frame. */
  int code() {
    return code;
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // nothing is written
  public Throwable fillInStackTrace() {
    return this;
  }
}
