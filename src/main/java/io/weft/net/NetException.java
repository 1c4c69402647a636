package io.weft.net;

import java.io.IOException;

/**
 * A connection failed in a way that is to be expected of networks. Carries no stack trace: the
 * message says what failed, and it is thrown often.
 */
public abstract sealed class NetException extends IOException
    permits CanceledException,
        ChannelClosedException,
        ConnectFailedException,
        NetTimeoutException,
        ResetException {
  private static final long serialVersionUID = 1;

  NetException(String message) {
    super(message);
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // nothing is written
  public Throwable fillInStackTrace() {
    return this;
  }
}
