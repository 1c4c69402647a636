package io.weft.format;

import java.util.Objects;

/**
 * A format that cannot be compiled: the message names the operator, the place in it and the cause.
 */
public final class FormatException extends Exception {
  private static final long serialVersionUID = 1;

  FormatException(String message) {
    super(message);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
