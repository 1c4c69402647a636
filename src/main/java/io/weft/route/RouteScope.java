package io.weft.route;

import io.weft.mutation.Mutations;

/**
 * What a compiled route has besides its action, shared by the variants of it. Immutable.
 *
 * @param name of the route, or empty
 * @param host what its virtual host says
 * @param match how it looks at the path
 * @param overrides of filters, all levels
 * @param headers changes of requests and responses, all levels in order
 * @param statPrefix of its own statistics; empty for none
 */
record RouteScope(
    String name,
    HostScope host,
    PathMatch match,
    FilterOverrides overrides,
    Mutations headers,
    String statPrefix) {
  /** The same with other filters and headers, for one of several clusters. */
  RouteScope with(FilterOverrides filters, Mutations changes) {
    return new RouteScope(name, host, match, filters, changes, statPrefix);
  }

  /**
   * What routes take from their virtual host and route table.
   *
   * @param name of the virtual host
   * @param options what it says for all its routes
   * @param table what the table says for all virtual hosts
   */
  record HostScope(String name, VirtualHostOptions options, TableOptions table) {
    /** The changes of a level and of those above it, the ones that win last. */
    Mutations below(Mutations above, Mutations own) {
      return table.mostSpecificWins() ? above.then(own) : own.then(above);
    }
  }
}
