package io.weft.codec;

import java.io.IOException;

/**
 * A body cannot be read to its end: the peer that sends it is gone, silent, or broke its framing.
 * Kept apart from failures of whoever the body is written to. No stack trace.
 */
public final class BodyBrokenException extends IOException {
  private static final long serialVersionUID = 1L;
  private final boolean ofRequest;
  private final IOException reason;

  public BodyBrokenException(boolean ofRequest, IOException reason) {
    super((ofRequest ? "request body: " : "response body: ") + reason.getMessage(), reason);
    this.ofRequest = ofRequest;
    this.reason = reason;
  }

  /** Whether it is the body of a request, sent by the client, and not of a response. */
  public boolean ofRequest() {
    return ofRequest;
  }

  /** What went wrong. */
  public IOException reason() {
    return reason;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
