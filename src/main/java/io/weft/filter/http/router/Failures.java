package io.weft.filter.http.router;

import io.weft.cluster.Cluster;
import io.weft.format.ResponseFlag;
import io.weft.http.HeaderName;
import io.weft.http.Response;
import io.weft.stream.Detail;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;

/** What the client is told when no response came from upstream: Envoy's codes, bodies and flags. */
final class Failures {
  private static final String RESET = "upstream connect error or disconnect/reset before headers. ";

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};

  private Failures() {}

  /**
   * The answer.
   *
   * @param retried whether it was the last of several tries
   * @param noContent whether a request that takes too long is answered 204
   */
  static Response reply(
      StreamInfo stream,
      Cluster cluster,
      RequestStats counts,
      UpstreamException failure,
      boolean retried,
      boolean noContent) {
    // counted as what it is, whatever the client is to see of it
    int counted = status(failure, noContent);
    cluster.stats().onResponse(counted, isInternal(stream));
    counts.onResponse(counted);
    return switch (failure) {
      case UpstreamException.NoHealthyEndpoint e ->
          stream.localReply(503, Detail.NO_HEALTHY_UPSTREAM, "no healthy upstream");
      case UpstreamException.Overflow e -> {
        stream.flag(ResponseFlag.UPSTREAM_OVERFLOW);
        Response reply = reset(stream, 503, retried, "overflow", "");
        reply.headers().add(HeaderName.X_ENVOY_OVERLOADED, "true");
        yield reply;
      }
      case UpstreamException.ConnectFailure e -> {
        stream.flag(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
        yield reset(stream, 503, retried, e.kind().text(), e.transportReason());
      }
      case UpstreamException.StreamReset e -> {
        stream.flag(flag(e.kind()));
        int status = e.kind() == UpstreamException.StreamReset.Reset.PROTOCOL_ERROR ? 502 : 503;
        yield reset(stream, status, retried, e.kind().text(), "");
      }
      case UpstreamException.UpstreamTimeout e -> {
        var detail = e.isPerTry() ? Detail.UPSTREAM_PER_TRY_TIMEOUT : Detail.RESPONSE_TIMEOUT;
        yield noContent
            ? stream.localReply(204, detail)
            : stream.localReply(504, detail, "upstream request timeout");
      }
    };
  }

  private static int status(UpstreamException failure, boolean noContent) {
    return switch (failure) {
      case UpstreamException.NoHealthyEndpoint e -> 503;
      case UpstreamException.Overflow e -> 503;
      case UpstreamException.ConnectFailure e -> 503;
      case UpstreamException.StreamReset e ->
          e.kind() == UpstreamException.StreamReset.Reset.PROTOCOL_ERROR ? 502 : 503;
      case UpstreamException.UpstreamTimeout e -> noContent ? 204 : 504;
    };
  }

  /** The cluster is kept free of traffic. */
  static Response maintenance(StreamInfo stream, Cluster cluster) {
    cluster.stats().upstreamRqMaintenanceMode.inc();
    Response reply = stream.localReply(503, Detail.MAINTENANCE_MODE, "maintenance mode");
    reply.headers().add(HeaderName.X_ENVOY_OVERLOADED, "true");
    cluster.stats().onResponse(503, isInternal(stream));
    return reply;
  }

  private static boolean isInternal(StreamInfo stream) {
    return stream.requestOrThrow().headers().firstEquals(HeaderName.X_ENVOY_INTERNAL, TRUE);
  }

  private static ResponseFlag flag(UpstreamException.StreamReset.Reset reset) {
    return switch (reset) {
      case CONNECTION_TERMINATION -> ResponseFlag.UPSTREAM_CONNECTION_TERMINATION;
      case REMOTE_RESET, REMOTE_REFUSED -> ResponseFlag.UPSTREAM_REMOTE_RESET;
      case LOCAL_RESET -> ResponseFlag.LOCAL_RESET;
      case PROTOCOL_ERROR -> ResponseFlag.UPSTREAM_PROTOCOL_ERROR;
    };
  }

  private static Response reset(
      StreamInfo stream, int status, boolean retried, String reason, String transport) {
    String body =
        RESET + (retried ? "retried and the latest reset reason: " : "reset reason: ") + reason;
    String details = "upstream_reset_before_response_started{" + reason.replace(' ', '_');
    if (!transport.isEmpty()) {
      stream.transportFailure(transport);
      body += ", transport failure reason: " + transport;
      details += "|" + transport.replace(' ', '_');
    }
    return stream.localReply(status, details + "}", body);
  }
}
