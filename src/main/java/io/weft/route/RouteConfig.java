package io.weft.route;

import java.util.Map;

/**
 * One route of a virtual host.
 *
 * @param name for logs; may be empty
 * @param filters overrides by the name of the filter in the chain
 */
public record RouteConfig(
    String name, PathMatch match, ActionConfig action, Map<String, FilterOverride> filters) {
  public RouteConfig {
    filters = Map.copyOf(filters);
  }
}
