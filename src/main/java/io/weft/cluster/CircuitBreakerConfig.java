package io.weft.cluster;

import org.jspecify.annotations.Nullable;

/**
 * The limits of one priority of a cluster, process-wide. Immutable.
 *
 * @param maxConnections open connections; a carrier without one to an endpoint may open one beyond
 * @param maxPendingRequests requests that wait for a connection
 * @param maxRequests requests under way
 * @param maxRetries retries under way; not looked at where there is a budget
 * @param retryBudget retries as a share of the requests, or null
 * @param trackRemaining whether the {@code remaining_*} gauges exist
 */
public record CircuitBreakerConfig(
    long maxConnections,
    long maxPendingRequests,
    long maxRequests,
    long maxRetries,
    @Nullable RetryBudget retryBudget,
    boolean trackRemaining) {

  /** Envoy's limits where nothing is configured. */
  public static final CircuitBreakerConfig DEFAULT =
      new CircuitBreakerConfig(1024, 1024, 1024, 3, null, false);

  public CircuitBreakerConfig {
    requireCount("max_connections", maxConnections);
    requireCount("max_pending_requests", maxPendingRequests);
    requireCount("max_requests", maxRequests);
    requireCount("max_retries", maxRetries);
  }

  /**
   * Retries bounded by what goes on.
   *
   * @param percent of requests under way and pending that may be retries, 0 to 100
   * @param minConcurrency how many may always be under way
   */
  public record RetryBudget(double percent, long minConcurrency) {
    public RetryBudget {
      if (!(percent >= 0 && percent <= 100)) {
        throw new IllegalArgumentException("budget_percent: " + percent + " (expected: 0 to 100)");
      }
      requireCount("min_retry_concurrency", minConcurrency);
    }
  }

  private static void requireCount(String field, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: at least 0)");
    }
  }
}
