package io.weft.accesslog;

import java.time.Duration;

/**
 * When log lines are written.
 *
 * @param flushInterval how long a line for a file waits for others at most
 * @param flushBytes how many bytes a carrier gathers before it hands them over
 * @param maxQueuedBytes how many bytes may wait for the writer of one file; what comes on top is
 *     dropped and counted
 */
public record LogFilesConfig(Duration flushInterval, int flushBytes, long maxQueuedBytes) {
  /** Envoy's defaults of its flags: 10 s, 64 KiB; at most 16 MiB wait. */
  public static final LogFilesConfig DEFAULT =
      new LogFilesConfig(Duration.ofSeconds(10), 64 * 1024, 16L << 20);

  public LogFilesConfig {
    if (flushInterval.isNegative() || flushBytes <= 0 || maxQueuedBytes < flushBytes) {
      throw new IllegalArgumentException(
          "flushInterval: "
              + flushInterval
              + ", flushBytes: "
              + flushBytes
              + ", maxQueuedBytes: "
              + maxQueuedBytes
              + " (expected: not negative, positive, not below flushBytes)");
    }
  }
}
