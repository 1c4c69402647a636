package io.weft.route;

import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code InternalRedirectPolicy}. Runs on the main thread. */
final class RedirectPolicyReader {
  private static final String PACKAGE = "envoy.extensions.internal_redirect.";
  private static final Set<Integer> KNOWN = Set.of(301, 302, 303, 307, 308);

  private final Problems problems;

  RedirectPolicyReader(Problems problems) {
    this.problems = problems;
  }

  /** The policy; null if there is none. */
  @Nullable RedirectPolicy read(@Nullable Message policy) {
    if (policy == null) {
      return null;
    }
    Set<Integer> statuses = new HashSet<>();
    List<Long> written = policy.integers("redirect_response_codes");
    for (long status : written) {
      if (KNOWN.contains((int) status)) {
        statuses.add((int) status);
      } else {
        problems.warn(
            policy.place("redirect_response_codes"),
            status + " is never followed (expected: 301, 302, 303, 307 or 308)");
      }
    }
    return new RedirectPolicy(
        written.isEmpty() ? Set.of(302) : statuses,
        (int) Math.min(policy.integer("max_internal_redirects", 1), Integer.MAX_VALUE),
        policy.bool("allow_cross_scheme_redirect"),
        predicates(policy));
  }

  private static List<RedirectPolicy.Predicate> predicates(Message policy) {
    List<RedirectPolicy.Predicate> predicates = new ArrayList<>();
    for (Message extension : policy.messages("predicates")) {
      Message typed = extension.any("typed_config");
      if (typed == null) {
        continue; // refused while it was read
      }
      predicates.add(
          switch (typed.type()) {
            case PACKAGE + "previous_routes.v3.PreviousRoutesConfig" ->
                new RedirectPolicy.NotTaken();
            case PACKAGE + "allow_listed_routes.v3.AllowListedRoutesConfig" ->
                new RedirectPolicy.Named(Set.copyOf(typed.strings("allowed_route_names")));
            case PACKAGE + "safe_cross_scheme.v3.SafeCrossSchemeConfig" ->
                new RedirectPolicy.SafeScheme();
            default -> throw new IllegalStateException(typed.type() + " is listed as supported");
          });
    }
    return predicates;
  }
}
