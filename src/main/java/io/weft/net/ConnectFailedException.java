package io.weft.net;

/** A connection could not be made; {@link #reason} is the system's text. */
public final class ConnectFailedException extends NetException {
  private static final long serialVersionUID = 1;

  private final String reason;

  public ConnectFailedException(String to, String reason) {
    super("connect to " + to + ": " + reason);
    this.reason = reason;
  }

  /** Such as {@code connection refused}. */
  public String reason() {
    return reason;
  }
}
