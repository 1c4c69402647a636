package io.weft.stream;

import io.weft.codec.ServerStream;
import io.weft.format.Facts;
import io.weft.format.ResponseFlag;
import io.weft.http.Body;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.Security;
import io.weft.runtime.RuntimeLayers;
import io.weft.runtime.RuntimeSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One stream as it is known while it runs: its route, its times, its upstream, how it ends. Per
 * stream, and touched by the stream's own thread only; what is told after the end comes from {@link
 * #onEnd}.
 *
 * <p>Filters read it, name a local reply with it and add metadata. The setters that record progress
 * are called by the connection manager, the router and the upstream client.
 */
public final class StreamInfo implements Facts, RoutingFacts {
  private final Thread owner = Thread.currentThread();
  private final ConnectionFacts connection;
  private final long startNanos;
  private final long startMillis;
  private @Nullable Request request;
  private @Nullable Headers responseHeaders;
  private @Nullable Headers responseTrailers;
  private @Nullable RouteView route;
  private int status;
  private long flags;
  private @Nullable String details;
  private @Nullable String remoteAddress;
  private @Nullable String localReplyBody;
  private @Nullable String upstreamHost;
  private @Nullable String upstreamCluster;
  private @Nullable String upstreamLocalAddress;
  private @Nullable String transportFailure;
  private @Nullable String wantedHost;
  private @Nullable String virtualCluster;
  private @Nullable Security upstreamSecurity;
  private int attempts;
  private int proceeded;
  private long upstreamStarted = -1;
  private long upstreamSent = -1;
  private long upstreamFirstByte = -1;
  private long upstreamLastByte = -1;
  private long requestReceived = -1;
  private long firstByteSent = -1;
  private long lastByteSent = -1;
  private long end = -1;
  private long bytesReceived;
  private long bytesSent;
  private long upstreamWireReceived = -1;
  private long upstreamWireSent = -1;
  private @Nullable Runnable onEnd;
  private @Nullable Map<String, Map<String, Object>> metadata;
  private @Nullable Map<String, Object> state;
  private boolean healthCheck;
  private long random = -1;
  private @Nullable RuntimeLayers layers;
  private @Nullable RuntimeSnapshot runtime;

  private @Nullable Rest rest;
  private @Nullable Replies replies;
  private @Nullable ServerStream exchange;
  private @Nullable Rerouting rerouting;
  private @Nullable RedirectTrail trail;

  /** How answers from here look. */
  @FunctionalInterface
  public interface Replies {
    /** The answer with this status and text, as the client is to see it. */
    Response reply(StreamInfo stream, int code, String body);
  }

  /** What is left of an exchange when the last byte of its response is out. */
  @FunctionalInterface
  public interface Rest {
    /** Blocks until it is over. */
    void await() throws IOException;
  }

  /** What is known of the connection of a stream, the same for all its streams. */
  public interface ConnectionFacts {
    /** The number of the connection, unique in this process. */
    long id();

    /** The peer of the socket, as {@code ip:port}. */
    String remoteAddress();

    /** The own end of the socket, as {@code ip:port}. */
    String localAddress();

    /** The name of the filter chain that took the connection, or null. */
    @Nullable String filterChainName();

    /** The name of the listener, or null. */
    @Nullable String listenerName();

    /** What is known of the client by TLS, null in clear text. */
    default @Nullable Security security() {
      return null;
    }

    /** What a network filter has set under a key for all streams; null if none has. */
    default @Nullable Object filterState(String key) {
      return null;
    }
  }

  /** A stream that starts now. */
  public StreamInfo(ConnectionFacts connection, long startNanos, long startMillis) {
    this.connection = connection;
    this.startNanos = startNanos;
    this.startMillis = startMillis;
  }

  /** Recorded by the connection manager: where the runtime values of this stream come from. */
  public void runtime(RuntimeLayers from) {
    layers = from;
  }

  @Override
  public long random() {
    if (random < 0) {
      random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
    }
    return random;
  }

