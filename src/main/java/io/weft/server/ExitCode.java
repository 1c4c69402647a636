package io.weft.server;

/** How the process ends; documented in {@code docs/operations.md}. */
final class ExitCode {
  /** Served, drained and ended; or a command that did its work. */
  static final int OK = 0;

  /** The configuration is not valid, or a listener could not be opened. */
  static final int REFUSED = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** Added to the number of the signal that ended the process at once: the second one. */
  static final int SIGNALED = 128;

  private ExitCode() {}
}
