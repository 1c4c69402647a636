package io.weft.route;

import java.util.List;
import java.util.Map;

/**
 * The routes of some domains.
 *
 * @param domains hosts, {@code *.suffix}, {@code prefix.*} or {@code *}; with the port where the
 *     request names one
 * @param routes the first one that matches is taken
 * @param filters overrides by the name of the filter in the chain
 * @param options what holds for all its routes
 */
public record VirtualHostConfig(
    String name,
    List<String> domains,
    List<RouteConfig> routes,
    Map<String, FilterOverride> filters,
    VirtualHostOptions options) {
  public VirtualHostConfig {
    domains = List.copyOf(domains);
    routes = List.copyOf(routes);
    filters = Map.copyOf(filters);
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("virtual host '" + name + "': no domain");
    }
  }

  /** Without options. */
  public VirtualHostConfig(
      String name,
      List<String> domains,
      List<RouteConfig> routes,
      Map<String, FilterOverride> filters) {
    this(name, domains, routes, filters, VirtualHostOptions.NONE);
  }
}
