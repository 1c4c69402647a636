package io.weft.schema;

import java.util.Map;
import java.util.Set;

/**
 * How a resource is read. Immutable.
 *
 * @param userHttpFilters names of HTTP filters a user brings along; their configuration is a {@code
 *     Struct}
 * @param userNetworkFilters the same for network filters
 * @param defaults what is filled in where a message leaves a field out: by message type, the text
 *     of the value by the path of the field below it
 * @param routeConfigurations what a {@code route_config} that is only a name stands for
 */
public record ReadOptions(
    Set<String> userHttpFilters,
    Set<String> userNetworkFilters,
    Map<String, Map<String, String>> defaults,
    Map<String, Message> routeConfigurations) {
  /** No filters of users, nothing filled in, no names. */
  public static final ReadOptions PLAIN = new ReadOptions(Set.of(), Set.of(), Map.of(), Map.of());

  public ReadOptions {
    userHttpFilters = Set.copyOf(userHttpFilters);
    userNetworkFilters = Set.copyOf(userNetworkFilters);
  }

  public ReadOptions withRouteConfigurations(Map<String, Message> named) {
    return new ReadOptions(userHttpFilters, userNetworkFilters, defaults, named);
  }

  boolean isUserFilter(String messageType, String name) {
    return switch (messageType) {
      case ShortForms.HTTP_FILTER -> userHttpFilters.contains(name);
      case ShortForms.NETWORK_FILTER -> userNetworkFilters.contains(name);
      default -> false;
    };
  }
}
