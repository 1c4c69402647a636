package io.weft.net;

/** The thread was interrupted while it waited; its interrupt flag is still set. */
public final class CanceledException extends NetException {
  private static final long serialVersionUID = 1;

  public CanceledException(String message) {
    super(message);
  }
}