  @Override
  public RuntimeSnapshot runtime() {
    RuntimeSnapshot taken = runtime;
    if (taken == null) {
      taken = layers == null ? RuntimeSnapshot.EMPTY : layers.snapshot();
      runtime = taken;
    }
    return taken;
  }

  /**
   * The route of this stream. Never null for a filter: a stream with none has a route that says so.
   */
  public RouteView route() {
    RouteView found = route;
    if (found == null) {
      throw new IllegalStateException("the route is matched before the first filter runs");
    }
    return found;
  }

  /** The request as it goes down the chain now. */
  public Request requestOrThrow() {
    Request now = request;
    if (now == null) {
      throw new IllegalStateException("a stream without a request");
    }
    return now;
  }

  /**
   * Recorded by a filter that resolves names: the member, by its name, that the stream goes to in a
   * cluster that leaves the choice to its streams.
   */
  public void wantedHost(String name) {
    checkThread();
    wantedHost = name;
  }

  /** The member that a filter has chosen, null if none did. */
  public @Nullable String wantedHost() {
    return wantedHost;
  }

  /** An answer from here, with Envoy's usual body for the status: none. */
  public Response localReply(int code, Detail detail) {
    return localReply(code, detail, "");
  }

  /**
   * An answer from here. It passes the filters outside the caller only, in the opposite order.
   *
   * @param body text for the client; it must show no internals
   */
  public Response localReply(int code, Detail detail, String body) {
    ResponseFlag flag = detail.flag();
    if (flag != null) {
      flag(flag);
    }
    return localReply(code, detail.text(), body);
  }

  /** An answer from here with a detail that is not in the list. */
  public Response localReply(int code, String detail, String body) {
    checkThread();
    details = detail;
    localReplyBody = body;
    Replies shaped = replies;
    return shaped == null
        ? replyWith(code, Body.of(body), "text/plain")
        : shaped.reply(this, code, body);
  }

  /**
   * The answer itself, of which a gRPC call sees the status and a message only, in headers: it
   * would not understand the rest.
   *
   * @param body in memory
   */
  public Response replyWith(int code, Body body, String contentType) {
    var headers = new Headers();
    if (isGrpc()) {
      int status =
          Detail.MAX_DURATION_TIMEOUT.text().equals(details)
              ? Grpc.DEADLINE_EXCEEDED
              : Grpc.statusOf(code);
      headers
          .add(HeaderName.CONTENT_TYPE, "application/grpc")
          .add(HeaderName.GRPC_STATUS, Integer.toString(status));
      String message = text(body);
      if (!message.isEmpty()) {
        headers.add(HeaderName.GRPC_MESSAGE, Grpc.encodeMessage(message));
      }
      return Response.of(200, headers, Body.EMPTY);
    }
    headers.add(HeaderName.CONTENT_LENGTH, Long.toString(body.length()));
    if (!body.isEmpty()) {
      headers.add(HeaderName.CONTENT_TYPE, contentType);
    }
    return Response.of(code, headers, body);
  }

  private static String text(Body body) {
    var bytes = new byte[(int) body.length()];
    try {
      return body.read(ByteBuffer.wrap(bytes)) < 0 ? "" : new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException("a body that is not in memory", e);
    }
  }

  private boolean isGrpc() {
    Request of = request;
    return of != null && Grpc.isCall(of.headers());
  }

  /** Whether answers from here are more than a status and a text. */
  public boolean shapesReplies() {
    return replies != null || isGrpc();
  }

  /** Recorded by the connection manager: how answers from here look. */
  public void replies(@Nullable Replies shape) {
    replies = shape;
  }

  /** Recorded while an answer from here is made: what it is so far, for filters and operators. */
  public void replyAs(int code, String body) {
    status = code;
    localReplyBody = body;
  }

  /** Runs {@code action} when the stream is over, whatever its end; later ones run first. */
  public void onEnd(Runnable action) {
    checkThread();
    Runnable before = onEnd;
    onEnd =
        before == null
            ? action
            : () -> {
              try {
                action.run();
              } finally {
                before.run();
              }
            };
  }

