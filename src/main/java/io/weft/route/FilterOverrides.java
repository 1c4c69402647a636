package io.weft.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What route table, virtual host and route say about filters, resolved at compile time. Immutable;
 * routes that say nothing of their own share their virtual host's.
 */
final class FilterOverrides {
  static final FilterOverrides NONE = new FilterOverrides(Map.of());

  /**
   * @param configs least specific first
   */
  private record Resolved(List<Object> configs, boolean disabled) {}

  private final Map<String, Resolved> byName;

  private FilterOverrides(Map<String, Resolved> byName) {
    this.byName = byName;
  }

  /** These overrides below more specific ones. */
  FilterOverrides with(Map<String, FilterOverride> moreSpecific) {
    if (moreSpecific.isEmpty()) {
      return this;
    }
    var merged = new HashMap<>(byName);
    moreSpecific.forEach((name, override) -> {
      Resolved below = merged.get(name);
      List<Object> configs = new ArrayList<>(below == null ? List.of() : below.configs);
      if (override.config() != null) {
        configs.add(override.config());
      }
      merged.put(name, new Resolved(List.copyOf(configs), override.disabled()));
    });
    return new FilterOverrides(Map.copyOf(merged));
  }

  @Nullable Object config(String filterName) {
    Resolved resolved = byName.get(filterName);
    return resolved == null || resolved.configs.isEmpty() ? null : resolved.configs.getLast();
  }

  List<Object> configs(String filterName) {
    Resolved resolved = byName.get(filterName);
    return resolved == null ? List.of() : resolved.configs;
  }

  boolean isEnabled(String filterName, boolean byDefault) {
    Resolved resolved = byName.get(filterName);
    return resolved == null ? byDefault : !resolved.disabled;
  }
}
