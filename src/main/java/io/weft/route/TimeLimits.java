package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a request and one try of it may take: what the route says, unless headers of the request
 * say otherwise (Envoy, "x-envoy-upstream-rq-timeout-ms"). Immutable. Nanoseconds, 0 is no limit.
 *
 * @param total from the whole request received to the whole response
 * @param perTry the same of one try; 0 if it is not below the total
 * @param perTryIdle how long nothing may move on one try
 * @param noContent whether a request that takes too long is answered 204
 */
public record TimeLimits(long total, long perTry, long perTryIdle, boolean noContent) {
  /** Reads and takes out the headers. */
  public static TimeLimits of(Route.Forward route, Headers headers) {
    if (!headers.contains(HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS)
        && !headers.contains(HeaderName.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS)
        && !headers.contains(HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE)
        && !route.heedsGrpcTimeout()) {
      return route.limits();
    }
    RetryPolicy retry = route.retry();
    long total =
        millis(headers, HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, route.timeoutNanos(headers));
    long perTry =
        millis(
            headers,
            HeaderName.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
            retry == null ? 0 : nanos(retry.perTry()));
    boolean noContent = headers.contains(HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE);
    if (noContent) {
      headers.remove(HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE);
    }
    return new TimeLimits(
        total,
        total > 0 && perTry >= total ? 0 : perTry,
        retry == null ? 0 : nanos(retry.perTryIdle()),
        noContent);
  }

  /** What the route says. */
  static TimeLimits of(long total, @Nullable RetryPolicy retry) {
    long perTry = retry == null ? 0 : nanos(retry.perTry());
    return new TimeLimits(
        total,
        total > 0 && perTry >= total ? 0 : perTry,
        retry == null ? 0 : nanos(retry.perTryIdle()),
        false);
  }

  private static long nanos(@Nullable Duration duration) {
    return duration == null ? 0 : duration.toNanos();
  }

  private static long millis(Headers headers, HeaderName name, long otherwise) {
    String written = headers.first(name);
    if (written == null) {
      return otherwise;
    }
    headers.remove(name);
    try {
      long millis = Long.parseLong(written);
      return millis < 0 || millis > Long.MAX_VALUE / 1_000_000 ? otherwise : millis * 1_000_000;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** What a host is told of the time it has, in milliseconds; 0 for no limit. */
  public long expectedMillis() {
    return (perTry > 0 ? perTry : total) / 1_000_000;
  }
}
