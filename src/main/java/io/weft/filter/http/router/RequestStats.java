package io.weft.filter.http.router;

import io.weft.cluster.ClusterStats;
import io.weft.cluster.ResponseCodes;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.stats.Counter;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a route or of a virtual cluster, counted under {@code upstream_rq_} by Envoy's names.
 * Shared; any thread may count.
 */
final class RequestStats {
  /** For requests that are counted nowhere else. */
  static final RequestStats NONE = new RequestStats(List.of(), null);

  private final List<One> all;
  private final @Nullable ResponseCodes alternative;

  /** One place where they are counted. */
  private record One(
      Counter total,
      Counter timeout,
      Counter retry,
      Counter retrySuccess,
      Counter retryOverflow,
      Counter retryLimitExceeded,
      Histogram time,
      ResponseCodes codes) {
    static One in(Scope scope) {
      return new One(
          scope.counter("upstream_rq_total"),
          scope.counter("upstream_rq_timeout"),
          scope.counter("upstream_rq_retry"),
          scope.counter("upstream_rq_retry_success"),
          scope.counter("upstream_rq_retry_overflow"),
          scope.counter("upstream_rq_retry_limit_exceeded"),
          scope.histogram("upstream_rq_time"),
          new ResponseCodes(scope));
    }
  }

  private RequestStats(List<One> all, @Nullable ResponseCodes alternative) {
    this.all = all;
    this.alternative = alternative;
  }

  /**
   * The same, and where the request says so its responses are counted in the cluster under a name
   * besides; the header is taken out.
   */
  RequestStats named(Headers request, ClusterStats cluster) {
    String name = request.first(HeaderName.X_ENVOY_UPSTREAM_ALT_STAT_NAME);
    if (name == null) {
      return this;
    }
    request.remove(HeaderName.X_ENVOY_UPSTREAM_ALT_STAT_NAME);
    return name.isEmpty() ? this : new RequestStats(all, cluster.named(name));
  }

  static RequestStats in(List<Scope> scopes) {
    return new RequestStats(scopes.stream().map(One::in).toList(), null);
  }

  /** A response, from upstream or in its place. */
  void onResponse(int status) {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).codes.inc(status);
    }
    if (alternative != null) {
      alternative.count(status);
    }
  }

  /** A try that was sent. */
  void onTry() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).total.inc();
    }
  }

  void onResponseTime(long millis) {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).time.record(millis);
    }
    if (alternative != null) {
      alternative.time().record(millis);
    }
  }

  void onTimeout() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).timeout.inc();
    }
  }

  void onRetry() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).retry.inc();
    }
  }

  void onRetrySuccess() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).retrySuccess.inc();
    }
  }

  void onRetryOverflow() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).retryOverflow.inc();
    }
  }

  void onRetryLimitExceeded() {
    for (int i = 0; i < all.size(); i++) {
      all.get(i).retryLimitExceeded.inc();
    }
  }
}
