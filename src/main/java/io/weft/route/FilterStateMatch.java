package io.weft.route;

import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.stream.RoutingFacts;

/**
 * A condition on what filters have set for others. Immutable and shared.
 *
 * @param value the condition on its text
 */
public record FilterStateMatch(String key, ValueMatch value) {
  /** Whether the condition holds for the stream; it does not where nothing was set. */
  public boolean matches(RoutingFacts facts) {
    Object found = facts.filterState(key);
    return found != null && value.matches(found.toString());
  }

  /** The condition in words. */
  public String describe() {
    return "filter state " + key + " " + value.describe();
  }
}
