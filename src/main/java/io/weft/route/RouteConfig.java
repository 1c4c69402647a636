package io.weft.route;

import io.weft.mutation.Mutations;
import java.util.Map;

/**
 * One route of a virtual host.
 *
 * @param name for logs; may be empty
 * @param conditions what it asks besides the path
 * @param filters overrides by the name of the filter in the chain
 * @param headers changes of requests and responses
 * @param statPrefix of its own statistics; empty for none
 */
public record RouteConfig(
    String name,
    PathMatch match,
    Conditions conditions,
    ActionConfig action,
    Map<String, FilterOverride> filters,
    Mutations headers,
    String statPrefix) {
  public RouteConfig {
    filters = Map.copyOf(filters);
  }

  /** A route that asks the path alone. */
  public RouteConfig(
      String name, PathMatch match, ActionConfig action, Map<String, FilterOverride> filters) {
    this(name, match, Conditions.NONE, action, filters, Mutations.NONE, "");
  }

  /** The same with more to ask. */
  public RouteConfig when(Conditions asked) {
    return new RouteConfig(name, match, asked, action, filters, headers, statPrefix);
  }
}
