package io.weft.accesslog;

import io.weft.format.Facts;

/** Is told of every stream or connection at its end. Shared by all carriers; never blocks. */
@FunctionalInterface
public interface AccessLog {
  /** Logs what is known; what is needed later is rendered before this returns. */
  void log(Facts facts);
}
