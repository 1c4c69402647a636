package io.weft.hcm;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.codec.Wire;
import io.weft.codec.h2.Http2Stats;
import io.weft.filter.Connection;
import io.weft.filter.HttpFilter;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.runtime.Drain;
import io.weft.stats.Stats;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The terminal network filter that speaks HTTP: gives each connection a codec and each stream its
 * filters. Shared by all connections of its filter chain.
 */
public final class HttpConnectionManager implements NetworkFilter.Next {
  final HcmConfig config;
  final HcmStats stats;
  final Http2Stats http2Stats;
  final Drain drain;
  final HttpFilter.Next chain;
  final Upgrades upgrades;
  final RequestHeaders requests;
  final ResponseHeaders responses;
  final LocalReplies replies;
  final RequestRerouting rerouting;
  private final List<HttpConnection.Open> all = new CopyOnWriteArrayList<>();
  private final CarrierLocal<HttpConnection.Open> open = new CarrierLocal<>(this::open);

  /** A connection manager; {@code drain} is that of its listener. */
  public HttpConnectionManager(HcmConfig config, Stats stats, Drain drain) {
    this.config = config;
    this.stats = new HcmStats(stats, config.statPrefix());
    http2Stats = new Http2Stats(stats.scope("http2"));
    this.drain = drain;
    chain = HttpFilterChain.fold(config.chain().filters(), config.chain().router());
    upgrades = new Upgrades(config.upgrades(), chain);
    requests = new RequestHeaders(config.headers(), this.stats);
    responses = new ResponseHeaders(config.headers());
    replies = new LocalReplies(this.stats, config.http1().keepsAfterErrors());
    rerouting = new RequestRerouting(config);
    drain.onStart(this::drain);
  }

  /**
   * Serves the connection until it is over, or until it is idle and its thread may end; the channel
   * then starts another thread with the next request.
   */
  @Override
  public void proceed(Connection downstream) throws IOException {
    DownstreamConnection connection = DownstreamConnection.of(downstream);
    Wire wire =
        connection.unwrapped()
            ? new Wire(connection.channel())
            : new Wire(
                connection.channel(),
                connection.sourceUnwrapped() ? null : connection.source()::read,
                connection.sinkUnwrapped() ? null : connection.sink()::write);
    new HttpConnection(this, connection, open.get()).run(wire);
  }

  private HttpConnection.Open open(Carrier carrier) {
    var made = new HttpConnection.Open(carrier);
    all.add(made);
    return made;
  }

  /** The drain of the listener has started: idle connections close, the others after a response. */
  private void drain() {
    all.forEach(of -> of.carrier().execute(of::drain));
  }
}
