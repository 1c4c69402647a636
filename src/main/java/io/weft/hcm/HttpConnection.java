package io.weft.hcm;

import io.weft.carrier.Carrier;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerConnection;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamServer;
import io.weft.codec.Wire;
import io.weft.codec.h1.Http1ServerConnection;
import io.weft.codec.h2.Http2ServerConnection;
import io.weft.filter.network.DownstreamConnection;
import io.weft.http.Protocol;
import io.weft.net.NetAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A downstream connection that speaks HTTP: counts it, and makes a stream of each request. Confined
 * to the carrier of its channel. Kept small: it is most of what an idle connection costs.
 */
final class HttpConnection implements StreamServer {
  private final HttpConnectionManager manager;
  private final DownstreamConnection connection;
  private final Open open;
  private final long startNanos;
  private RequestHeaders.@Nullable Peer peer;
  private @Nullable ServerConnection codec;
  private @Nullable HttpConnection previous;
  private @Nullable HttpConnection next;
  private @Nullable Protocol protocol;

  /** Streams that are served, or that the end of the connection has cut. */
  private int busy;

  /** The HTTP connections of one manager on one carrier, as a list that costs no memory. */
  static final class Open {
    private final Carrier carrier;
    private @Nullable HttpConnection first;

    Open(Carrier carrier) {
      this.carrier = carrier;
    }

    Carrier carrier() {
      return carrier;
    }

    private void add(HttpConnection connection) {
      HttpConnection head = first;
      connection.next = head;
      if (head != null) {
        head.previous = connection;
      }
      first = connection;
    }

    private void remove(HttpConnection connection) {
      HttpConnection before = connection.previous;
      HttpConnection after = connection.next;
      if (before == null) {
        first = after;
      } else {
        before.next = after;
      }
      if (after != null) {
        after.previous = before;
      }
    }

    void drain() {
      HttpConnection at = first;
      while (at != null) {
        HttpConnection following = at.next;
        at.drain();
        at = following;
      }
    }
  }

  HttpConnection(HttpConnectionManager manager, DownstreamConnection connection, Open open) {
    this.manager = manager;
    this.connection = connection;
    this.open = open;
    startNanos = Carrier.current().nowNanos();
    if (manager.config.headers().useRemoteAddress()) {
      String ip = ip(connection.channel());
      boolean maps = manager.config.headers().mapsIpv4();
      peer = ip == null ? null : new RequestHeaders.Peer(ip, maps);
    }
  }

  private static @Nullable String ip(io.weft.net.Channel channel) {
    try {
      return channel.remoteAddress() instanceof NetAddress.Ip address ? address.host() : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** Serves the connection, until it is over or needs no thread for a while. */
  void run(Wire wire) {
    open.add(this);
    manager.stats.cxTotal.inc();
    manager.stats.cxActive.inc();
    ServerConnection chosen =
        switch (manager.config.codec()) {
          case HTTP1 -> http1(wire);
          case HTTP2 -> http2(wire);
          case AUTO -> agreed(wire);
        };
    codec = chosen;
    chosen.run();
  }

  private ServerConnection agreed(Wire wire) {
    String agreed = connection.channel().applicationProtocol();
    if (agreed.equals("h2")) {
      return http2(wire);
    }
    Http1ServerConnection http1 = http1(wire);
    if (agreed.isEmpty()) {
      http1.onPreface(() -> takeOver(wire));
    }
    return http1;
  }

  private Http1ServerConnection http1(Wire wire) {
    return new Http1ServerConnection(
        wire, manager.config.http1(), this, this::close, connection.mayDetach(), isSecure());
  }

  private Http2ServerConnection http2(Wire wire) {
    speaks(Protocol.HTTP_2);
    return new Http2ServerConnection(
        wire,
        manager.config.http2(),
        manager.http2Stats,
        this,
        this::close,
        connection.mayDetach(),
        isSecure());
  }

  /** Whether the client's scheme is https. */
  private boolean isSecure() {
    return connection.security() != null;
  }

  private void takeOver(Wire wire) {
    Http2ServerConnection http2 = http2(wire);
    codec = http2;
    http2.run();
  }

  /** Counts the connection for the version it speaks; once. */
  private void speaks(Protocol version) {
    protocol = version;
    HcmStats stats = manager.stats;
    (version == Protocol.HTTP_2 ? stats.cxHttp2Total : stats.cxHttp1Total).inc();
    (version == Protocol.HTTP_2 ? stats.cxHttp2Active : stats.cxHttp1Active).inc();
  }

  private void drain() {
    ServerConnection running = codec;
    if (running != null) {
      running.drain();
    }
  }

  @Override
  public void serve(ServerStream stream) throws IOException {
    if (protocol == null) {
      speaks(Protocol.HTTP_1_1);
    }
    busy++;
    boolean served = false;
    try {
      new HttpStream(manager, connection, peer, stream).serve();
      served = true;
    } finally {
      if (served || !stream.isCutByConnection()) {
        busy--;
      }
    }
  }

  @Override
  public void refuse(ServerStream stream, ProtocolException cause) throws IOException {
    new HttpStream(manager, connection, peer, stream).refuse(cause);
  }

  @Override
  public void onClosed(Ending ending) {
    HcmStats stats = manager.stats;
    stats.cxActive.dec();
    if (protocol != null) {
      (protocol == Protocol.HTTP_2 ? stats.cxHttp2Active : stats.cxHttp1Active).dec();
    }
    stats.cxDestroy.inc();
    boolean remote = ending == Ending.REMOTE;
    (remote ? stats.cxDestroyRemote : stats.cxDestroyLocal).inc();
    if (busy > 0) {
      stats.cxDestroyActiveRq.inc();
      (remote ? stats.cxDestroyRemoteActiveRq : stats.cxDestroyLocalActiveRq).inc();
    }
    switch (ending) {
      case IDLE_TIMEOUT -> stats.cxIdleTimeout.inc();
      case MAX_DURATION -> stats.cxMaxDurationReached.inc();
      case PROTOCOL_ERROR -> stats.cxProtocolError.inc();
      case REMOTE, LOCAL, HEADERS_TIMEOUT -> {}
    }
    stats.cxRxBytes.add(connection.channel().bytesRead());
    stats.cxTxBytes.add(connection.channel().bytesWritten());
    stats.cxLengthMs.record((Carrier.current().nowNanos() - startNanos) / 1_000_000);
    open.remove(this);
  }

  /** The codec is done with the connection. */
  void close() {
    connection.close();
  }
}
