package io.weft.codec.h1;

import io.weft.carrier.Carrier;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerConnection;
import io.weft.codec.StreamServer;
import io.weft.codec.StreamServer.Ending;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.NetTimeoutException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of an HTTP/1 connection: reads requests one after another, gives each to the
 * {@link StreamServer}, and keeps the connection while nothing speaks against it.
 *
 * <p>Runs on a virtual thread while there is work. Where it is allowed to, it lets the thread end
 * when the connection is idle: the next event of the channel starts another, with {@link #run} on
 * it. Owned by that thread; {@link #drain} comes from the carrier outside any thread.
 */
public final class Http1ServerConnection implements ServerConnection, Channel.Probe {
  /** How long a thread waits for the next request before it ends. */
  private static final long LINGER_NANOS = 50_000_000;

  /** What is read and dropped after the last response, so that the client gets to see it. */
  private static final int LINGER_BYTES = 1 << 20;

  /** No method of HTTP/1 is PRI (RFC 9113 3.4): this much tells. */
  private static final byte[] PREFACE = {'P', 'R', 'I', ' '};

  private final Wire wire;
  private final Http1ServerConfig config;
  private final StreamServer server;
  private final Runnable onEnd;
  private final boolean mayDetach;
  private final boolean secure;
  private final long endNanos;
  private long requests;

  /** Whether the last request came soon after the connection had become idle, and when it did. */
  private boolean brisk;

  private long idleSince;
  private boolean draining;
  private boolean ended;
  private @Nullable Http1ServerStream current;
  private @Nullable Runnable takeover;
  private Ending ending = Ending.REMOTE;

  /**
   * A connection.
   *
   * @param onEnd closes the connection; called once, on its carrier, when it is over
   * @param mayDetach whether the thread may end while the connection is idle
   * @param secure whether the client's scheme is https
   */
  public Http1ServerConnection(
      Wire wire,
      Http1ServerConfig config,
      StreamServer server,
      Runnable onEnd,
      boolean mayDetach,
      boolean secure) {
    this.wire = wire;
    this.config = config;
    this.server = server;
    this.onEnd = onEnd;
    this.mayDetach = mayDetach;
    this.secure = secure;
    long now = Carrier.current().nowNanos();
    endNanos =
        config.maxConnectionNanos() == Timeouts.NONE
            ? Timeouts.NONE
            : now + config.maxConnectionNanos();
    wire.channel().onReset(this::onReset);
  }

  /**
   * Before the first request: if the client begins with the preface of HTTP/2 (RFC 9113 3.4),
   * {@code other} serves the connection instead, on the same thread and with the bytes still on the
   * wire.
   */
  public void onPreface(Runnable other) {
    takeover = other;
  }

  Channel channel() {
    return wire.channel();
  }

  /** Serves until the connection is over, or idle where the thread may end. */
  @Override
  public void run() {
    brisk = requests > 0 && Carrier.current().nowNanos() - idleSince < LINGER_NANOS;
    boolean idle = false;
    try {
      idle = serveUntilIdle();
    } catch (NetTimeoutException e) {
      ending = Ending.HEADERS_TIMEOUT;
    } catch (IOException e) {
      ending = Ending.REMOTE;
    } finally {
      if (!idle) {
        end();
      }
    }
  }

  /** From now on every response says that the connection closes; an idle one closes now. */
  @Override
  public void drain() {
    draining = true;
    wire.channel().wake();
  }

  boolean isClosing() {
    return draining
        || (config.maxRequests() > 0 && requests >= config.maxRequests())
        || (endNanos != Timeouts.NONE && endNanos - Carrier.current().nowNanos() <= 0);
  }

  /** Whether the connection waits without a thread. False: it is over. */
  private boolean serveUntilIdle() throws IOException {
    while (true) {
      if (wire.input() == null) {
        wire.releaseIfEmpty();
        if (!wire.channel().isReadable()) {
          if (isClosing()) {
            ending = draining ? Ending.LOCAL : Ending.MAX_DURATION;
            return false;
          }
          if (wire.channel().timedOut()) {
            boolean old = endNanos - Carrier.current().nowNanos() <= 0;
            ending = old ? Ending.MAX_DURATION : Ending.IDLE_TIMEOUT;
            return false;
          }
          if (!awaitRequest()) {
            return true;
          }
          continue; // it may have been woken for another reason
        }
      }
      if (takeover != null && isPreface()) {
        takeOver();
        return true;
      }
      if (!serveOne()) {
        return false;
      }
    }
  }

  /** Whether what the client begins with is no request of HTTP/1. Asked once. */
  private boolean isPreface() throws IOException {
    var limits = new Timeouts();
    if (config.headersNanos() != Timeouts.NONE) {
      limits.deadlineNanos(Carrier.current().nowNanos() + config.headersNanos());
    }
    while (true) {
      Buffer in = wire.input();
      int there = in == null ? 0 : Math.min(in.readable(), PREFACE.length);
      for (int i = 0; i < there && in != null; i++) {
        if (in.at(in.start + i) != PREFACE[i]) {
          takeover = null;
          return false;
        }
      }
      if (there == PREFACE.length) {
        return true;
      }
      if (wire.fillHead(limits) < 0) {
        takeover = null;
        return false;
      }
    }
  }

  private void takeOver() {
    Runnable other = takeover;
    if (other != null) {
      takeover = null;
      ended = true; // for this one
      other.run();
    }
  }

  /** Whether to look again; false if the thread is to end until there is something to read. */
  private boolean awaitRequest() throws IOException {
    long until = idleUntil();
    server.onIdle();
    if (mayDetach) {
      return lingers(until) || !wire.channel().detach(this, until);
    }
    try {
      wire.channel().awaitReadable(until);
    } catch (NetTimeoutException e) {
      ending = Ending.IDLE_TIMEOUT;
      throw e;
    }
    return true;
  }

  /**
   * Whether the connection, which is idle, is to be looked at once more by this thread. The thread
   * of a connection whose requests follow closely waits for the next one: that costs less than to
   * start another, stack and all. On any other it would only be woken once more, to end.
   */
  private boolean lingers(long until) throws IOException {
    long now = Carrier.current().nowNanos();
    if (!brisk) {
      idleSince = now;
      return false;
    }
    brisk = wire.channel().linger(Math.min(until, now + LINGER_NANOS));
    return brisk || isClosing();
  }

  private long idleUntil() {
    long now = Carrier.current().nowNanos();
    long idle = config.idleNanos() == Timeouts.NONE ? Timeouts.NONE : now + config.idleNanos();
    return Math.min(idle, endNanos);
  }

  /** Serves one request; false if the connection is over. */
  private boolean serveOne() throws IOException {
    HeadReader reader = HeadReader.ofRequests(config.limits());
    var limits = new Timeouts();
    if (config.headersNanos() != Timeouts.NONE) {
      limits.deadlineNanos(Carrier.current().nowNanos() + config.headersNanos());
    }
    Headers headers;
    HeadParser head = reader.parser();
    try {
      headers = reader.read(wire, limits);
      if (headers == null) {
        return false;
      }
    } catch (ProtocolException e) {
      refuse(e, limits);
      return false;
    } catch (NetTimeoutException e) {
      refuse(
          new ProtocolException(408, "request_header_timeout", "request header timeout"), limits);
      ending = Ending.HEADERS_TIMEOUT;
      return false;
    }
    limits.deadlineNanos(Timeouts.NONE);
    requests++;
    boolean keepAlive = head.http10 ? head.connectionKeepAlive : !head.connectionClose;
    var stream = new Http1ServerStream(this, wire, limits, keepAlive, config.properCase());
    try {
      stream.begin(
          request(head, headers, stream, limits), head.expectContinue && config.sendContinue());
    } catch (ProtocolException e) {
      boolean bare = !head.chunked && head.contentLength <= 0 && isPlain(head, headers);
      headers.release();
      if (keepAlive && bare && config.keepsAfterErrors()) {
        return refuseAndGoOn(e, limits);
      }
      refuse(e, limits);
      return false;
    }
    current = stream;
    try {
      server.serve(stream);
      return after(stream, limits);
    } finally {
      wire.channel().onUnread(null);
      current = null;
      stream.end();
    }
  }

  private boolean after(Http1ServerStream stream, Timeouts limits) throws IOException {
    if (stream.isReusable()) {
      return true;
    }
    if (stream.isCanceled()) {
      return false;
    }
    if (!stream.isResponseComplete()) {
      // A response that was begun must not look complete (RFC 9112 8).
      ending = Ending.LOCAL;
      wire.channel().reset();
      return false;
    }
    ending = Ending.LOCAL;
    linger(stream.requestComplete(), limits);
    return false;
  }

  /**
   * Ends this side and reads on for a while: a client that still sends would get a reset, and might
   * lose the answer with it (RFC 9112 9.6).
   */
  private void linger(boolean nothingComes, Timeouts limits) throws IOException {
    Channel channel = wire.channel();
    channel.shutdownOutput();
    wire.release();
    if (nothingComes || config.delayedCloseNanos() == 0) {
      return;
    }
    limits.idleNanos(Timeouts.NONE);
    limits.deadlineNanos(Carrier.current().nowNanos() + config.delayedCloseNanos());
    long dropped = 0;
    try {
      while (dropped < LINGER_BYTES) {
        int count = wire.fill(limits);
        if (count < 0) {
          return;
        }
        dropped += count;
        Buffer input = wire.input();
        if (input != null) {
          input.clear();
        }
      }
    } catch (IOException e) {
      // It is closed next whatever happened.
    }
  }

  private void refuse(ProtocolException cause, Timeouts limits) throws IOException {
    ending = Ending.PROTOCOL_ERROR;
    limits.deadlineNanos(
        Carrier.current().nowNanos() + Math.max(config.delayedCloseNanos(), 1_000_000_000L));
    var stream = new Http1ServerStream(this, wire, limits, false, config.properCase());
    stream.begin(noRequest(), false);
    try {
      server.refuse(stream, cause);
      linger(false, limits);
    } finally {
      stream.end();
    }
  }

  /** Whether what follows the head can be nothing but another request. */
  private static boolean isPlain(HeadParser head, Headers headers) {
    return !headers.contains(HeaderName.UPGRADE)
        && !Methods.of(headers.bytes(), head.methodStart, head.methodEnd).equals("CONNECT");
  }

  /** As {@link #refuse}, for a request that is at its end: the next may follow. */
  private boolean refuseAndGoOn(ProtocolException cause, Timeouts limits) throws IOException {
    var stream = new Http1ServerStream(this, wire, limits, true, config.properCase());
    stream.begin(noRequest(), false);
    try {
      server.refuse(stream, cause);
      return after(stream, limits);
    } finally {
      stream.end();
    }
  }

  /** What stands for a request that could not be read; its headers die with its stream. */
  static Request noRequest() {
    return Request.of("-", "http", "", "-", Protocol.HTTP_1_1, new Headers(), Body.EMPTY);
  }

  private Request request(
      HeadParser head, Headers headers, Http1ServerStream stream, Timeouts limits)
      throws ProtocolException {
    Protocol protocol = head.http10 ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1;
    if (head.http10 && !config.acceptHttp10()) {
      throw new ProtocolException(426, "low_version", "HTTP/1.0 (expected: HTTP/1.1)");
    }
    byte[] bytes = headers.bytes();
    String method = Methods.of(bytes, head.methodStart, head.methodEnd);
    String scheme = secure ? "https" : "http";
    RequestTarget target =
        RequestTarget.parse(
            bytes, head.targetStart, head.targetEnd, method, scheme, config.absoluteTargets());
    String authority = target.authority();
    int host = headers.find(HeaderName.HOST, 0);
    if (authority != null) {
      if (host >= 0 && !headers.value(host).equalsIgnoreCase(authority)) {
        // Security bar F13: two hosts, and two readers might choose differently.
        throw new ProtocolException(
            400,
            "http1.invalid_host",
            "host: '" + headers.value(host) + "' beside target '" + authority + "'");
      }
      headers.set(HeaderName.HOST, authority);
    } else if (host < 0) {
      if (config.defaultHost().isEmpty()) {
        throw new ProtocolException(400, "missing_host_header", "host: missing");
      }
      headers.set(HeaderName.HOST, config.defaultHost());
    }
    Body body = Body.EMPTY;
    if (head.chunked) {
      body = Http1Body.chunked(wire, limits, true, stream, config.limits(), config.trailers());
    } else if (head.contentLength > 0) {
      body = Http1Body.ofLength(wire, limits, true, stream, head.contentLength);
    }
    Request request = Request.of(method, scheme, null, target.path(), protocol, headers, body);
    if (method.equals("CONNECT") && request.hasBody()) {
      throw new ProtocolException(
          400, "http1.body_disallowed", "CONNECT with a body (expected: none)");
    }
    // a body of its own comes before the tunnel; whoever accepts upgrades accepts none of those
    return request.hasBody() || request.upgrade() == null
        ? request
        : request.withBody(Http1Body.tunnel(wire, limits, true, stream));
  }

  long bodyBytesRead() {
    Http1ServerStream stream = current;
    return stream != null && stream.request().body() instanceof Http1Body body
        ? body.bytesRead()
        : 0;
  }

  /** Nobody reads until the response is out: a reset would go unnoticed. */
  void watchReset() {
    wire.channel().onUnread(this);
  }

  @Override
  public void onUnread() {
    Http1ServerStream stream = current;
    if (stream != null && stream.requestComplete() && !stream.asksForTunnel()) {
      try {
        wire.probe(); // what it finds else is a request that was sent ahead
      } catch (IOException e) {
        stream.cancel();
      }
    }
  }

  private void onReset() {
    Http1ServerStream stream = current;
    if (stream != null) {
      stream.cancel();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      wire.release();
      server.onClosed(ending);
      onEnd.run();
    }
  }

  @Override
  public String toString() {
    return "HTTP/1 server on " + wire.channel();
  }
}