  /** Raises a response flag. */
  public void flag(ResponseFlag flag) {
    checkThread();
    flags |= flag.bit();
  }

  /** Sets the details unless a cause was named before. */
  public void details(String text) {
    checkThread();
    if (details == null) {
      details = text;
    }
  }

  /** Sets the details of a response that did not come to its end, whatever was named before. */
  public void cutDetails(String text) {
    checkThread();
    details = text;
  }

  /** Metadata that access logs and later filters see, by namespace and key. */
  public void setDynamicMetadata(String namespace, String key, Object value) {
    checkThread();
    Map<String, Map<String, Object>> all = metadata;
    if (all == null) {
      all = new HashMap<>();
      metadata = all;
    }
    all.computeIfAbsent(namespace, name -> new HashMap<>()).put(key, value);
  }

  /**
   * Sets what other filters, access logs and the router find under a key (Envoy: filter state), in
   * place of what was there. Unlike metadata it is not nested, and what a network filter has set
   * holds for all streams of its connection.
   *
   * @param value not changed from now on; its text is what logs, conditions and hashes see
   */
  public void setFilterState(String key, Object value) {
    checkThread();
    Map<String, Object> all = state;
    if (all == null) {
      all = new HashMap<>();
      state = all;
    }
    all.put(key, value);
  }

  @Override
  public @Nullable Object filterState(String key) {
    Object own = state == null ? null : state.get(key);
    return own == null ? connection.filterState(key) : own;
  }

  /** Takes the stream as a health check: access logs may leave it out. */
  public void healthCheck(boolean is) {
    healthCheck = is;
  }

  /**
   * Recorded by the filter chain: the filter at {@code place}, from 1 outermost in, hands the
   * request on.
   *
   * @return false if it has done so before
   */
  public boolean proceed(int place) {
    boolean first = place > proceeded;
    proceeded = Math.max(proceeded, place);
    return first;
  }

  /** Recorded by the connection manager: who finds routes for requests made here. */
  public void rerouting(Rerouting by) {
    rerouting = by;
  }

  /**
   * For the router: the route that a request made here would take; null as {@link
   * Rerouting#reroute} says.
   */
  public Rerouting.@Nullable Rerouted reroute(Request other) {
    Rerouting by = rerouting;
    return by == null ? null : by.reroute(other, this);
  }

  /**
   * Finds the route once more, by what the request and the metadata are now (Envoy: clear the route
   * cache). It holds for the filters behind the caller and for the router.
   */
  public void rematch() {
    checkThread();
    Rerouting by = rerouting;
    if (by != null) {
      route = by.match(requestOrThrow(), this);
    }
  }

  /** For the router: the redirects that were followed so far; null for none. */
  public @Nullable RedirectTrail redirects() {
    return trail;
  }

  /** Recorded by the connection manager: the filters are done with a request, not the stream. */
  public void leave(long now) {
    end = now;
  }

  /**
   * Recorded by the connection manager: the filters are about to see another request. Nothing is
   * known of it yet but when the client began and what filters have left.
   */
  public void redirected(InternalRedirect to) {
    request = to.request();
    route = to.route();
    trail = to.trail();
    wantedHost = null;
    proceeded = 0;
    status = 0;
    flags = 0;
    details = null;
    responseHeaders = null;
    upstreamHost = null;
    upstreamCluster = null;
    upstreamLocalAddress = null;
    upstreamSecurity = null;
    transportFailure = null;
    virtualCluster = null;
    attempts = 0;
    upstreamStarted = -1;
    upstreamSent = -1;
    upstreamFirstByte = -1;
    upstreamLastByte = -1;
    upstreamWireReceived = -1;
    upstreamWireSent = -1;
    end = -1;
  }

  /** Recorded by the connection manager: the exchange with the client that this stream is. */
  public void exchange(ServerStream codec) {
    exchange = codec;
  }

  /** For the router: the exchange with the client; null in tests of filters alone. */
  public @Nullable ServerStream exchange() {
    return exchange;
  }

