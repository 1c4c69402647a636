package io.weft.cluster;

import io.weft.cluster.lb.HashTable;
import io.weft.cluster.lb.Maglev;
import io.weft.cluster.lb.RingHash;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;
import io.weft.stats.Stats;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of one cluster under {@code cluster.<name>.}, by Envoy's names. Shared; any thread
 * may count.
 *
 * <p>A cluster nobody uses costs a few kilobytes: what belongs to a response code comes into being
 * with the first such response.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats">Envoy:
 *     cluster statistics</a>
 */
public final class ClusterStats {
  /** Requests choose the names. */
  private static final int MOST_NAMES = 1000;

  public final Gauge membershipTotal;
  public final Gauge membershipHealthy;
  public final Gauge membershipDegraded;
  public final Gauge membershipExcluded;
  public final Counter membershipChange;
  public final Counter lbHealthyPanic;
  public final Counter bindErrors;

  public final Counter upstreamCxTotal;
  public final Gauge upstreamCxActive;
  public final Counter upstreamCxHttp1Total;
  public final Counter upstreamCxHttp2Total;
  public final Counter upstreamCxConnectFail;
  public final Counter upstreamCxConnectTimeout;
  public final Counter upstreamCxConnectAttemptsExceeded;
  public final Counter upstreamCxIdleTimeout;
  public final Counter upstreamCxMaxDurationReached;
  public final Counter upstreamCxMaxRequests;
  public final Counter upstreamCxOverflow;
  public final Counter upstreamCxPoolOverflow;
  public final Counter upstreamCxNoneHealthy;
  public final Counter upstreamCxProtocolError;
  public final Counter upstreamCxCloseNotify;
  public final Counter upstreamCxDestroy;
  public final Counter upstreamCxDestroyLocal;
  public final Counter upstreamCxDestroyRemote;
  public final Counter upstreamCxDestroyWithActiveRq;
  public final Counter upstreamCxDestroyLocalWithActiveRq;
  public final Counter upstreamCxDestroyRemoteWithActiveRq;
  public final Counter upstreamCxRxBytesTotal;
  public final Counter upstreamCxTxBytesTotal;
  public final Histogram upstreamCxConnectMs;
  public final Histogram upstreamCxLengthMs;

  public final Counter upstreamRqTotal;
  public final Gauge upstreamRqActive;
  public final Counter upstreamRqPendingTotal;
  public final Gauge upstreamRqPendingActive;
  public final Counter upstreamRqPendingOverflow;
  public final Counter upstreamRqPendingFailureEject;
  public final Counter upstreamRqCancelled;
  public final Counter upstreamRqCompleted;
  public final Counter upstreamRqMaintenanceMode;
  public final Counter upstreamRqTimeout;
  public final Counter upstreamRqPerTryTimeout;
  public final Counter upstreamRqMaxDurationReached;
  public final Counter upstreamRqRxReset;
  public final Counter upstreamRqTxReset;
  public final Counter upstreamRqRetry;
  public final Counter upstreamRqRetrySuccess;
  public final Counter upstreamRqRetryOverflow;
  public final Counter upstreamRqRetryLimitExceeded;
  public final Counter upstreamRqRetryBackoffExponential;
  public final Counter upstreamRqRetryBackoffRatelimited;
  public final Counter retryOrShadowAbandoned;
  public final Counter upstreamInternalRedirectSucceededTotal;
  public final Counter upstreamInternalRedirectFailedTotal;

  private final Scope scope;
  private final Scope traffic;
  private final ResponseCodes codes;
  private volatile @Nullable ResponseCodes retried;
  private volatile @Nullable ResponseCodes internal;
  private volatile @Nullable ResponseCodes external;
  private volatile @Nullable ResponseCodes canary;
  private final Map<String, ResponseCodes> named = new ConcurrentHashMap<>();

  private volatile @Nullable Histogram upstreamRqTime;
  private volatile @Nullable GrpcStats grpc;

