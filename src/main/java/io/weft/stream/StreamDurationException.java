package io.weft.stream;

import java.io.IOException;

/** A stream has lasted as long as one may. No stack trace: it is not a fault. */
public final class StreamDurationException extends IOException {
  private static final long serialVersionUID = 1L;

  public StreamDurationException() {
    super("downstream duration timeout");
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
