package io.weft.admin;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code /config_dump} with Envoy's parameters {@code resource}, {@code name_regex}, {@code
 * include_eds}.
 */
final class ConfigDumpEndpoint {
  private final AdminSources sources;

  ConfigDumpEndpoint(AdminSources sources) {
    this.sources = sources;
  }

  Endpoint endpoint() {
    return Endpoint.shows("/config_dump", "dump current configs", this::dump);
  }

  private Reply dump(Query query) throws Query.BadQueryException {
    if (query.has("mask")) {
      throw new Query.BadQueryException("mask: not supported (use resource or name_regex)");
    }
    var name = query.pattern("name_regex");
    var resource = query.get("resource");
    var configs = sources.configDump(query.has("include_eds"));
    var out = new ArrayList<Map<String, ?>>();
    boolean found = resource == null;
    for (var config : configs) {
      if (resource == null) {
        var kept = byName(config, name);
        if (kept != null) {
          out.add(kept);
        }
      } else if (config.get(resource) instanceof List<?> elements) {
        found = true;
        for (var element : elements) {
          if (element instanceof Map<?, ?> map && matches(map, name)) {
            out.add(strings(map));
          }
        }
      }
    }
    if (!found) {
      return Reply.text(404, resource + " not found in config dump\n");
    }
    return Reply.json(Map.of("configs", out));
  }

  /** The dump with only those resources in its lists that match; null if it had none but others. */
  private static @Nullable Map<String, ?> byName(Map<String, ?> config, @Nullable Pattern name) {
    if (name == null) {
      return config;
    }
    var kept = new LinkedHashMap<String, Object>();
    boolean any = false;
    for (var entry : config.entrySet()) {
      if (entry.getValue() instanceof List<?> elements) {
        var some =
            elements.stream()
                .filter(element -> element instanceof Map<?, ?> map && matches(map, name))
                .toList();
        any |= !some.isEmpty();
        kept.put(entry.getKey(), some);
      } else {
        kept.put(entry.getKey(), entry.getValue());
      }
    }
    return any ? kept : null;
  }

  /** A resource is named by its own name or by that of the message inside. */
  private static boolean matches(Map<?, ?> element, @Nullable Pattern name) {
    if (name == null) {
      return true;
    }
    for (var field : List.of("name", "cluster_name")) {
      if (element.get(field) instanceof String text) {
        return name.matcher(text).find();
      }
    }
    for (var value : element.values()) {
      if (value instanceof Map<?, ?> inner
          && (inner.get("name") instanceof String || inner.get("cluster_name") instanceof String)) {
        return matches(inner, name);
      }
    }
    return false;
  }

  private static Map<String, ?> strings(Map<?, ?> map) {
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }
}
