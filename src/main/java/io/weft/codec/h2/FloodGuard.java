package io.weft.codec.h2;

/**
 * Counts frames that cost this side work and the peer nothing (security bar H10). Confined to its
 * connection.
 */
final class FloodGuard {
  /** Frames without use a peer may send at once, and each second. */
  private static final long BURST = 10_000;

  private static final long A_SECOND = 1_000;

  private final Http2Options options;
  private final Http2Stats stats;
  private long tokens = BURST;
  private long refilled;
  private int empty;
  private long priorities;
  private long windowUpdates;

  FloodGuard(Http2Options options, Http2Stats stats, long now) {
    this.options = options;
    this.stats = stats;
    refilled = now;
  }

  /** PING, SETTINGS, an unknown frame. */
  void onUseless(long now) throws ConnectionError {
    if (--tokens < 0) {
      long fresh = (now - refilled) / 1_000_000 * A_SECOND / 1000;
      refilled = now;
      tokens = Math.min(BURST, fresh) - 1;
      if (tokens < 0) {
        throw flood("frames without use");
      }
    }
  }

  /** A frame of the body or of a header block, with the bytes in it. */
  void onContent(int bytes, boolean last) throws ConnectionError {
    if (bytes > 0 || last) {
      empty = 0;
    } else if (++empty > options.maxEmptyFrames()) {
      stats.emptyFramesFlood.inc();
      throw flood("frames without content");
    }
  }

  void onPriority(long streams, long now) throws ConnectionError {
    if (++priorities > options.maxPriorityFrames() * (1 + streams)) {
      stats.priorityFramesFlood.inc();
      throw flood("PRIORITY frames");
    }
    onUseless(now);
  }

  void onWindowUpdate(long streams, long dataFramesSent) throws ConnectionError {
    if (++windowUpdates > 5 + 2 * (streams + options.maxWindowUpdates() * dataFramesSent)) {
      stats.windowUpdateFramesFlood.inc();
      throw flood("WINDOW_UPDATE frames");
    }
  }

  private static ConnectionError flood(String what) {
    return new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many " + what);
  }
}
