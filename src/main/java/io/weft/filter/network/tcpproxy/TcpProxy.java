package io.weft.filter.network.tcpproxy;

import io.weft.accesslog.AccessLog;
import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.cluster.Priority;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.format.ResponseFlag;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.net.CanceledException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.Upstream;
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
    var tunneling = config.tunneling();
    if (tunneling != null) {
      var limits = new Timeouts();
      var tunnel =
          connect(cluster, downstream, stream, client -> open(client, stream, tunneling, limits));
      if (tunnel != null) {
        limits(limits);
        new TunnelRelay(downstream, tunnel.upstream, tunnel.body, limits, stream, stats).run();
      }
      return;
    }
    var lease =
        connect(cluster, downstream, stream, client -> client.openTcp(stream, Long.MAX_VALUE));
    if (lease != null) {
      new Relay(downstream, lease, stream, carrier, config, stats).run();
    }
  }

  /** A tunnel that a host of the cluster has opened. */
  private record Tunnel(Upstream upstream, Body body) {}

  private Tunnel open(
      ClusterClient client, StreamInfo stream, TcpProxyConfig.Tunneling tunneling, Timeouts limits)
      throws IOException {
    var authority = tunneling.hostname().latin1(stream);
    var headers = new Headers().add(HeaderName.HOST, authority);
    tunneling.headers().apply(headers, stream);
    var request =
        Request.of("CONNECT", "http", authority, "", Protocol.HTTP_1_1, headers, Body.EMPTY);
    limits.deadlineNanos(System.nanoTime() + client.cluster().config().connectTimeout().toNanos());
    try {
      return ask(client, stream, request, limits, false);
    } catch (StaleException e) {
      return ask(client, stream, request, limits, true);
    }
  }

  /** A connection that was reused had died: another is to be tried. */
  private static final class StaleException extends IOException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  private static Tunnel ask(
      ClusterClient client, StreamInfo stream, Request request, Timeouts limits, boolean fresh)
      throws IOException {
    var upstream = client.open(stream, Priority.DEFAULT, fresh, limits.deadlineNanos());
    boolean opened = false;
    try {
      upstream.stream().sendHead(request, limits);
      var response = upstream.stream().receive(Interim.NONE, limits);
      upstream.onResponse(response.status());
      client.cluster().stats().onResponse(response.status());
      if (!request.isUpgradedBy(response.status())) {
        throw refused("refused with " + response.status());
      }
      opened = true;
      return new Tunnel(upstream, response.body());
    } catch (CanceledException | UpstreamException e) {
      throw e;
    } catch (IOException e) {
      if (upstream.reused() && !upstream.stream().responseStarted()) {
        throw new StaleException();
      }
      throw refused(String.valueOf(e.getMessage()));
    } finally {
      if (!opened) {
        upstream.stream().reset();
      }
    }
  }

  private static UpstreamException.ConnectFailure refused(String why) {
    return new UpstreamException.ConnectFailure(
        UpstreamException.ConnectFailure.Failure.REMOTE, "CONNECT " + why);
  }

  /** From now on the limits of the connection hold, and no longer those of opening it. */
  private void limits(Timeouts limits) {
    var idle = config.idleTimeout();
    var duration = config.maxConnectionDuration();
    limits.idleNanos(idle == null ? Timeouts.NONE : idle.toNanos());
    limits.deadlineNanos(duration == null ? Timeouts.NONE : System.nanoTime() + duration.toNanos());
  }

  /** Opens what bytes are moved to. */
  @FunctionalInterface
  private interface Opener<T> {
    T open(ClusterClient client) throws IOException;
  }

  /** What was opened; null if there is nothing to be had, which the stream then tells. */
  private <T> @Nullable T connect(
      Cluster cluster, DownstreamConnection downstream, StreamInfo stream, Opener<T> opener) {
    var client = ClusterClient.of(cluster);
    var me = Thread.currentThread();
    // the thread waits for the endpoint and would not see that the client has gone
    downstream.channel().onReset(me::interrupt);
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          return opener.open(client);
        } catch (UpstreamException.ConnectFailure e) {
          stream.flag(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
          stream.transportFailure(e.transportReason());
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
