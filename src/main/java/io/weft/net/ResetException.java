package io.weft.net;

/** The peer has reset the connection, or has gone while bytes were on their way to it. */
public final class ResetException extends NetException {
  private static final long serialVersionUID = 1;

  private final long channelId;

  public ResetException(Channel channel, String message) {
    super(message);
    this.channelId = channel.id();
  }

  /** Whether it was this channel's connection. */
  public boolean isOf(Channel channel) {
    return channel.id() == channelId;
  }
}
