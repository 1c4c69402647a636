package io.weft.net;

/** The channel was closed on this side, perhaps while the thread waited on it. */
public final class ChannelClosedException extends NetException {
  private static final long serialVersionUID = 1;

  public ChannelClosedException(String message) {
    super(message);
  }
}
