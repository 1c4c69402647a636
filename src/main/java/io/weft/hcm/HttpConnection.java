package io.weft.hcm;

import io.weft.carrier.Carrier;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamServer;
import io.weft.codec.h1.Http1ServerConnection;
import io.weft.filter.network.DownstreamConnection;
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
  private @Nullable Http1ServerConnection codec;
  private @Nullable HttpConnection previous;
  private @Nullable HttpConnection next;
  private boolean busy;

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
      peer = ip == null ? null : new RequestHeaders.Peer(ip);
    }
  }

  private static @Nullable String ip(io.weft.net.Channel channel) {
    try {
      return channel.remoteAddress() instanceof NetAddress.Ip address ? address.host() : null;
    } catch (IOException e) {
      return null;
    }
  }

  void begin(Http1ServerConnection http1) {
    codec = http1;
    open.add(this);
    manager.stats.cxTotal.inc();
    manager.stats.cxActive.inc();
    manager.stats.cxHttp1Total.inc();
    manager.stats.cxHttp1Active.inc();
  }

  private void drain() {
    Http1ServerConnection http1 = codec;
    if (http1 != null) {
      http1.drain();
    }
  }

  @Override
  public void serve(ServerStream stream) throws IOException {
    busy = true;
    try {
      new HttpStream(manager, connection, peer, stream).serve();
    } finally {
      busy = !stream.responseStarted();
    }
    busy = false;
  }

  @Override
  public void refuse(ServerStream stream, ProtocolException cause) throws IOException {
    new HttpStream(manager, connection, peer, stream).refuse(cause);
  }

  @Override
  public void onClosed(Ending ending) {
    HcmStats stats = manager.stats;
    stats.cxActive.dec();
    stats.cxHttp1Active.dec();
    stats.cxDestroy.inc();
    boolean remote = ending == Ending.REMOTE;
    (remote ? stats.cxDestroyRemote : stats.cxDestroyLocal).inc();
    if (busy) {
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
