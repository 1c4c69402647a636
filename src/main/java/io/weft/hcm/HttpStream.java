package io.weft.hcm;

import io.weft.accesslog.AccessLog;
import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.Timeouts;
import io.weft.filter.HttpFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.format.ResponseFlag;
import io.weft.http.BodyTooLargeException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.NetTimeoutException;
import io.weft.net.ResetException;
import io.weft.net.Security;
import io.weft.route.PathNormalizer;
import io.weft.route.Route;
import io.weft.route.RouteTable;
import io.weft.stream.Detail;
import io.weft.stream.DownstreamException;
import io.weft.stream.FilterException;
import io.weft.stream.InternalRedirect;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One stream from its request to its last byte, on the stream's own thread: clean, route, filter,
 * answer, log. Read {@link #serve} from top to bottom.
 */
final class HttpStream {
  private final HttpConnectionManager manager;
  private final RequestHeaders.@Nullable Peer peer;
  private final ServerStream codec;
  private final StreamInfo info;

  /** Whether what the stream asks its connection to become is allowed. */
  private boolean upgraded;

  HttpStream(
      HttpConnectionManager manager,
      DownstreamConnection connection,
      RequestHeaders.@Nullable Peer peer,
      ServerStream codec) {
    this.manager = manager;
    this.peer = peer;
    this.codec = codec;
    Carrier carrier = Carrier.current();
    info = new StreamInfo(connection, carrier.nowNanos(), carrier.nowMillis());
    info.exchange(codec);
    info.runtime(manager.config.runtime());
    info.replies(manager.config.replies());
    info.rerouting(manager.rerouting);
  }

  /** Serves the stream; returns when its response is out, or it was reset. */
  void serve() throws IOException {
    HcmStats stats = manager.stats;
    stats.rqTotal.inc();
    boolean http2 = codec.request().protocol() == Protocol.HTTP_2;
    (http2 ? stats.rqHttp2Total : stats.rqHttp1Total).inc();
    stats.rqActive.inc();
    limit();
    Response response = null;
    try {
      response = answer(codec.request());
      if (response == null) {
        var gone = new DownstreamException("the client is gone");
        clientGone(gone);
        throw gone;
      }
      send(response);
      response = null;
    } finally {
      if (response != null) {
        // It could not be sent; what feeds it must not wait for ever.
        response.body().close();
      }
      end();
      stats.rqActive.dec();
      if (upgraded) {
        stats.cxUpgradesActive.dec();
      }
    }
  }

  /** Answers bytes that are no request. */
  void refuse(ProtocolException cause) throws IOException {
    manager.stats.rqTotal.inc();
    manager.stats.rqActive.inc();
    try {
      if (cause.detail().equals("request_header_timeout")) {
        manager.stats.rqHeaderTimeout.inc();
      } else {
        info.flag(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
      }
      info.request(codec.request());
      send(manager.replies.protocolError(info, cause));
    } finally {
      end();
      manager.stats.rqActive.dec();
    }
  }

  private void limit() {
    Timeouts limits = codec.timeouts();
    HcmConfig config = manager.config;
    if (config.streamIdleNanos() > 0) {
      limits.idleNanos(config.streamIdleNanos());
    }
    if (config.maxStreamNanos() > 0) {
      limits.endNanos(info.startNanos() + config.maxStreamNanos());
    }
    if (config.requestNanos() > 0 && !codec.requestComplete()) {
      limits.deadlineNanos(info.startNanos() + config.requestNanos());
    }
  }

  /** The response, null if there is nobody left to get one. */
  private @Nullable Response answer(Request received) {
    Request request = received;
    try {
      info.request(request);
      manager.requests.clean(request);
      Security security = info.downstreamSecurity();
      manager.config.headers().clientCert().apply(request.headers(), security);
      if (security != null && isMisdirected(security.serverName(), request.authority())) {
        return info.localReply(421, "misdirected_request", "");
      }
      PathNormalizer paths = manager.config.headers().paths();
      String upgrade = request.upgrade();
      if (!paths.isNormal(request.path()) && !request.path().isEmpty()) {
        switch (paths.normalize(request.path())) {
          case PathNormalizer.Result.Path normal -> {
            request = request.withPath(normal.path());
            info.request(request);
          }
          case PathNormalizer.Result.Redirect redirect -> {
            return redirect(redirect.path());
          }
          case PathNormalizer.Result.Refused refused -> {
            manager.stats.rqFailedPathNormalization.inc();
            return info.localReply(400, Detail.PATH_NORMALIZATION_FAILED);
          }
        }
      }
      HostForm host = manager.config.headers().host();
      if (host != null) {
        request = host.apply(request, info.downstreamLocalAddress());
      }
      request = manager.requests.withScheme(request);
      info.request(request);
      String client = manager.requests.complete(request, peer);
      if (client != null) {
        info.remoteAddress(client + ":0");
      }
      RouteTable table = manager.config.routes().get();
      if (!request.headers().contains(HeaderName.X_ENVOY_INTERNAL)) {
        for (HeaderName internal : table.options().internalOnly()) {
          request.headers().remove(internal);
        }
      }
      Route route = table.match(request, info);
      info.route(route);
      RequestRerouting.limitDuration(route, request, info);
      return upgrade == null ? proceed(request) : upgrade(request, upgrade);
    } catch (IOException | RuntimeException e) {
      return isGone(e) ? null : manager.replies.failure(info, codec, e);
    }
  }

  /** What the filters answer; once more from the outermost for each redirect that is followed. */
  private Response proceed(Request received) throws IOException {
    Request request = received;
    while (true) {
      try {
        return manager.chain.proceed(request, info);
      } catch (InternalRedirect to) {
        logRedirect();
        request = to.request();
        info.redirected(to);
        codec.timeouts().idleNanos(Timeouts.NONE);
        limit();
        RequestRerouting.limitDuration(to.route(), request, info);
      }
    }
  }

  /** A line for the answer that is followed, as in Envoy: each request of the two has its own. */
  private void logRedirect() {
    info.downstream(codec.requestEndNanos(), -1, -1, codec.bodyBytesReceived(), 0);
    info.leave(Carrier.current().nowNanos());
    for (AccessLog log : manager.config.accessLogs()) {
      log.log(info);
    }
  }

  /** Whether it failed because the client has reset the stream or its connection. */
  private boolean isGone(Exception failure) {
    return switch (failure) {
      case DownstreamException _, FilterException _ -> codec.isCanceled();
      case BodyBrokenException e when e.ofRequest() ->
          codec.isCanceled() || e.reason() instanceof ResetException;
      default -> false;
    };
  }

  /** RFC 9110 7.4: a request for a host that this connection was not made for. */
  private boolean isMisdirected(String serverName, String authority) {
    if (!manager.config.headers().misdirectedRefused() || serverName.isEmpty()) {
      return false;
    }
    int length = serverName.length();
    if (!authority.regionMatches(true, 0, serverName, 0, length)) {
      return true;
    }
    int at = length < authority.length() && authority.charAt(length) == '.' ? length + 1 : length;
    return at < authority.length() && authority.charAt(at) != ':';
  }

  private Response redirect(String path) {
    manager.stats.rqRedirectedWithNormalizedPath.inc();
    Response response = info.localReply(307, "path_normalized_redirect", "");
    response.headers().add(HeaderName.LOCATION, path);
    return response;
  }

  /** A request for a tunnel: refused where it is not allowed, as Envoy does. */
  private Response upgrade(Request request, String type) throws IOException {
    HttpFilter.Next chain = manager.upgrades.chain(type, info.route());
    if (chain == null) {
      codec.closeAfterResponse();
      manager.stats.rqWsOnNonWsRoute.inc();
      return info.localReply(403, Detail.UPGRADE_FAILED);
    }
    Headers headers = request.headers();
    String length = headers.first(HeaderName.CONTENT_LENGTH);
    if (headers.contains(HeaderName.TRANSFER_ENCODING) || length != null && !length.equals("0")) {
      throw new ProtocolException(
          400, "http1.body_disallowed", "an upgrade to " + type + " with a body (expected: none)");
    }
    upgraded = true;
    manager.stats.cxUpgradesTotal.inc();
    manager.stats.cxUpgradesActive.inc();
    return chain.proceed(request, info);
  }

  private void send(Response response) throws IOException {
    manager.responses.complete(response, info.requestOrThrow());
    info.response(response.status(), response.headers());
    if (manager.drain.closesConnection(info.startNanos())) {
      manager.stats.cxDrainClose.inc();
      codec.drainConnection();
    }
    Timeouts limits = codec.timeouts();
    limits.deadlineNanos(Timeouts.NONE);
    boolean sent = false;
    try {
      if (!codec.requestComplete()) {
        manager.stats.rqResponseBeforeComplete.inc();
      }
      codec.send(response);
      info.awaitRest();
      info.trailers(response.body().trailers());
      sent = true;
    } catch (BodyBrokenException e) {
      if (!codec.responseStarted()) {
        send(manager.replies.brokenResponse(info, codec, e));
        return;
      }
      boolean tooLong = codec.timeouts().isEnded(Carrier.current().nowNanos());
      if (codec.isCanceled() || tooLong || upgraded && (e.ofRequest() || isIdle(e))) {
        clientGone(e.reason());
        codec.reset();
        return;
      }
      // The head is out: only a reset can still tell the client (RFC 9112 8).
      UpstreamEnd end = UpstreamEnd.of(e.reason());
      info.cutDetails("upstream_reset_after_response_started{" + end.detail() + "}");
      info.flag(end.flag());
      codec.reset();
      manager.stats.rqTxReset.inc();
    } catch (RuntimeException e) {
      info.cutDetails("response_body_failed");
      codec.reset();
      manager.stats.rqTxReset.inc();
      manager.replies.logBug(info, e);
    } catch (BodyTooLargeException e) {
      // Of a filter, which holds a body to a limit while it flows.
      info.cutDetails(Detail.RESPONSE_PAYLOAD_TOO_LARGE.text());
      manager.stats.rsTooLarge.inc();
      codec.reset();
      manager.stats.rqTxReset.inc();
    } catch (IOException e) {
      clientGone(e);
      throw e;
    } finally {
      if (sent) {
        manager.stats.response(response.status());
      }
    }
  }

  private static boolean isIdle(BodyBrokenException e) {
    return e.reason() instanceof NetTimeoutException;
  }

  private void clientGone(IOException e) {
    if (e instanceof NetTimeoutException
        && codec.timeouts().isEnded(Carrier.current().nowNanos())) {
      info.flag(ResponseFlag.DURATION_TIMEOUT);
      info.cutDetails(Detail.MAX_DURATION_TIMEOUT.text());
      manager.stats.rqMaxDurationReached.inc();
      codec.reset();
    } else if (e instanceof NetTimeoutException) {
      info.flag(ResponseFlag.STREAM_IDLE_TIMEOUT);
      info.cutDetails(Detail.STREAM_IDLE_TIMEOUT.text());
      manager.stats.rqIdleTimeout.inc();
      codec.reset();
    } else {
      String detail = codec.isCanceled() ? codec.cancelDetail() : ServerStream.REMOTE_DISCONNECT;
      info.flag(
          detail.equals(ServerStream.MESSAGING_RULE)
              ? ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR
              : ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
      info.cutDetails(detail);
      manager.stats.rqRxReset.inc();
    }
  }

  private void end() {
    long now = Carrier.current().nowNanos();
    info.downstream(
        codec.requestEndNanos(),
        codec.firstByteSentNanos(),
        now,
        codec.bodyBytesReceived(),
        codec.bodyBytesSent());
    try {
      info.end(now);
    } catch (RuntimeException e) {
      manager.replies.logBug(info, e);
    }
    manager.stats.rqTime.record((now - info.startNanos()) / 1_000_000);
    for (AccessLog log : manager.config.accessLogs()) {
      log.log(info);
    }
    Headers sent = info.responseHeaders();
    if (sent != null) {
      sent.release();
    }
  }
}
