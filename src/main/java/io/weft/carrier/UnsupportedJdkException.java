package io.weft.carrier;

/** This JDK, or the flags it was started with, cannot run Weft. The message is one clear line. */
public final class UnsupportedJdkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsupportedJdkException(String message, Throwable cause) {
    super(message, cause);
  }
}