  /**
   * For the router: what becomes known of one of several tries that are under way at once, for the
   * thread that this is called on; the one that is answered is {@linkplain #adopt adopted}.
   */
  public StreamInfo child(Request of) {
    var child = new StreamInfo(connection, startNanos, startMillis);
    child.request = of;
    child.route = route;
    child.remoteAddress = remoteAddress;
    child.metadata = metadata;
    child.state = state;
    child.wantedHost = wantedHost;
    child.random = random();
    child.runtime = runtime();
    return child;
  }

  /**
   * For the router: takes over what is known of a try that has ended its part, the last of some.
   */
  public void adopt(StreamInfo child, int tries) {
    checkThread();
    request = child.request;
    upstreamHost = child.upstreamHost;
    upstreamCluster = child.upstreamCluster;
    upstreamLocalAddress = child.upstreamLocalAddress;
    upstreamSecurity = child.upstreamSecurity;
    transportFailure = child.transportFailure;
    attempts += tries;
    upstreamStarted = child.upstreamStarted;
    upstreamSent = child.upstreamSent;
    upstreamFirstByte = child.upstreamFirstByte;
    upstreamWireReceived = child.upstreamWireReceived;
    upstreamWireSent = child.upstreamWireSent;
  }

  /** Recorded by the router: the client may go on sending when the response is out. */
  public void rest(Rest of) {
    rest = of;
  }

  /** For the connection manager, once the response is out: blocks until the client has ended. */
  public void awaitRest() throws IOException {
    Rest of = rest;
    if (of != null) {
      rest = null;
      of.await();
    }
  }

  /** Recorded by the connection manager: the request as it goes down the chain. */
  public void request(Request now) {
    request = now;
  }

  /** Recorded by the connection manager. */
  public void route(RouteView matched) {
    route = matched;
  }

  /** Recorded by the connection manager: the address of the client, from XFF or the socket. */
  public void remoteAddress(String trusted) {
    remoteAddress = trusted;
  }

  /** Recorded by the connection manager: the head that goes to the client. */
  public void response(int code, Headers headers) {
    status = code;
    responseHeaders = headers;
  }

  /** Recorded by the connection manager: what was sent behind the body. */
  public void trailers(@Nullable Headers trailers) {
    responseTrailers = trailers;
  }

  /** Recorded by the upstream client: a try starts. */
  public void upstream(String cluster, String host, @Nullable String localAddress, long now) {
    upstreamCluster = cluster;
    upstreamHost = host;
    upstreamLocalAddress = localAddress;
    attempts++;
    upstreamStarted = now;
    upstreamSent = -1;
    upstreamFirstByte = -1;
    upstreamLastByte = -1;
  }

  /** Recorded by the router: the cluster the request is meant for. */
  public void upstreamCluster(String cluster) {
    upstreamCluster = cluster;
  }

  /** Recorded by the router: why the transport below a connection failed. */
  public void transportFailure(String reason) {
    transportFailure = reason;
  }

  /** Recorded by the router: the request is out. */
  public void upstreamSent(long now) {
    upstreamSent = now;
  }

  /** Recorded by the router: the head of the response is here. */
  public void upstreamFirstByte(long now) {
    upstreamFirstByte = now;
  }

  /** Recorded by the router: the response is here to its end. */
  public void upstreamLastByte(long now) {
    upstreamLastByte = now;
  }

  /** Recorded by the router: bytes on the upstream connection, framing included. */
  public void upstreamWireBytes(long received, long sent) {
    upstreamWireReceived = received;
    upstreamWireSent = sent;
  }

  /** Recorded by the connection manager at the end: what the codec counted. */
  public void downstream(
      long requestEnd, long firstSent, long lastSent, long bodyReceived, long bodySent) {
    requestReceived = requestEnd;
    firstByteSent = firstSent;
    lastByteSent = lastSent;
    bytesReceived = bodyReceived;
    bytesSent = bodySent;
  }

  /** Called once by the connection manager when nothing more will happen to the stream. */
  public void end(long now) {
    end = now;
    Runnable action = onEnd;
    if (action != null) {
      onEnd = null;
      action.run();
    }
  }

