package io.weft.net;

/** The peer has reset the connection, or has gone while bytes were on their way to it. */
public final class ResetException extends NetException {
  private static final long serialVersionUID = 1;

  public ResetException(String message) {
    super(message);
  }
}
