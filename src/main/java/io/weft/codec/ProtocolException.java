package io.weft.codec;

import java.io.IOException;

/**
 * The peer broke the rules of its protocol. Carries the status a server answers with, a detail in
 * snake_case for the access log, and no stack trace: it is the peer's mistake.
 */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int status;
  private final String detail;

  /**
   * A broken rule.
   *
   * @param detail what {@code %RESPONSE_CODE_DETAILS%} shows, e.g. {@code http1.codec_error}
   * @param message what was found and what was expected
   */
  public ProtocolException(int status, String detail, String message) {
    super(message);
    this.status = status;
    this.detail = detail;
  }

  /** The status of the answer to a request that breaks the rule. */
  public int status() {
    return status;
  }

  /** The detail for the access log. */
  public String detail() {
    return detail;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
