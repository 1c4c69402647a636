package io.weft.stream;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a filter may see of the route of its stream. Immutable, shared by all streams. */
public interface RouteView {
  /** The name of the route, or empty. */
  String name();

  /** The name of the virtual host that was matched, or empty. */
  String virtualHostName();

  /** The cluster the request is to go to, or empty if the route forwards to none. */
  String clusterName();

  /**
   * The most specific configuration that the route, its virtual host or its route table has for a
   * filter, as the record that the filter's factory made of it; null if there is none.
   *
   * @param filterName the name of the filter in the chain
   */
  @Nullable Object filterConfig(String filterName);

  /**
   * The configurations of a filter at every level that has one, the least specific first: route
   * table, virtual host, route.
   */
  default List<Object> filterConfigs(String filterName) {
    Object config = filterConfig(filterName);
    return config == null ? List.of() : List.of(config);
  }

  /**
   * Whether a filter of the chain takes part in this route's streams: the most specific level that
   * names the filter decides.
   *
   * @param byDefault the answer when no level names it
   */
  default boolean isFilterEnabled(String filterName, boolean byDefault) {
    return byDefault;
  }
}
