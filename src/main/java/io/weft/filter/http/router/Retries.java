package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.cluster.CircuitBreakers;
import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterStats;
import io.weft.cluster.Endpoint;
import io.weft.cluster.Priority;
import io.weft.format.ResponseFlag;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.RetryPolicy;
import io.weft.route.RetryPolicy.Avoid;
import io.weft.route.Route;
import io.weft.route.TimeLimits;
import io.weft.runtime.RuntimeValue;
import io.weft.stream.DownstreamException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.upstream.HostChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one request behind its first: whether there is another, when, and with what. Per
 * stream and on its thread.
 */
final class Retries implements HostChoice, AutoCloseable {
  private static final RuntimeValue.Percent ALWAYS = new RuntimeValue.Percent(100, 100);

  private final RetryRules rules;
  private final Route.Forward route;
  private final StreamInfo stream;
  private final ClusterStats stats;
  private final RequestStats counts;
  private final CircuitBreakers breakers;
  private final HostChoice choice;
  private final TimeLimits limits;
  private final List<Endpoint> tried = new ArrayList<>();

  /** Those tried since no priority was left out. */
  private final List<Endpoint> triedSince = new ArrayList<>(0);

  private long avoided;
  private int left;
  private int number = 1;
  private boolean holdsPermit;
  private boolean exhausted;
  private boolean afterTimeout;
  private long interval;
  private long resetNanos = -1;
  private long deadline = Long.MAX_VALUE;

  private Retries(
      RetryRules rules,
      Route.Forward route,
      StreamInfo stream,
      Cluster cluster,
      RequestStats counts,
      HostChoice choice,
      TimeLimits limits) {
    this.rules = rules;
    this.route = route;
    this.stream = stream;
    this.counts = counts;
    this.limits = limits;
    this.choice = choice;
    stats = cluster.stats();
    breakers = cluster.breakers(route.options().highPriority() ? Priority.HIGH : Priority.DEFAULT);
    left = rules.retries();
    interval =
        rules.policy().baseInterval().equals(RetryPolicy.DEFAULT_BASE)
            ? stream.runtime().integer("upstream.base_retry_backoff_ms", 25) * 1_000_000
            : rules.policy().baseInterval().toNanos();
  }

  /** The retries of a request; null if neither route nor request ask for any. */
  static @Nullable Retries of(
      Route.Forward route,
      Request request,
      StreamInfo stream,
      Cluster cluster,
      RequestStats counts,
      HostChoice choice,
      TimeLimits limits) {
    RetryRules rules = RetryRules.of(route.retry(), request);
    return rules == null
        ? null
        : new Retries(rules, route, stream, cluster, counts, choice, limits);
  }

  @Override
  public boolean isHashed() {
    return choice.isHashed();
  }

  @Override
  public long hash() {
    return choice.hash();
  }

  @Override
  public int picked() {
    return number - 1;
  }

  @Override
  public int picks() {
    return rules.policy().avoid().isEmpty() ? 1 : rules.policy().hostAttempts() + 1;
  }

  @Override
  public boolean avoids(Endpoint endpoint) {
    for (Avoid avoid : rules.policy().avoid()) {
      boolean avoided =
          switch (avoid) {
            case Avoid.PreviousHosts previous -> tried.contains(endpoint);
            case Avoid.Canaries canaries -> number > 1 && endpoint.isCanary();
            case Avoid.Labelled labelled ->
                number > 1 && has(endpoint.config().metadata(), labelled.labels());
          };
      if (avoided) {
        return true;
      }
    }
    return false;
  }

