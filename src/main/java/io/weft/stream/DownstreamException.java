package io.weft.stream;

import java.io.IOException;

/**
 * The client is at fault or gone: its request cannot be read on, or nobody is left to answer. No
 * stack trace, as it tells of a peer.
 */
public final class DownstreamException extends IOException {
  private static final long serialVersionUID = 1L;

  public DownstreamException(String message) {
    super(message);
  }

  public DownstreamException(IOException cause) {
    super(cause.getMessage(), cause);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
