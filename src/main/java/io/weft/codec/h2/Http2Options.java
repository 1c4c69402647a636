package io.weft.codec.h2;

import io.weft.codec.Timeouts;

/**
 * What both sides of HTTP/2 can be told, {@code envoy.config.core.v3.Http2ProtocolOptions}.
 *
 * @param tableBytes how large the peer may make the table of its encoder
 * @param maxConcurrentStreams streams the peer may have open, or this side opens, at a time
 * @param streamWindow bytes the peer may send on a stream before they are consumed
 * @param connectionWindow bytes the peer may send on all streams before they are received
 * @param allowConnect whether extended CONNECT (RFC 8441) is offered
 * @param maxOutboundFrames frames that may wait to be written
 * @param maxOutboundControlFrames those of them that answer the peer: PING, SETTINGS, RST_STREAM
 * @param maxEmptyFrames frames without content the peer may send one after the other
 * @param maxPriorityFrames PRIORITY frames the peer may send for each stream it has opened
 * @param maxWindowUpdates WINDOW_UPDATE frames the peer may send for each DATA frame it was sent
 * @param pingNanos how often the peer is asked whether it is there, {@link Timeouts#NONE} for never
 * @param pingTimeoutNanos how long it may take to answer
 * @param pingJitter percent of the interval by which it is lengthened at random
 */
public record Http2Options(
    long tableBytes,
    long maxConcurrentStreams,
    int streamWindow,
    int connectionWindow,
    boolean allowConnect,
    int maxOutboundFrames,
    int maxOutboundControlFrames,
    int maxEmptyFrames,
    int maxPriorityFrames,
    int maxWindowUpdates,
    long pingNanos,
    long pingTimeoutNanos,
    double pingJitter) {
  /** Envoy's defaults. */
  public static final Http2Options DEFAULT =
      new Http2Options(
          4096,
          1024,
          16 * 1024 * 1024,
          24 * 1024 * 1024,
          false,
          10_000,
          1_000,
          1,
          100,
          10,
          Timeouts.NONE,
          Timeouts.NONE,
          15);

  /** The window of a connection and of a stream before anything is said (RFC 9113 6.9.2). */
  static final int DEFAULT_WINDOW = 65_535;

  public Http2Options {
    if (streamWindow < DEFAULT_WINDOW || connectionWindow < DEFAULT_WINDOW) {
      throw new IllegalArgumentException(
          "windows: " + streamWindow + ", " + connectionWindow + " (expected: at least 65535)");
    }
  }
}
