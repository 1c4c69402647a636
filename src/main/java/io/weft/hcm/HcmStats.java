package io.weft.hcm;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;
import io.weft.stats.Stats;

/** The statistics of a connection manager under {@code http.<prefix>.}, by Envoy's names. */
final class HcmStats {
  final Counter cxTotal;
  final Gauge cxActive;
  final Counter cxHttp1Total;
  final Gauge cxHttp1Active;
  final Counter cxHttp2Total;
  final Gauge cxHttp2Active;
  final Counter cxDestroy;
  final Counter cxDestroyLocal;
  final Counter cxDestroyRemote;
  final Counter cxDestroyActiveRq;
  final Counter cxDestroyLocalActiveRq;
  final Counter cxDestroyRemoteActiveRq;
  final Counter cxProtocolError;
  final Counter cxDrainClose;
  final Counter cxIdleTimeout;
  final Counter cxMaxDurationReached;
  final Counter cxMaxRequestsReached;
  final Counter cxUpgradesTotal;
  final Gauge cxUpgradesActive;
  final Counter cxRxBytes;
  final Counter cxTxBytes;
  final Histogram cxLengthMs;
  final Counter rqTotal;
  final Counter rqHttp1Total;
  final Counter rqHttp2Total;
  final Gauge rqActive;
  final Counter rqCompleted;
  final Counter[] rqClass = new Counter[6];
  final Counter rqRxReset;
  final Counter rqTxReset;
  final Counter rqTooLarge;
  final Counter rsTooLarge;
  final Counter rqTimeout;
  final Counter rqHeaderTimeout;
  final Counter rqIdleTimeout;
  final Counter rqMaxDurationReached;
  final Counter rqResponseBeforeComplete;
  final Counter rqNonRelativePath;
  final Counter rqWsOnNonWsRoute;
  final Counter rqFailedPathNormalization;
  final Counter rqRedirectedWithNormalizedPath;
  final Counter underscoresRejected;
  final Counter underscoresDropped;
  final Counter filterErrors;
  final Histogram rqTime;

  HcmStats(Stats stats, String prefix) {
    Scope scope = stats.scope("http." + prefix);
    cxTotal = scope.counter("downstream_cx_total");
    cxActive = scope.gauge("downstream_cx_active");
    cxHttp1Total = scope.counter("downstream_cx_http1_total");
    cxHttp1Active = scope.gauge("downstream_cx_http1_active");
    cxHttp2Total = scope.counter("downstream_cx_http2_total");
    cxHttp2Active = scope.gauge("downstream_cx_http2_active");
    cxDestroy = scope.counter("downstream_cx_destroy");
    cxDestroyLocal = scope.counter("downstream_cx_destroy_local");
    cxDestroyRemote = scope.counter("downstream_cx_destroy_remote");
    cxDestroyActiveRq = scope.counter("downstream_cx_destroy_active_rq");
    cxDestroyLocalActiveRq = scope.counter("downstream_cx_destroy_local_active_rq");
    cxDestroyRemoteActiveRq = scope.counter("downstream_cx_destroy_remote_active_rq");
    cxProtocolError = scope.counter("downstream_cx_protocol_error");
    cxDrainClose = scope.counter("downstream_cx_drain_close");
    cxIdleTimeout = scope.counter("downstream_cx_idle_timeout");
    cxMaxDurationReached = scope.counter("downstream_cx_max_duration_reached");
    cxMaxRequestsReached = scope.counter("downstream_cx_max_requests_reached");
    cxUpgradesTotal = scope.counter("downstream_cx_upgrades_total");
    cxUpgradesActive = scope.gauge("downstream_cx_upgrades_active");
    cxRxBytes = scope.counter("downstream_cx_rx_bytes_total");
    cxTxBytes = scope.counter("downstream_cx_tx_bytes_total");
    cxLengthMs = scope.histogram("downstream_cx_length_ms");
    rqTotal = scope.counter("downstream_rq_total");
    rqHttp1Total = scope.counter("downstream_rq_http1_total");
    rqHttp2Total = scope.counter("downstream_rq_http2_total");
    rqActive = scope.gauge("downstream_rq_active");
    rqCompleted = scope.counter("downstream_rq_completed");
    rqClass[0] = scope.counter("downstream_rq_unknown");
    for (int i = 1; i <= 5; i++) {
      rqClass[i] = scope.counter("downstream_rq_" + i + "xx");
    }
    rqRxReset = scope.counter("downstream_rq_rx_reset");
    rqTxReset = scope.counter("downstream_rq_tx_reset");
    rqTooLarge = scope.counter("downstream_rq_too_large");
    rsTooLarge = scope.counter("rs_too_large");
    rqTimeout = scope.counter("downstream_rq_timeout");
    rqHeaderTimeout = scope.counter("downstream_rq_header_timeout");
    rqIdleTimeout = scope.counter("downstream_rq_idle_timeout");
    rqMaxDurationReached = scope.counter("downstream_rq_max_duration_reached");
    rqResponseBeforeComplete = scope.counter("downstream_rq_response_before_rq_complete");
    rqNonRelativePath = scope.counter("downstream_rq_non_relative_path");
    rqWsOnNonWsRoute = scope.counter("downstream_rq_ws_on_non_ws_route");
    rqFailedPathNormalization = scope.counter("downstream_rq_failed_path_normalization");
    rqRedirectedWithNormalizedPath = scope.counter("downstream_rq_redirected_with_normalized_path");
    Scope codec = stats.scope("http1");
    underscoresRejected = codec.counter("requests_rejected_with_underscores_in_headers");
    underscoresDropped = codec.counter("dropped_headers_with_underscores");
    filterErrors = scope.counter("downstream_rq_filter_error");
    rqTime = scope.histogram("downstream_rq_time");
  }

  void response(int status) {
    rqCompleted.inc();
    int kind = status / 100;
    rqClass[kind >= 1 && kind <= 5 ? kind : 0].inc();
  }
}
