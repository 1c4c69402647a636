package io.weft.codec.h2;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Scope;

/** The statistics of HTTP/2 by Envoy's names: {@code http2.} or {@code cluster.<name>.http2.}. */
public final class Http2Stats {
  final Counter rxReset;
  final Counter txReset;
  final Counter headerOverflow;
  final Counter trailers;
  final Counter goawaySent;
  final Counter outboundFlood;
  final Counter outboundControlFlood;
  final Counter emptyFramesFlood;
  final Counter priorityFramesFlood;
  final Counter windowUpdateFramesFlood;
  final Counter keepaliveTimeout;
  final Counter messagingError;
  final Counter flushTimeout;
  final Counter streamRefused;
  final Gauge streamsActive;
  final Gauge pendingSendBytes;

  /** Statistics under {@code scope}, which ends with {@code http2.}. */
  public Http2Stats(Scope scope) {
    rxReset = scope.counter("rx_reset");
    txReset = scope.counter("tx_reset");
    headerOverflow = scope.counter("header_overflow");
    trailers = scope.counter("trailers");
    goawaySent = scope.counter("goaway_sent");
    outboundFlood = scope.counter("outbound_flood");
    outboundControlFlood = scope.counter("outbound_control_flood");
    emptyFramesFlood = scope.counter("inbound_empty_frames_flood");
    priorityFramesFlood = scope.counter("inbound_priority_frames_flood");
    windowUpdateFramesFlood = scope.counter("inbound_window_update_frames_flood");
    keepaliveTimeout = scope.counter("keepalive_timeout");
    messagingError = scope.counter("rx_messaging_error");
    flushTimeout = scope.counter("tx_flush_timeout");
    streamRefused = scope.counter("stream_refused_errors");
    streamsActive = scope.gauge("streams_active");
    pendingSendBytes = scope.gauge("pending_send_bytes");
  }
}
