package io.weft.accesslog;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Stats;

/** What happened to log lines, over all files; Envoy's names and {@code dropped}. */
final class LogFileStats {
  /** Lines rendered into a carrier's buffer. */
  final Counter writeBuffered;

  /** Buffers written to a file. */
  final Counter writeCompleted;

  /** Buffers that a file did not take, or not whole. */
  final Counter writeFailed;

  /** Buffers handed over because a line had waited long enough. */
  final Counter flushedByTimer;

  /** Files that could not be opened again; they go on with the old descriptor. */
  final Counter reopenFailed;

  /** Lines lost: the writer was too far behind, or the file did not take them. */
  final Counter dropped;

  /** Bytes waiting for writers. */
  final Gauge writeTotalBuffered;

  LogFileStats(Stats stats) {
    var scope = stats.scope("access_log_file");
    writeBuffered = scope.counter("write_buffered");
    writeCompleted = scope.counter("write_completed");
    writeFailed = scope.counter("write_failed");
    flushedByTimer = scope.counter("flushed_by_timer");
    reopenFailed = scope.counter("reopen_failed");
    dropped = scope.counter("dropped");
    writeTotalBuffered = scope.gauge("write_total_buffered");
  }
}
