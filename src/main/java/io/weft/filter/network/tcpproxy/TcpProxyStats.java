package io.weft.filter.network.tcpproxy;

import io.weft.stats.Counter;
import io.weft.stats.Stats;

/** The statistics of a TCP proxy under {@code tcp.<prefix>.}, by Envoy's names. Shared. */
final class TcpProxyStats {
  final Counter downstreamCxTotal;
  final Counter downstreamCxNoRoute;
  final Counter downstreamCxRxBytesTotal;
  final Counter downstreamCxTxBytesTotal;
  final Counter idleTimeout;
  final Counter maxDownstreamConnectionDuration;

  TcpProxyStats(Stats stats, String prefix) {
    var scope = stats.scope("tcp").scope(prefix);
    downstreamCxTotal = scope.counter("downstream_cx_total");
    downstreamCxNoRoute = scope.counter("downstream_cx_no_route");
    downstreamCxRxBytesTotal = scope.counter("downstream_cx_rx_bytes_total");
    downstreamCxTxBytesTotal = scope.counter("downstream_cx_tx_bytes_total");
    idleTimeout = scope.counter("idle_timeout");
    maxDownstreamConnectionDuration = scope.counter("max_downstream_connection_duration");
  }
}