  /** The statistics of the cluster called {@code statName}, in {@code stats}. */
  public ClusterStats(Stats stats, String statName) {
    scope = stats.scope("cluster").scope(inStatName(statName));
    traffic = scope.deferred();
    codes = new ResponseCodes(traffic);
    membershipTotal = scope.gauge("membership_total");
    membershipHealthy = scope.gauge("membership_healthy");
    membershipDegraded = scope.gauge("membership_degraded");
    membershipExcluded = scope.gauge("membership_excluded");
    membershipChange = scope.counter("membership_change");
    lbHealthyPanic = traffic.counter("lb_healthy_panic");
    bindErrors = traffic.counter("bind_errors");
    upstreamCxTotal = traffic.counter("upstream_cx_total");
    upstreamCxActive = traffic.gauge("upstream_cx_active");
    upstreamCxHttp1Total = traffic.counter("upstream_cx_http1_total");
    upstreamCxHttp2Total = traffic.counter("upstream_cx_http2_total");
    upstreamCxConnectFail = traffic.counter("upstream_cx_connect_fail");
    upstreamCxConnectTimeout = traffic.counter("upstream_cx_connect_timeout");
    upstreamCxConnectAttemptsExceeded = traffic.counter("upstream_cx_connect_attempts_exceeded");
    upstreamCxIdleTimeout = traffic.counter("upstream_cx_idle_timeout");
    upstreamCxMaxDurationReached = traffic.counter("upstream_cx_max_duration_reached");
    upstreamCxMaxRequests = traffic.counter("upstream_cx_max_requests");
    upstreamCxOverflow = traffic.counter("upstream_cx_overflow");
    upstreamCxPoolOverflow = traffic.counter("upstream_cx_pool_overflow");
    upstreamCxNoneHealthy = traffic.counter("upstream_cx_none_healthy");
    upstreamCxProtocolError = traffic.counter("upstream_cx_protocol_error");
    upstreamCxCloseNotify = traffic.counter("upstream_cx_close_notify");
    upstreamCxDestroy = traffic.counter("upstream_cx_destroy");
    upstreamCxDestroyLocal = traffic.counter("upstream_cx_destroy_local");
    upstreamCxDestroyRemote = traffic.counter("upstream_cx_destroy_remote");
    upstreamCxDestroyWithActiveRq = traffic.counter("upstream_cx_destroy_with_active_rq");
    upstreamCxDestroyLocalWithActiveRq =
        traffic.counter("upstream_cx_destroy_local_with_active_rq");
    upstreamCxDestroyRemoteWithActiveRq =
        traffic.counter("upstream_cx_destroy_remote_with_active_rq");
    upstreamCxRxBytesTotal = traffic.counter("upstream_cx_rx_bytes_total");
    upstreamCxTxBytesTotal = traffic.counter("upstream_cx_tx_bytes_total");
    upstreamCxConnectMs = traffic.histogram("upstream_cx_connect_ms");
    upstreamCxLengthMs = traffic.histogram("upstream_cx_length_ms");
    upstreamRqTotal = traffic.counter("upstream_rq_total");
    upstreamRqActive = traffic.gauge("upstream_rq_active");
    upstreamRqPendingTotal = traffic.counter("upstream_rq_pending_total");
    upstreamRqPendingActive = traffic.gauge("upstream_rq_pending_active");
    upstreamRqPendingOverflow = traffic.counter("upstream_rq_pending_overflow");
    upstreamRqPendingFailureEject = traffic.counter("upstream_rq_pending_failure_eject");
    upstreamRqCancelled = traffic.counter("upstream_rq_cancelled");
    upstreamRqCompleted = traffic.counter("upstream_rq_completed");
    upstreamRqMaintenanceMode = traffic.counter("upstream_rq_maintenance_mode");
    upstreamRqTimeout = traffic.counter("upstream_rq_timeout");
    upstreamRqPerTryTimeout = traffic.counter("upstream_rq_per_try_timeout");
    upstreamRqMaxDurationReached = traffic.counter("upstream_rq_max_duration_reached");
    upstreamRqRxReset = traffic.counter("upstream_rq_rx_reset");
    upstreamRqTxReset = traffic.counter("upstream_rq_tx_reset");
    upstreamRqRetry = traffic.counter("upstream_rq_retry");
    upstreamRqRetrySuccess = traffic.counter("upstream_rq_retry_success");
    upstreamRqRetryOverflow = traffic.counter("upstream_rq_retry_overflow");
    upstreamRqRetryLimitExceeded = traffic.counter("upstream_rq_retry_limit_exceeded");
    upstreamRqRetryBackoffExponential = traffic.counter("upstream_rq_retry_backoff_exponential");
    upstreamRqRetryBackoffRatelimited = traffic.counter("upstream_rq_retry_backoff_ratelimited");
    retryOrShadowAbandoned = traffic.counter("retry_or_shadow_abandoned");
    upstreamInternalRedirectSucceededTotal =
        traffic.counter("upstream_internal_redirect_succeeded_total");
    upstreamInternalRedirectFailedTotal =
        traffic.counter("upstream_internal_redirect_failed_total");
  }

  /** The scope of everything here, {@code cluster.<name>.}. */
  public Scope scope() {
    return scope;
  }

  /** What is counted of gRPC calls; made when first asked for. */
  public GrpcStats grpc() {
    var found = grpc;
    if (found == null) {
      found = new GrpcStats(traffic.scope("grpc")); // two that two threads make count the same
      grpc = found;
    }
    return found;
  }

