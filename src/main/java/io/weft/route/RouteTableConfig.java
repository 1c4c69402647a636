package io.weft.route;

import java.util.List;
import java.util.Map;

/**
 * A route table: which virtual host serves a domain, and what its routes do.
 *
 * @param ignorePort whether the port of the request's host is left out of the comparison
 * @param filters overrides by the name of the filter in the chain
 * @param options what holds for all virtual hosts
 */
public record RouteTableConfig(
    String name,
    List<VirtualHostConfig> virtualHosts,
    boolean ignorePort,
    Map<String, FilterOverride> filters,
    TableOptions options) {
  public RouteTableConfig {
    virtualHosts = List.copyOf(virtualHosts);
    filters = Map.copyOf(filters);
  }

  /** Without options. */
  public RouteTableConfig(
      String name,
      List<VirtualHostConfig> virtualHosts,
      boolean ignorePort,
      Map<String, FilterOverride> filters) {
    this(name, virtualHosts, ignorePort, filters, TableOptions.NONE);
  }
}
