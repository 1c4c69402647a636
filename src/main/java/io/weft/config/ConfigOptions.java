package io.weft.config;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of a load decides. Immutable.
 *
 * @param defaults the set chosen on the command line, null for none
 * @param environment the environment variables; only those that begin with {@code WEFT_} are looked
 *     at
 * @param userHttpFilters names of the HTTP filters users bring along
 * @param userNetworkFilters names of the network filters users bring along
 * @param userTerminalFilters those of them that end a network filter chain
 */
public record ConfigOptions(
    @Nullable Defaults defaults,
    Map<String, String> environment,
    Set<String> userHttpFilters,
    Set<String> userNetworkFilters,
    Set<String> userTerminalFilters) {
  /** Nothing chosen, no environment, no filters of users. */
  public static final ConfigOptions NONE =
      new ConfigOptions(null, Map.of(), Set.of(), Set.of(), Set.of());

  public ConfigOptions withDefaults(@Nullable Defaults chosen) {
    return new ConfigOptions(
        chosen, environment, userHttpFilters, userNetworkFilters, userTerminalFilters);
  }

  public ConfigOptions withEnvironment(Map<String, String> variables) {
    return new ConfigOptions(
        defaults, variables, userHttpFilters, userNetworkFilters, userTerminalFilters);
  }

  public ConfigOptions withUserFilters(
      Set<String> http, Set<String> network, Set<String> terminal) {
    return new ConfigOptions(defaults, environment, http, network, terminal);
  }
}
