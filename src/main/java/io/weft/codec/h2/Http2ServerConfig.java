package io.weft.codec.h2;

import io.weft.codec.Timeouts;

/**
 * How a server speaks HTTP/2. Times are nanoseconds, {@link Timeouts#NONE} is no limit.
 *
 * @param options what both sides can be told
 * @param maxHeaders fields a request may have
 * @param maxHeaderBytes what they may take together, 32 bytes counted for each besides its own
 * @param maxTargetBytes how long a path may be; beyond it the answer is 414
 * @param sendContinue whether {@code 100 Continue} is sent from here when the body is first read
 * @param headersNanos from the first byte of a header block to its last
 * @param idleNanos how long a connection without a stream is kept
 * @param maxConnectionNanos how old a connection may become
 * @param maxRequests requests served on one connection; 0 for no limit
 * @param delayedCloseNanos how long a connection that ends may still be read
 * @param drainNanos between the announcement of the end and the end for new streams
 * @param flushNanos how long the peer may take nothing of what waits for it
 * @param slowNanos how long a client may take less than 1 KiB a second of data that waits for it
 * @param bufferBytes bytes of one stream that may be kept; its window is not larger
 */
public record Http2ServerConfig(
    Http2Options options,
    int maxHeaders,
    int maxHeaderBytes,
    int maxTargetBytes,
    boolean sendContinue,
    long headersNanos,
    long idleNanos,
    long maxConnectionNanos,
    long maxRequests,
    long delayedCloseNanos,
    long drainNanos,
    long flushNanos,
    long slowNanos,
    int bufferBytes) {
  /** Envoy's defaults. */
  public static final Http2ServerConfig DEFAULT =
      new Http2ServerConfig(
          Http2Options.DEFAULT,
          100,
          60 * 1024,
          8 * 1024,
          true,
          Timeouts.NONE,
          3_600_000_000_000L,
          Timeouts.NONE,
          0,
          1_000_000_000L,
          5_000_000_000L,
          300_000_000_000L,
          Timeouts.NONE,
          1024 * 1024);
}
