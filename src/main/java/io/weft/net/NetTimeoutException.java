package io.weft.net;

/** The deadline of a read, a write or a connect has passed. */
public final class NetTimeoutException extends NetException {
  private static final long serialVersionUID = 1;

  public NetTimeoutException(String message) {
    super(message);
  }
}
