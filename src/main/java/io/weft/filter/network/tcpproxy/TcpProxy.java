package io.weft.filter.network.tcpproxy;

import io.weft.accesslog.AccessLog;
import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.format.ResponseFlag;
import io.weft.net.CanceledException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.TcpLease;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connects each downstream connection to an endpoint of its cluster at once, before the client has
 * sent anything, and moves bytes until both sides have ended. One for all connections of its chain.
 */
final class TcpProxy implements NetworkFilter.Next {
  private final TcpProxyConfig config;
  private final TcpProxyStats stats;
  private final Supplier<Clusters> clusters;
  private final List<AccessLog> logs;

  TcpProxy(
      TcpProxyConfig config,
      TcpProxyStats stats,
      Supplier<Clusters> clusters,
      List<AccessLog> logs) {
    this.config = config;
    this.stats = stats;
    this.clusters = clusters;
    this.logs = logs;
  }

  @Override
  public void proceed(Connection connection) throws IOException {
    var downstream = DownstreamConnection.of(connection);
    var carrier = Carrier.current();
    var stream = new StreamInfo(connection, System.nanoTime(), carrier.nowMillis());
    stats.downstreamCxTotal.inc();
    try {
      serve(downstream, stream, carrier);
    } finally {
      downstream.close();
      stream.end(System.nanoTime());
      for (var log : logs) {
        log.log(stream);
      }
    }
  }

  private void serve(DownstreamConnection downstream, StreamInfo stream, Carrier carrier) {
    var cluster = clusters.get().find(config.cluster());
    if (cluster == null) {
      stats.downstreamCxNoRoute.inc();
      stream.flag(ResponseFlag.NO_CLUSTER_FOUND);
      return;
    }
    stream.upstreamCluster(cluster.name());
    var lease = connect(cluster, downstream, stream);
    if (lease != null) {
      new Relay(downstream, lease, stream, carrier, config, stats).run();
    }
  }

  /** A connection to an endpoint; null if there is none to be had, which the stream then tells. */
  private @Nullable TcpLease connect(
      Cluster cluster, DownstreamConnection downstream, StreamInfo stream) {
    var client = ClusterClient.of(cluster);
    var me = Thread.currentThread();
    // the thread waits for the endpoint and would not see that the client has gone
    downstream.channel().onReset(me::interrupt);
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          return client.openTcp(stream, Long.MAX_VALUE);
        } catch (UpstreamException.ConnectFailure e) {
          stream.flag(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
          if (attempt >= config.maxConnectAttempts()) {
            stream.flag(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
            cluster.stats().upstreamCxConnectAttemptsExceeded.inc();
            return null;
          }
        }
      }
    } catch (UpstreamException.NoHealthyEndpoint e) {
      stream.flag(ResponseFlag.NO_HEALTHY_UPSTREAM);
    } catch (UpstreamException.Overflow e) {
      stream.flag(ResponseFlag.UPSTREAM_OVERFLOW);
    } catch (CanceledException e) {
      stream.flag(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
    } catch (IOException e) {
      stream.flag(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
    } finally {
      downstream.channel().onReset(null);
      Thread.interrupted(); // the reset may have come when there was nothing to interrupt
    }
    return null;
  }
}
