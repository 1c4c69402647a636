package io.weft.schema;

import java.util.Map;
import java.util.Set;

/**
 * How a resource is read. Immutable.
 *
 * @param userHttpFilters names of HTTP filters a user brings along; their configuration is a {@code
 *     Struct}
 * @param userNetworkFilters the same for network filters
 * @param defaults what is filled in where a message leaves a field out: by message type, by path
 *     below it
 */
public record ReadOptions(
    Set<String> userHttpFilters,
    Set<String> userNetworkFilters,
    Map<String, Map<String, String>> defaults) {
  /** No filters of users, nothing filled in. */
  public static final ReadOptions PLAIN = new ReadOptions(Set.of(), Set.of(), Map.of());

  public ReadOptions {
    userHttpFilters = Set.copyOf(userHttpFilters);
    userNetworkFilters = Set.copyOf(userNetworkFilters);
  }

  boolean isUserFilter(String messageType, String name) {
    return switch (messageType) {
      case ShortForms.HTTP_FILTER -> userHttpFilters.contains(name);
      case ShortForms.NETWORK_FILTER -> userNetworkFilters.contains(name);
      default -> false;
    };
  }
}
