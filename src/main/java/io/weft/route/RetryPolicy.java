package io.weft.route;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When and how a request is tried again. Immutable and shared.
 *
 * @param on the failures and answers that are worth another try
 * @param retries how many tries may follow the first
 * @param perTry how long one try may take; null for as long as the request may
 * @param perTryIdle how long nothing may move on one try; null for no limit of its own
 * @param statuses that are worth another try with {@code retriable-status-codes}
 * @param responseHeaders that are worth another try with {@code retriable-headers}; one is enough
 * @param requestHeaders of which a request must have one to be tried again; empty for any request
 * @param baseInterval of the exponential back-off
 * @param maxInterval of the exponential back-off
 * @param resetHeaders with which a host says when it will take requests again; empty for none
 * @param resetMaxInterval the longest that a host may say
 * @param avoid hosts that another try is not to go to
 * @param priorityUpdates after how many tries the priorities that they went to are left out; 0 for
 *     never
 * @param hostAttempts how many picks are made for a host that may be taken
 */
public record RetryPolicy(
    Set<On> on,
    int retries,
    @Nullable Duration perTry,
    @Nullable Duration perTryIdle,
    Set<Integer> statuses,
    List<HeaderMatch> responseHeaders,
    List<HeaderMatch> requestHeaders,
    Duration baseInterval,
    Duration maxInterval,
    List<ResetHeader> resetHeaders,
    Duration resetMaxInterval,
    List<Avoid> avoid,
    int priorityUpdates,
    int hostAttempts) {
  /** Envoy's {@code upstream.base_retry_backoff_ms}. */
  public static final Duration DEFAULT_BASE = Duration.ofMillis(25);

  /** What a request that asks for retries itself gets where the route says nothing. */
  public static final RetryPolicy OF_HEADERS =
      new RetryPolicy(
          Set.of(),
          1,
          null,
          null,
          Set.of(),
          List.of(),
          List.of(),
          DEFAULT_BASE,
          DEFAULT_BASE.multipliedBy(10),
          List.of(),
          Duration.ofMinutes(5),
          List.of(),
          0,
          1);

  /** A failure or answer that is worth another try, Envoy's {@code retry_on}. */
  public enum On {
    SERVER_ERROR("5xx"),
    GATEWAY_ERROR("gateway-error"),
    RESET("reset"),
    RESET_BEFORE_REQUEST("reset-before-request"),
    CONNECT_FAILURE("connect-failure"),
    ENVOY_RATE_LIMITED("envoy-ratelimited"),
    RETRIABLE_4XX("retriable-4xx"),
    REFUSED_STREAM("refused-stream"),
    RETRIABLE_STATUS_CODES("retriable-status-codes"),
    RETRIABLE_HEADERS("retriable-headers"),
    HTTP3_POST_CONNECT_FAILURE("http3-post-connect-failure"),
    GRPC_CANCELLED("cancelled"),
    GRPC_DEADLINE_EXCEEDED("deadline-exceeded"),
    GRPC_INTERNAL("internal"),
    GRPC_RESOURCE_EXHAUSTED("resource-exhausted"),
    GRPC_UNAVAILABLE("unavailable");

    private final String text;

    On(String text) {
      this.text = text;
    }

    /** The name in configurations and headers. */
    public String text() {
      return text;
    }

    /** Whether it is about the status of a gRPC answer. */
    public boolean isGrpc() {
      return name().startsWith("GRPC_");
    }

    /** The one of that name, or null. */
    public static @Nullable On of(String name) {
      String small = name.strip().toLowerCase(Locale.ROOT);
      for (On on : values()) {
        if (on.text.equals(small)) {
          return on;
        }
      }
      return null;
    }

    /** Those that a list of names with commas holds; unknown ones are left out, as in Envoy. */
    public static Set<On> all(String list) {
      Set<On> found = EnumSet.noneOf(On.class);
      int from = 0;
      while (from <= list.length()) {
        int comma = list.indexOf(',', from);
        int until = comma < 0 ? list.length() : comma;
        On on = of(list.substring(from, until));
        if (on != null) {
          found.add(on);
        }
        from = until + 1;
      }
      return found;
    }
  }

  /**
   * A response header that says when a host takes requests again.
   *
   * @param seconds whether it counts seconds from now, and not from the epoch
   */
  public record ResetHeader(String name, boolean seconds) {}

  /** A host that another try is not to go to. */
  public sealed interface Avoid {
    /** One that was tried. */
    record PreviousHosts() implements Avoid {}

    /** One that runs what is being tried out. */
    record Canaries() implements Avoid {}

    /** One of which all of this is said in {@code envoy.lb}. */
    record Labelled(Map<String, Object> labels) implements Avoid {}
  }

  public RetryPolicy {
    on = Set.copyOf(on);
    statuses = Set.copyOf(statuses);
    responseHeaders = List.copyOf(responseHeaders);
    requestHeaders = List.copyOf(requestHeaders);
    resetHeaders = List.copyOf(resetHeaders);
    avoid = List.copyOf(avoid);
  }
}
