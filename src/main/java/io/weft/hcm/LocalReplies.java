package io.weft.hcm;

import io.weft.codec.BodyBrokenException;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.format.ResponseFlag;
import io.weft.http.BodyTooLargeException;
import io.weft.http.Response;
import io.weft.logging.LimitedLog;
import io.weft.net.NetTimeoutException;
import io.weft.stream.Detail;
import io.weft.stream.DownstreamException;
import io.weft.stream.FilterException;
import io.weft.stream.StreamDurationException;
import io.weft.stream.StreamIdleException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that turns what escaped from a filter chain into an answer, and the only one that
 * logs a stack trace of a stream.
 */
final class LocalReplies {
  private static final Logger log = LoggerFactory.getLogger(LocalReplies.class);
  private static final LimitedLog LIMITED = LimitedLog.of(log);

  private final HcmStats stats;
  private final boolean keepsConnections;

  /** Replies; {@code keepsConnections} behind a request that breaks the rules, where it can. */
  LocalReplies(HcmStats stats, boolean keepsConnections) {
    this.stats = stats;
    this.keepsConnections = keepsConnections;
  }

  /** An answer to a request that breaks the rules of HTTP. */
  Response protocolError(StreamInfo info, ProtocolException cause) {
    String body = cause.status() == 408 ? cause.getMessage() : "";
    return info.localReply(cause.status(), cause.detail(), body == null ? "" : body);
  }

  /** An answer to a failure in the chain, before a response has begun. */
  Response failure(StreamInfo info, ServerStream codec, Exception failure) {
    return switch (failure) {
      case ProtocolException e -> {
        if (!keepsConnections || !codec.requestComplete()) {
          codec.closeAfterResponse();
        }
        info.flag(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
        yield protocolError(info, e);
      }
      case UpstreamException e -> info.localReply(503, "upstream_failure", "");
      case BodyTooLargeException e -> {
        codec.closeAfterResponse();
        stats.rqTooLarge.inc();
        yield info.localReply(413, Detail.REQUEST_PAYLOAD_TOO_LARGE, "Payload Too Large");
      }
      case BodyBrokenException e when e.ofRequest() -> brokenRequest(info, codec, e.reason());
      case DownstreamException e -> {
        codec.closeAfterResponse();
        yield info.localReply(400, "downstream_failure", "");
      }
      case StreamIdleException e -> {
        codec.closeAfterResponse();
        stats.rqIdleTimeout.inc();
        int status = e.requestComplete() ? 504 : 408;
        yield info.localReply(status, Detail.STREAM_IDLE_TIMEOUT, "stream timeout");
      }
      case StreamDurationException e -> tooLong(info, codec);
      case FilterException e -> {
        if (!codec.isCanceled()) {
          stats.filterErrors.inc();
          LIMITED.error("filter {} failed", e.filter(), e);
        }
        yield info.localReply(500, Detail.FILTER_ERROR);
      }
      default -> {
        logBug(info, failure);
        yield info.localReply(500, Detail.INTERNAL_ERROR);
      }
    };
  }

  private Response tooLong(StreamInfo info, ServerStream codec) {
    boolean complete = codec.requestComplete();
    codec.closeAfterResponse();
    stats.rqMaxDurationReached.inc();
    return info.localReply(
        complete ? 504 : 408, Detail.MAX_DURATION_TIMEOUT, "downstream duration timeout");
  }

  /** The body of a response broke before the first byte of it was passed on. */
  Response brokenResponse(StreamInfo info, ServerStream codec, BodyBrokenException broken) {
    codec.closeAfterResponse();
    UpstreamEnd end = UpstreamEnd.of(broken.reason());
    info.flag(end.flag());
    return info.localReply(
        end.status(),
        "upstream_reset_before_response_started{" + end.detail() + "}",
        "upstream connect error or disconnect/reset before headers. reset reason: " + end.text());
  }

  /** The body of the request did not come, or not as announced, while a filter waited for it. */
  private Response brokenRequest(StreamInfo info, ServerStream codec, IOException reason) {
    codec.closeAfterResponse();
    if (reason instanceof ProtocolException e) {
      info.flag(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
      return protocolError(info, e);
    }
    if (reason instanceof NetTimeoutException) {
      if (codec.timeouts().isEnded(io.weft.carrier.Carrier.current().nowNanos())) {
        return tooLong(info, codec);
      }
      if (codec.timeouts().isDeadlineOver(io.weft.carrier.Carrier.current().nowNanos())) {
        stats.rqTimeout.inc();
        return info.localReply(408, Detail.REQUEST_OVERALL_TIMEOUT, "request timeout");
      }
      stats.rqIdleTimeout.inc();
      return info.localReply(408, Detail.STREAM_IDLE_TIMEOUT, "stream timeout");
    }
    info.flag(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
    stats.rqRxReset.inc();
    return info.localReply(400, "downstream_remote_disconnect", "");
  }

  /** A failure nobody foresaw: told once in a while with its stack. */
  void logBug(StreamInfo info, Exception failure) {
    LIMITED.error(
        "a stream of connection {} from {} failed",
        info.connectionId(),
        String.valueOf(info.downstreamDirectRemoteAddress()),
        failure);
  }
}
