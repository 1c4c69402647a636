package io.weft.filter.http.router;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.HeaderMatch;
import io.weft.route.RetryPolicy;
import io.weft.route.RetryPolicy.On;
import io.weft.stream.UpstreamException;
import io.weft.stream.UpstreamException.StreamReset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is worth another try of one request: what the route says and what the request adds (Envoy,
 * "x-envoy-retry-on"). Immutable.
 *
 * @param policy of the route, or what holds where there is none
 * @param on the failures and answers of both
 * @param retries how many tries may follow the first
 * @param statuses of both
 * @param headers names of response headers that the request adds
 */
record RetryRules(
    RetryPolicy policy, Set<On> on, int retries, Set<Integer> statuses, List<HeaderName> headers) {
  /** The rules of a request, whose headers about them are taken out; null if there are none. */
  static @Nullable RetryRules of(@Nullable RetryPolicy ofRoute, Request request) {
    Headers headers = request.headers();
    String on = take(headers, HeaderName.X_ENVOY_RETRY_ON);
    String grpcOn = take(headers, HeaderName.X_ENVOY_RETRY_GRPC_ON);
    String max = take(headers, HeaderName.X_ENVOY_MAX_RETRIES);
    String codes = take(headers, HeaderName.X_ENVOY_RETRIABLE_STATUS_CODES);
    String names = take(headers, HeaderName.X_ENVOY_RETRIABLE_HEADER_NAMES);
    if (on == null && grpcOn == null && (ofRoute == null || ofRoute.on().isEmpty())) {
      return null;
    }
    RetryPolicy policy = ofRoute == null ? RetryPolicy.OF_HEADERS : ofRoute;
    if (!policy.requestHeaders().isEmpty() && !matchesOne(policy.requestHeaders(), request)) {
      return null;
    }
    if (on == null && grpcOn == null && max == null && codes == null && names == null) {
      return new RetryRules(policy, policy.on(), policy.retries(), policy.statuses(), List.of());
    }
    Set<On> all = EnumSet.noneOf(On.class);
    all.addAll(policy.on());
    all.addAll(On.all(on == null ? "" : on));
    all.addAll(On.all(grpcOn == null ? "" : grpcOn));
    Set<Integer> statuses = new HashSet<>(policy.statuses());
    for (String code : list(codes)) {
      int status = number(code, -1);
      if (status > 0) {
        statuses.add(status);
      }
    }
    List<HeaderName> added = new ArrayList<>();
    for (String name : list(names)) {
      try {
        added.add(HeaderName.of(name));
      } catch (IllegalArgumentException e) {
        // no header can have this name
      }
    }
    return new RetryRules(
        policy,
        all,
        max == null ? policy.retries() : number(max, policy.retries()),
        statuses,
        added);
  }

  private static @Nullable String take(Headers headers, HeaderName name) {
    String value = headers.first(name);
    if (value != null) {
      headers.remove(name);
    }
    return value;
  }

  private static List<String> list(@Nullable String text) {
    List<String> items = new ArrayList<>();
    for (int from = 0; text != null && from <= text.length(); ) {
      int comma = text.indexOf(',', from);
      int until = comma < 0 ? text.length() : comma;
      items.add(text.substring(from, until).strip());
      from = until + 1;
    }
    return items;
  }

  private static int number(String text, int otherwise) {
    try {
      int number = Integer.parseInt(text.strip());
      return number < 0 ? otherwise : number;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static boolean matchesOne(List<HeaderMatch> matches, Request request) {
    for (HeaderMatch match : matches) {
      if (match.matches(request)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the response is worth another try. */
  boolean wants(Response response) {
    Headers headers = response.headers();
    if (headers.contains("x-envoy-ratelimited")) {
      return on.contains(On.ENVOY_RATE_LIMITED);
    }
    int status = response.status();
    return on.contains(On.SERVER_ERROR) && status >= 500
        || on.contains(On.GATEWAY_ERROR) && status >= 502 && status <= 504
        || on.contains(On.RETRIABLE_4XX) && status == 409
        || on.contains(On.RETRIABLE_STATUS_CODES) && statuses.contains(status)
        || on.contains(On.RETRIABLE_HEADERS) && hasHeader(headers)
        || hasGrpcStatus(headers);
  }

  private boolean hasHeader(Headers headers) {
    for (HeaderMatch match : policy.responseHeaders()) {
      if (match.matches(headers)) {
        return true;
      }
    }
    for (HeaderName name : this.headers) {
      if (headers.contains(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasGrpcStatus(Headers headers) {
    String status = headers.first(HeaderName.GRPC_STATUS);
    if (status == null) {
      return false;
    }
    On wanted =
        switch (status) {
          case "1" -> On.GRPC_CANCELLED;
          case "4" -> On.GRPC_DEADLINE_EXCEEDED;
          case "8" -> On.GRPC_RESOURCE_EXHAUSTED;
          case "13" -> On.GRPC_INTERNAL;
          case "14" -> On.GRPC_UNAVAILABLE;
          default -> null;
        };
    return wanted != null && on.contains(wanted);
  }

  /** Whether the failure is worth another try; nothing is that a circuit breaker has stopped. */
  boolean wants(UpstreamException failure) {
    boolean any =
        on.contains(On.SERVER_ERROR) || on.contains(On.GATEWAY_ERROR) || on.contains(On.RESET);
    boolean unsent = on.contains(On.RESET_BEFORE_REQUEST);
    return switch (failure) {
      case UpstreamException.NoHealthyEndpoint e -> false;
      case UpstreamException.Overflow e -> false;
      case UpstreamException.ConnectFailure e -> any || unsent || on.contains(On.CONNECT_FAILURE);
      case StreamReset e ->
          any
              || unsent && !e.requestSent()
              || on.contains(On.REFUSED_STREAM) && e.kind() == StreamReset.Reset.REMOTE_REFUSED;
      case UpstreamException.UpstreamTimeout e -> any;
    };
  }

  /**
   * How long the host asks to be left alone, in nanoseconds; -1 if it does not, or for longer than
   * it may.
   *
   * @param startMillis wall clock time of the start of the stream
   * @param passedMillis since then
   */
  long resetNanos(Headers headers, long startMillis, long passedMillis) {
    for (RetryPolicy.ResetHeader header : policy.resetHeaders()) {
      String value = headers.first(header.name());
      if (value == null) {
        continue;
      }
      try {
        long number = Long.parseLong(value.strip());
        long millis =
            header.seconds()
                ? Math.multiplyExact(number, 1000L)
                : Math.multiplyExact(number, 1000L) - startMillis - passedMillis;
        if (millis > 0 && millis <= policy.resetMaxInterval().toMillis()) {
          return millis * 1_000_000;
        }
      } catch (NumberFormatException | ArithmeticException e) {
        // it says nothing that can be kept to
      }
    }
    return -1;
  }
}
