package io.weft.listener;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;

/** The statistics of a listener, under {@code listener.<prefix>.}, with Envoy's names. */
final class ListenerStats {
  final Counter total;
  final Gauge active;
  final Counter destroyed;
  final Histogram lengthMillis;
  final Counter overflow;
  final Counter globalOverflow;
  final Counter noFilterChainMatch;
  final Counter handshakeTimeout;
  final Gauge inspected;
  final Counter inspectionTimeout;
  private final Counter[] workerTotal;
  private final Gauge[] workerActive;

  ListenerStats(Scope scope, int carriers) {
    total = scope.counter("downstream_cx_total");
    active = scope.gauge("downstream_cx_active");
    destroyed = scope.counter("downstream_cx_destroy");
    lengthMillis = scope.histogram("downstream_cx_length_ms");
    overflow = scope.counter("downstream_cx_overflow");
    globalOverflow = scope.counter("downstream_global_cx_overflow");
    noFilterChainMatch = scope.counter("no_filter_chain_match");
    inspected = scope.gauge("downstream_pre_cx_active");
    inspectionTimeout = scope.counter("downstream_pre_cx_timeout");
    handshakeTimeout = scope.counter("downstream_cx_transport_socket_connect_timeout");
    workerTotal = new Counter[carriers];
    workerActive = new Gauge[carriers];
    for (int i = 0; i < carriers; i++) {
      Scope worker = scope.scope("worker_" + i);
      workerTotal[i] = worker.counter("downstream_cx_total");
      workerActive[i] = worker.gauge("downstream_cx_active");
    }
  }

  void opened(int carrier) {
    total.inc();
    active.inc();
    workerTotal[carrier].inc();
    workerActive[carrier].inc();
  }

  void closed(int carrier, long millis) {
    active.dec();
    workerActive[carrier].dec();
    destroyed.inc();
    lengthMillis.record(millis);
  }
}