  /** Counts a final response: {@code upstream_rq_completed}, {@code _2xx} and {@code _200}. */
  public void onResponse(int status) {
    upstreamRqCompleted.inc();
    codes.inc(status);
  }

  /**
   * Counts a final response, also under {@code internal.} or {@code external.}.
   *
   * @param internalRequest whether the request has {@code x-envoy-internal: true}
   */
  public void onResponse(int status, boolean internalRequest) {
    onResponse(status);
    origin(internalRequest).count(status);
  }

  /** Counts a response that was followed by another try: {@code retry.upstream_rq_503}. */
  public void onRetried(int status) {
    var found = retried;
    if (found == null) {
      found = new ResponseCodes(traffic.scope("retry")); // two that two threads make are the same
      retried = found;
    }
    found.inc(status);
  }

  /** Responses of canaries, counted in {@code canary.} besides. */
  public ResponseCodes canary() {
    var found = canary;
    if (found == null) {
      found = new ResponseCodes(traffic.scope("canary")); // two that two threads make are the same
      canary = found;
    }
    return found;
  }

  /**
   * Responses to requests that ask to be counted under a name, too; null where there are as many
   * names as there may be.
   */
  public @Nullable ResponseCodes named(String name) {
    var found = named.get(name);
    if (found == null && named.size() < MOST_NAMES) {
      found = named.computeIfAbsent(name, n -> new ResponseCodes(traffic.scope(inStatName(n))));
    }
    return found;
  }

  /** Records how long a request took from its last byte to the response's, milliseconds. */
  public void onResponseTime(long millis) {
    var time = upstreamRqTime;
    if (time == null) {
      time = traffic.histogram("upstream_rq_time");
      upstreamRqTime = time;
    }
    time.record(millis);
  }

  /** As {@link #onResponseTime(long)}, also under {@code internal.} or {@code external.}. */
  public void onResponseTime(long millis, boolean internalRequest) {
    onResponseTime(millis);
    origin(internalRequest).time().record(millis);
  }

  /** Makes the membership gauges say what {@code set} holds. */
  void membership(EndpointSet set) {
    membershipTotal.set(set.all().size());
    membershipHealthy.set(set.healthy());
    membershipDegraded.set(set.degraded());
    HashTable table = set.sources().isEmpty() ? null : set.sources().getFirst().table();
    if (table instanceof RingHash) {
      var ring = scope.scope("ring_hash_lb");
      ring.gauge("size").set(table.size());
      ring.gauge("min_hashes_per_host").set(table.fewest());
      ring.gauge("max_hashes_per_host").set(table.most());
    } else if (table instanceof Maglev) {
      var maglev = scope.scope("maglev_lb");
      maglev.gauge("min_entries_per_host").set(table.fewest());
      maglev.gauge("max_entries_per_host").set(table.most());
    }
  }

  /**
   * The statistics of a cluster whose members are found and not configured; made when asked for.
   */
  public UpdateStats updates() {
    return new UpdateStats(scope);
  }

  /** Adds the gauges of one priority's circuit breakers; they are worked out when read. */
  void circuitBreakers(Priority priority, CircuitBreakers breakers) {
    var gauges = traffic.scope("circuit_breakers").scope(priority.text());
    gauges.gauge("cx_open", () -> breakers.connections().remaining() == 0 ? 1 : 0);
    gauges.gauge("cx_pool_open", () -> 0); // max_connection_pools is not limited
    gauges.gauge("rq_open", () -> breakers.requests().remaining() == 0 ? 1 : 0);
    gauges.gauge("rq_pending_open", () -> breakers.pendingRequests().remaining() == 0 ? 1 : 0);
    gauges.gauge(
        "rq_retry_open", () -> breakers.retriesInUse() >= breakers.maxRetriesNow() ? 1 : 0);
    if (breakers.config().trackRemaining()) {
      gauges.gauge("remaining_cx", breakers.connections()::remaining);
      gauges.gauge("remaining_rq", breakers.requests()::remaining);
      gauges.gauge("remaining_pending", breakers.pendingRequests()::remaining);
      gauges.gauge(
          "remaining_retries",
          () -> Math.max(0, breakers.maxRetriesNow() - breakers.retriesInUse()));
    }
  }

  private ResponseCodes origin(boolean internalRequest) {
    var found = internalRequest ? internal : external;
    if (found == null) {
      // two threads may make two: they hold the same counters
      found = new ResponseCodes(traffic.scope(internalRequest ? "internal" : "external"));
      if (internalRequest) {
        internal = found;
      } else {
        external = found;
      }
    }
    return found;
  }

  /** What Envoy makes of a name in a statistic: colons would end a tag. */
  private static String inStatName(String name) {
    return name.replace("://", "_").replace(":/", "_").replace(':', '_');
  }
}
