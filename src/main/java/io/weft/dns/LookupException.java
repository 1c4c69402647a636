package io.weft.dns;

import java.io.IOException;

/** A name has no address that can be told. No stack trace: it is nobody's mistake here. */
public final class LookupException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why there is no address. */
  public enum Reason {
    /** The name does not exist (NXDOMAIN). */
    NOT_FOUND,
    /** The name exists and has no address of the wanted family. */
    NO_DATA,
    /** No server answered in time. */
    TIMEOUT,
    /** A server answered that it could not tell, or what came was no answer. */
    FAILURE
  }

  private final Reason reason;

  LookupException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why there is no address. */
  public Reason reason() {
    return reason;
  }

  /** Whether a server has said that there is none, and did not fail. */
  public boolean isEmpty() {
    return reason == Reason.NOT_FOUND || reason == Reason.NO_DATA;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
