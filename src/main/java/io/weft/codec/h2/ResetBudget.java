package io.weft.codec.h2;

/**
 * How many streams of a connection ended before their time, of late. A client that opens streams
 * only to have them reset, by itself or by provoking the server, makes work for nothing
 * (CVE-2023-44487, CVE-2025-8671). Confined to its connection.
 */
final class ResetBudget {
  /** A stream that lives longer, or is answered, counts as used. */
  static final long YOUNG_NANOS = 1_000_000_000L;

  private static final int MAX = 100;

  /** What happened longer ago than this counts half. */
  private static final long MEMORY_NANOS = 30_000_000_000L;

  private long since;
  private int ended;
  private int premature;

  ResetBudget(long now) {
    since = now;
  }

  /** A stream has ended well. */
  void used() {
    ended++;
  }

  /** A stream was reset soon after it began; true if there were too many of them. */
  boolean wasted(long now) {
    if (now - since > MEMORY_NANOS) {
      since = now;
      ended >>= 1;
      premature >>= 1;
    }
    ended++;
    premature++;
    return premature >= MAX && premature > ended / 2;
  }
}
