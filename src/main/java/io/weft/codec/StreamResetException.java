package io.weft.codec;

import java.io.IOException;

/** One stream was ended before its time, while its connection lives on. No stack trace. */
public final class StreamResetException extends IOException {
  private static final long serialVersionUID = 1L;
  private final boolean remote;
  private final boolean unprocessed;

  /**
   * A reset.
   *
   * @param remote whether the peer has reset it, and not this side
   * @param unprocessed whether the peer says that it has not acted on the request at all
   */
  public StreamResetException(boolean remote, boolean unprocessed, String message) {
    super(message);
    this.remote = remote;
    this.unprocessed = unprocessed;
  }

  /** Whether the peer has reset it. */
  public boolean isRemote() {
    return remote;
  }

  /** Whether the request may be sent again whatever it is: nobody has seen it (RFC 9113 8.7). */
  public boolean isUnprocessed() {
    return unprocessed;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
