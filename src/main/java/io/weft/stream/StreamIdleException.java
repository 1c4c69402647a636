package io.weft.stream;

import java.io.IOException;

/** No byte moved on the stream for as long as it may be idle. No stack trace. */
public final class StreamIdleException extends IOException {
  private static final long serialVersionUID = 1L;
  private final boolean requestComplete;

  public StreamIdleException(boolean requestComplete) {
    super("stream timeout");
    this.requestComplete = requestComplete;
  }

  /** Whether the client had sent all of its request: it is not the one that is late. */
  public boolean requestComplete() {
    return requestComplete;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