  /** Whether all labels are there; a list has each of its items (Envoy: metadataLabelMatch). */
  private static boolean has(Map<String, Object> metadata, Map<String, Object> labels) {
    for (Map.Entry<String, Object> label : labels.entrySet()) {
      Object value = metadata.get(label.getKey());
      if (!label.getValue().equals(value)
          && !(value instanceof List<?> list && list.contains(label.getValue()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long avoidedPriorities() {
    int updates = rules.policy().priorityUpdates();
    if (updates > 0 && triedSince.size() >= updates && triedSince.size() % updates == 0) {
      for (Endpoint endpoint : triedSince) {
        int priority = endpoint.config().priority();
        avoided |= priority < Long.SIZE ? 1L << priority : 0;
      }
    }
    return avoided;
  }

  @Override
  public void noOtherPriority() {
    avoided = 0;
    triedSince.clear();
  }

  @Override
  public void taken(Endpoint endpoint) {
    tried.add(endpoint);
    if (rules.policy().priorityUpdates() > 0) {
      triedSince.add(endpoint);
    }
  }

  /** When the request as a whole must be over; {@link Long#MAX_VALUE} while that is not known. */
  long deadline() {
    return deadline;
  }

  /** The whole request has been sent for the first time, or has been received. */
  void requestSent(long now) {
    if (deadline == Long.MAX_VALUE && limits.total() > 0) {
      deadline = now + limits.total();
    }
  }

  /**
   * Whether a response is not passed on because another try follows.
   *
   * @param body of the request; null if it has none
   */
  boolean follows(Response response, @Nullable ReplayBody body) {
    boolean wanted = rules.wants(response);
    if (!wanted) {
      settle(true);
      return false;
    }
    resetNanos = rules.resetNanos(response.headers(), stream.startTimeMillis(), passedMillis());
    return another(body);
  }

  private long passedMillis() {
    return (Carrier.current().nowNanos() - stream.startNanos()) / 1_000_000;
  }

  /** Whether another try follows a failure. */
  boolean follows(UpstreamException failure, @Nullable ReplayBody body) {
    if (failure instanceof UpstreamException.UpstreamTimeout && isOver()) {
      settle(false);
      return false;
    }
    if (!rules.wants(failure)) {
      settle(false);
      return false;
    }
    resetNanos = -1;
    afterTimeout = failure instanceof UpstreamException.UpstreamTimeout;
    return another(body);
  }

  /** Whether another try follows beside one that takes too long, which goes on. */
  boolean followsSlow(@Nullable ReplayBody body) {
    resetNanos = -1;
    afterTimeout = true;
    return another(body);
  }

  /** Whether a response would be tried again if it could be. */
  boolean wants(Response response) {
    return rules.wants(response);
  }

  /** One of several tries has come to a good end. */
  void onAnswer() {
    settle(true);
  }

  private boolean isOver() {
    return deadline - Carrier.current().nowNanos() <= 0;
  }

  /** Nothing follows any more. */
  private void settle(boolean answered) {
    if (answered && number > 1) {
      stats.upstreamRqRetrySuccess.inc();
      counts.onRetrySuccess();
    }
    close();
  }

  private boolean another(@Nullable ReplayBody body) {
    close();
    if (body != null && !body.isRepeatable()) {
      stats.retryOrShadowAbandoned.inc();
      return false;
    }
    if (left <= 0) {
      stats.upstreamRqRetryLimitExceeded.inc();
      counts.onRetryLimitExceeded();
      stream.flag(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
      exhausted = true;
      return false;
    }
    left--;
    if (!breakers.tryAcquireRetry()) {
      stats.upstreamRqRetryOverflow.inc();
      counts.onRetryOverflow();
      return false;
    }
    holdsPermit = true;
    if (!stream.runtime().enabled("upstream.use_retry", ALWAYS, randomLot())) {
      close();
      return false;
    }
    stats.upstreamRqRetry.inc();
    counts.onRetry();
    return true;
  }

  private static long randomLot() {
    return ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
  }

  /**
   * Waits as long as the back-off says and gives the request for the next try.
   *
   * @throws UpstreamException.UpstreamTimeout if the request has no more time
   * @throws DownstreamException if the client has gone meanwhile
   */
  Request next(Request request, @Nullable ReplayBody body) throws IOException {
    long now = Carrier.current().nowNanos();
    long wait = Math.min(backOff(), Math.max(0, deadline - now));
    BackOff.sleep(wait, stream.exchange());
    if (isOver()) {
      stats.upstreamRqTimeout.inc();
      counts.onTimeout();
      throw new UpstreamException.UpstreamTimeout("no time left for another try");
    }
    return prepared(request, body);
  }

  /** The request for the next try, which is counted. */
  Request prepared(Request request, @Nullable ReplayBody body) {
    number++;
    Headers headers = request.headers();
    if (route.host().attemptCount()) {
      headers.set(HeaderName.X_ENVOY_ATTEMPT_COUNT, Integer.toString(number));
    }
    if (route.host().timeoutRetryHeader() && afterTimeout) {
      headers.set("x-envoy-is-timeout-retry", "true");
    } else {
      headers.remove("x-envoy-is-timeout-retry");
    }
    return body == null ? request : request.withBody(body.again());
  }

  /** How long to wait before the next try. */
  long backOff() {
    if (resetNanos >= 0) {
      stats.upstreamRqRetryBackoffRatelimited.inc();
      // up to half as much again, so that not all who were told the same come at once
      return resetNanos + ThreadLocalRandom.current().nextLong(resetNanos / 2 + 1);
    }
    stats.upstreamRqRetryBackoffExponential.inc();
    long now = interval;
    long max = rules.policy().maxInterval().toNanos();
    interval = now < max / 2 ? now * 2 : Math.max(max, 1);
    return ThreadLocalRandom.current().nextLong(Math.max(1, now));
  }

  /** How many tries there were. */
  int number() {
    return number;
  }

  /** Whether there were as many as there may be, and none was good. */
  boolean exhausted() {
    return exhausted;
  }

  /** Gives back the permit of the try that is under way. */
  @Override
  public void close() {
    if (holdsPermit) {
      holdsPermit = false;
      breakers.releaseRetry();
    }
  }
}
