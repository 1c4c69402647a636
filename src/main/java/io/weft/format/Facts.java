package io.weft.format;

import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.net.Security;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a stream or of a connection, as access logs, header formats and filters of
 * access logs read it. A fact that is not known, or not yet, is null, -1 or, for the response code
 * and the flags, 0; so is each one that an implementation leaves out.
 *
 * <p>Belongs to one stream and its thread. Points in time are on the scale of {@link
 * System#nanoTime}.
 */
public interface Facts {
  /** The request as it is now, after the filters that have run; null for a TCP connection. */
  default @Nullable Request request() {
    return null;
  }

  /** What a filter has set under a key for others (Envoy: filter state); null if none has. */
  default @Nullable Object filterState(String key) {
    return null;
  }

  /** The head of the final response. */
  default @Nullable Headers responseHeaders() {
    return null;
  }

  /** The trailers of the response, once its body has been read to its end. */
  default @Nullable Headers responseTrailers() {
    return null;
  }

  /** What the downstream speaks. */
  default @Nullable Protocol protocol() {
    return null;
  }

  /** The status sent downstream; 0 if there was none. */
  default int responseCode() {
    return 0;
  }

  /** Who set the response code and why: {@code via_upstream}, {@code route_not_found}. */
  default @Nullable String responseCodeDetails() {
    return null;
  }

  /** The set of {@link ResponseFlag} bits. */
  default long responseFlags() {
    return 0;
  }

  /** Why the connection was ended, where it was this side that ended it. */
  default @Nullable String connectionTerminationDetails() {
    return null;
  }

  /** Bytes of the request body, or received on a TCP connection. */
  default long bytesReceived() {
    return 0;
  }

  /** Bytes of the response body, or sent on a TCP connection. */
  default long bytesSent() {
    return 0;
  }

  /** Bytes received from the upstream for this stream, heads and framing included; -1 unknown. */
  default long upstreamWireBytesReceived() {
    return -1;
  }

  /** Bytes sent to the upstream for this stream, heads and framing included; -1 unknown. */
  default long upstreamWireBytesSent() {
    return -1;
  }

  /** Wall clock time of the start of the stream, in milliseconds since the epoch. */
  long startTimeMillis();

  /** When the first byte of the request was received. */
  long startNanos();

  /** When the last byte of the request was received. */
  default long requestReceivedNanos() {
    return -1;
  }

  /** When the first byte of the request was sent upstream. */
  default long upstreamRequestStartedNanos() {
    return -1;
  }

  /** When the last byte of the request was sent upstream. */
  default long upstreamRequestSentNanos() {
    return -1;
  }

  /** When the first byte of the response was received from the upstream. */
  default long upstreamFirstByteNanos() {
    return -1;
  }

  /** When the last byte of the response was received from the upstream. */
  default long upstreamLastByteNanos() {
    return -1;
  }

  /** When the first byte of the response was sent to the downstream. */
  default long responseFirstByteSentNanos() {
    return -1;
  }

  /** When the last byte of the response was sent to the downstream. */
  default long responseLastByteSentNanos() {
    return -1;
  }

  /** When the stream ended; -1 while it runs. */
  default long endNanos() {
    return -1;
  }

  /** Address of the endpoint, {@code 10.0.0.1:80}. */
  default @Nullable String upstreamHost() {
    return null;
  }

  /** Name of the cluster. */
  default @Nullable String upstreamCluster() {
    return null;
  }

  /** This side's address of the upstream connection. */
  default @Nullable String upstreamLocalAddress() {
    return null;
  }

  /** What the transport socket said of a failed upstream connection. */
  default @Nullable String upstreamTransportFailureReason() {
    return null;
  }

  /** Tries made, the first one included; 0 when the request did not go upstream. */
  default int upstreamAttempts() {
    return 0;
  }

  /** The client's address as far as it is trusted, {@code 10.0.0.1:4711}. */
  default @Nullable String downstreamRemoteAddress() {
    return null;
  }

  /** The peer's address of the downstream connection. */
  default @Nullable String downstreamDirectRemoteAddress() {
    return null;
  }

  /** This side's address of the downstream connection. */
  default @Nullable String downstreamLocalAddress() {
    return null;
  }

  /** Name of the matched route; null or "" for none. */
  default @Nullable String routeName() {
    return null;
  }

  /** The virtual cluster that the request counts for, null if there is none. */
  default @Nullable String virtualClusterName() {
    return null;
  }

  /** Name of the matched virtual host. */
  default @Nullable String virtualHostName() {
    return null;
  }

  /** Name of the matched filter chain; null or "" for none. */
  default @Nullable String filterChainName() {
    return null;
  }

  /** Name of the listener. */
  default @Nullable String listenerName() {
    return null;
  }

  /** Number of the downstream connection, unique in this process. */
  default long connectionId() {
    return -1;
  }

  /** The body of the local reply; null when the response came from the upstream. */
  default @Nullable String localReplyBody() {
    return null;
  }

  /** What is known of the client by TLS; null in clear text. */
  default @Nullable Security downstreamSecurity() {
    return null;
  }

  /** What is known of the endpoint by TLS; null in clear text, or without a connection. */
  default @Nullable Security upstreamSecurity() {
    return null;
  }

  /** The server name of the TLS handshake. */
  default @Nullable String requestedServerName() {
    return null;
  }

  /** Values that filters left under {@code namespace}; empty for none. */
  default Map<String, Object> dynamicMetadata(String namespace) {
    return Map.of();
  }

  /** Whether a health check filter took the request for a health check. */
  default boolean isHealthCheck() {
    return false;
  }

  /**
   * What made the log write a line: {@code DownstreamEnd} at the end of a request, {@code
   * TcpConnectionEnd} at the end of a connection that carries none.
   */
  default String accessLogType() {
    return request() == null && responseCode() == 0 ? "TcpConnectionEnd" : "DownstreamEnd";
  }
}
