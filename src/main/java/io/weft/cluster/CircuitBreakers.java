package io.weft.cluster;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one priority of a cluster may have at a time, over all carriers. Shared; any thread.
 *
 * <p>Every limit is exact: two carriers that ask for the last permit at once do not both get it. A
 * {@code cx_open} of 1 says that no connection can be opened now, and so on.
 */
public final class CircuitBreakers {
  private final CircuitBreakerConfig config;
  private final Permits connections;
  private final Permits pendingRequests;
  private final Permits requests;
  private final AtomicLong retries = new AtomicLong();

  public CircuitBreakers(CircuitBreakerConfig config) {
    this.config = config;
    this.connections = new Permits(config.maxConnections());
    this.pendingRequests = new Permits(config.maxPendingRequests());
    this.requests = new Permits(config.maxRequests());
  }

  public CircuitBreakerConfig config() {
    return config;
  }

  public Permits connections() {
    return connections;
  }

  public Permits pendingRequests() {
    return pendingRequests;
  }

  public Permits requests() {
    return requests;
  }

  /** Takes the permit of one more retry under way, or says that there is none. */
  public boolean tryAcquireRetry() {
    long allowed = maxRetriesNow();
    while (true) {
      long now = retries.get();
      if (now >= allowed) {
        return false;
      }
      if (retries.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives back what {@link #tryAcquireRetry} took. */
  public void releaseRetry() {
    retries.decrementAndGet();
  }

  public long retriesInUse() {
    return retries.get();
  }

  /** How many retries may be under way, with a budget as things stand now. */
  public long maxRetriesNow() {
    var budget = config.retryBudget();
    if (budget == null) {
      return config.maxRetries();
    }
    double under = (double) requests.inUse() + pendingRequests.inUse();
    return Math.max(budget.minConcurrency(), (long) (budget.percent() / 100 * under));
  }
}
