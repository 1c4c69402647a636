package io.weft.codec.h2;

import io.weft.codec.Timeouts;
import io.weft.schema.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.config.core.v3.Http2ProtocolOptions}. */
public final class Http2OptionsReader {
  /** The largest table that a peer's encoder is offered; more gains nothing and takes memory. */
  private static final long MAX_TABLE = 65_536;

  private Http2OptionsReader() {}

  /** The options; Envoy's defaults for what is not given. */
  public static Http2Options read(@Nullable Message message) {
    var otherwise = Http2Options.DEFAULT;
    if (message == null) {
      return otherwise;
    }
    Message keepalive = message.message("connection_keepalive");
    Message jitter = keepalive == null ? null : keepalive.message("interval_jitter");
    return new Http2Options(
        Math.min(MAX_TABLE, message.integer("hpack_table_size", otherwise.tableBytes())),
        message.integer("max_concurrent_streams", otherwise.maxConcurrentStreams()),
        (int) message.integer("initial_stream_window_size", otherwise.streamWindow()),
        (int) message.integer("initial_connection_window_size", otherwise.connectionWindow()),
        message.bool("allow_connect"),
        clamped(message, "max_outbound_frames", otherwise.maxOutboundFrames()),
        clamped(message, "max_outbound_control_frames", otherwise.maxOutboundControlFrames()),
        clamped(
            message,
            "max_consecutive_inbound_frames_with_empty_payload",
            otherwise.maxEmptyFrames()),
        clamped(message, "max_inbound_priority_frames_per_stream", otherwise.maxPriorityFrames()),
        clamped(
            message,
            "max_inbound_window_update_frames_per_data_frame_sent",
            otherwise.maxWindowUpdates()),
        nanos(keepalive, "interval"),
        nanos(keepalive, "timeout"),
        jitter == null ? otherwise.pingJitter() : jitter.number("value", 0));
  }

  private static int clamped(Message message, String field, int ifAbsent) {
    return (int) Math.min(Integer.MAX_VALUE, message.integer(field, ifAbsent));
  }

  private static long nanos(@Nullable Message message, String field) {
    Duration duration = message == null ? null : message.duration(field);
    return duration == null || duration.isZero() ? Timeouts.NONE : duration.toNanos();
  }
}
