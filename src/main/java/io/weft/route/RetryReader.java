package io.weft.route;

import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code RetryPolicy}. Runs on the main thread. */
final class RetryReader {
  private static final String HOSTS = "envoy.extensions.retry.host.";

  private final Problems problems;

  RetryReader(Problems problems) {
    this.problems = problems;
  }

  /** The policy; null if there is none. */
  @Nullable RetryPolicy read(@Nullable Message policy) {
    if (policy == null) {
      return null;
    }
    Set<Integer> statuses = new HashSet<>();
    for (long status : policy.integers("retriable_status_codes")) {
      statuses.add((int) status);
    }
    Message backOff = policy.message("retry_back_off");
    Duration base =
        backOff == null
            ? RetryPolicy.DEFAULT_BASE
            : backOff.duration("base_interval", RetryPolicy.DEFAULT_BASE);
    Duration max =
        backOff == null
            ? base.multipliedBy(10)
            : backOff.duration("max_interval", base.multipliedBy(10));
    if (max.compareTo(base) < 0 && backOff != null) {
      problems.error(
          backOff.place("max_interval"), max + " (expected: at least base_interval, " + base + ")");
      max = base;
    }
    Message limited = policy.message("rate_limited_retry_back_off");
    List<HeaderMatch> requestHeaders = new ArrayList<>();
    for (HeaderMatch match :
        new ConditionReader(problems).headers(policy.messages("retriable_request_headers"))) {
      requestHeaders.add(match);
    }
    return new RetryPolicy(
        on(policy),
        (int) Math.min(policy.integer("num_retries", 1), Integer.MAX_VALUE),
        limit(policy.duration("per_try_timeout")),
        limit(policy.duration("per_try_idle_timeout")),
        statuses,
        new ConditionReader(problems).headers(policy.messages("retriable_headers")),
        requestHeaders,
        base,
        max,
        resetHeaders(limited),
        limited == null
            ? Duration.ofMinutes(5)
            : limited.duration("max_interval", Duration.ofMinutes(5)),
        avoid(policy),
        priorityUpdates(policy),
        (int) policy.integer("host_selection_retry_max_attempts", 1));
  }

  private static @Nullable Duration limit(@Nullable Duration written) {
    return written == null || written.isZero() ? null : written;
  }

  private Set<RetryPolicy.On> on(Message policy) {
    Set<RetryPolicy.On> found = EnumSet.noneOf(RetryPolicy.On.class);
    String list = policy.string("retry_on");
    for (String name : list.isBlank() ? new String[0] : list.split(",", -1)) {
      RetryPolicy.On on = RetryPolicy.On.of(name);
      if (on == null) {
        problems.error(
            policy.place("retry_on"), "'" + name.strip() + "': no condition that Weft knows");
      } else {
        found.add(on);
      }
    }
    return found;
  }

  private static List<RetryPolicy.ResetHeader> resetHeaders(@Nullable Message limited) {
    List<RetryPolicy.ResetHeader> headers = new ArrayList<>();
    if (limited != null) {
      for (Message header : limited.messages("reset_headers")) {
        headers.add(
            new RetryPolicy.ResetHeader(
                header.string("name"), header.enumName("format").equals("SECONDS")));
      }
    }
    return headers;
  }

  /** Of the only kind of retry priority that is supported. */
  private static int priorityUpdates(Message policy) {
    Message priority = policy.message("retry_priority");
    Message typed = priority == null ? null : priority.any("typed_config");
    return typed == null ? 0 : Math.toIntExact(typed.integer("update_frequency"));
  }

  private List<RetryPolicy.Avoid> avoid(Message policy) {
    List<RetryPolicy.Avoid> avoid = new ArrayList<>();
    for (Message predicate : policy.messages("retry_host_predicate")) {
      Message typed = predicate.any("typed_config");
      if (typed == null) {
        continue; // refused while it was read
      }
      switch (typed.type()) {
        case HOSTS + "previous_hosts.v3.PreviousHostsPredicate" ->
            avoid.add(new RetryPolicy.Avoid.PreviousHosts());
        case HOSTS + "omit_canary_hosts.v3.OmitCanaryHostsPredicate" ->
            avoid.add(new RetryPolicy.Avoid.Canaries());
        default -> {
          Map<String, Object> labels = labels(typed.message("metadata_match"));
          if (labels.isEmpty()) {
            problems.error(
                typed.place("metadata_match"), "nothing in envoy.lb (expected: what hosts have)");
          }
          avoid.add(new RetryPolicy.Avoid.Labelled(labels));
        }
      }
    }
    return avoid;
  }

  @SuppressWarnings("unchecked") // a Struct
  private static Map<String, Object> labels(@Nullable Message metadata) {
    Object all = metadata == null ? null : metadata.value("filter_metadata");
    return all instanceof Map<?, ?> map && map.get("envoy.lb") instanceof Map<?, ?> said
        ? (Map<String, Object>) said
        : Map.of();
  }
}
