package io.weft.dns;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Scope;

/** The statistics of one cache under {@code dns_cache.<name>.}, by Envoy's names. */
final class DnsCacheStats {
  final Counter queryAttempt;
  final Counter querySuccess;
  final Counter queryFailure;
  final Counter queryTimeout;
  final Counter hostAdded;
  final Counter hostRemoved;
  final Counter hostAddressChanged;
  final Counter hostOverflow;
  final Counter requestPendingOverflow;
  final Gauge hosts;

  /** Names whose addresses may all not be connected to; Weft's own. */
  final Counter addressRefused;

  DnsCacheStats(Scope scope) {
    queryAttempt = scope.counter("dns_query_attempt");
    querySuccess = scope.counter("dns_query_success");
    queryFailure = scope.counter("dns_query_failure");
    queryTimeout = scope.counter("dns_query_timeout");
    hostAdded = scope.counter("host_added");
    hostRemoved = scope.counter("host_removed");
    hostAddressChanged = scope.counter("host_address_changed");
    hostOverflow = scope.counter("host_overflow");
    requestPendingOverflow = scope.counter("dns_rq_pending_overflow");
    hosts = scope.gauge("num_hosts");
    addressRefused = scope.counter("address_refused");
  }
}
