package io.weft.http;

import java.io.IOException;

/** A body is longer than the limit of whoever reads it. Carries no stack trace. */
public final class BodyTooLargeException extends IOException {
  private static final long serialVersionUID = 1L;
  private final long maxBytes;

  public BodyTooLargeException(long maxBytes) {
    super("body longer than " + maxBytes + " bytes");
    this.maxBytes = maxBytes;
  }

  /** The limit that was exceeded. */
  public long maxBytes() {
    return maxBytes;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