  @SuppressWarnings("ReferenceEquality") // a thread is itself and no other
  private void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "stream info touched by another thread than the stream's (copy what you need)");
    }
  }

  @Override
  public @Nullable Request request() {
    return request;
  }

  @Override
  public @Nullable Headers responseHeaders() {
    return responseHeaders;
  }

  @Override
  public @Nullable Headers responseTrailers() {
    return responseTrailers;
  }

  @Override
  public @Nullable Protocol protocol() {
    Request of = request;
    return of == null ? null : of.protocol();
  }

  @Override
  public int responseCode() {
    return status;
  }

  @Override
  public @Nullable String responseCodeDetails() {
    return details;
  }

  @Override
  public long responseFlags() {
    return flags;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long upstreamWireBytesReceived() {
    return upstreamWireReceived;
  }

  @Override
  public long upstreamWireBytesSent() {
    return upstreamWireSent;
  }

  @Override
  public long startTimeMillis() {
    return startMillis;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long requestReceivedNanos() {
    return requestReceived;
  }

  @Override
  public long upstreamRequestStartedNanos() {
    return upstreamStarted;
  }

  @Override
  public long upstreamRequestSentNanos() {
    return upstreamSent;
  }

  @Override
  public long upstreamFirstByteNanos() {
    return upstreamFirstByte;
  }

  @Override
  public long upstreamLastByteNanos() {
    return upstreamLastByte;
  }

  @Override
  public long responseFirstByteSentNanos() {
    return firstByteSent;
  }

  @Override
  public long responseLastByteSentNanos() {
    return lastByteSent;
  }

  @Override
  public long endNanos() {
    return end;
  }

  @Override
  public @Nullable String upstreamHost() {
    return upstreamHost;
  }

  @Override
  public @Nullable String upstreamCluster() {
    return upstreamCluster;
  }

  @Override
  public @Nullable String upstreamLocalAddress() {
    return upstreamLocalAddress;
  }

  @Override
  public @Nullable String upstreamTransportFailureReason() {
    return transportFailure;
  }

  @Override
  public int upstreamAttempts() {
    return attempts;
  }

  @Override
  public @Nullable String downstreamRemoteAddress() {
    return remoteAddress == null ? connection.remoteAddress() : remoteAddress;
  }

  @Override
  public @Nullable String downstreamDirectRemoteAddress() {
    return connection.remoteAddress();
  }

  @Override
  public @Nullable String downstreamLocalAddress() {
    return connection.localAddress();
  }

  /** Recorded by the router: the virtual cluster that the request counts for. */
  public void virtualCluster(String name) {
    virtualCluster = name;
  }

  @Override
  public @Nullable String virtualClusterName() {
    return virtualCluster;
  }

  @Override
  public @Nullable String routeName() {
    RouteView found = route;
    return found == null || found.name().isEmpty() ? null : found.name();
  }

  @Override
  public @Nullable String virtualHostName() {
    RouteView found = route;
    return found == null || found.virtualHostName().isEmpty() ? null : found.virtualHostName();
  }

  @Override
  public @Nullable String filterChainName() {
    return connection.filterChainName();
  }

  @Override
  public @Nullable String listenerName() {
    return connection.listenerName();
  }

  /** What is known by TLS of the endpoint the stream goes to. */
  public void upstreamSecurity(@Nullable Security security) {
    upstreamSecurity = security;
  }

  @Override
  public @Nullable Security downstreamSecurity() {
    return connection.security();
  }

  @Override
  public @Nullable Security upstreamSecurity() {
    return upstreamSecurity;
  }

  @Override
  public @Nullable String requestedServerName() {
    Security security = connection.security();
    return security == null ? null : security.serverName();
  }

  @Override
  public long connectionId() {
    return connection.id();
  }

  @Override
  public @Nullable String localReplyBody() {
    return localReplyBody;
  }

  @Override
  public Map<String, Object> dynamicMetadata(String namespace) {
    return metadata == null ? Map.of() : metadata.getOrDefault(namespace, Map.of());
  }

  @Override
  public boolean isHealthCheck() {
    return healthCheck;
  }
}
