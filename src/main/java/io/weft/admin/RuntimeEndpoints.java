package io.weft.admin;

import io.weft.runtime.RuntimeLayer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /runtime} and {@code /runtime_modify}. */
final class RuntimeEndpoints {
  private static final String USAGE =
      """
      usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
             or send the parameters as form values
      use an empty value to remove a previously added override\
      """;

  private final AdminSources sources;

  RuntimeEndpoints(AdminSources sources) {
    this.sources = sources;
  }

  List<Endpoint> all() {
    return List.of(
        Endpoint.shows("/runtime", "print runtime values", this::show),
        Endpoint.changes(
            "/runtime_modify",
            "Adds or modifies runtime values as passed in query parameters. To delete a previously"
                + " added key, use an empty string as the value.",
            this::modify));
  }

  private Reply show(Query query) {
    var snapshot = sources.runtime().snapshot();
    var entries = new TreeMap<String, Object>();
    snapshot
        .values()
        .forEach((key, value) -> {
          var perLayer = new ArrayList<String>();
          for (var layer : snapshot.layers()) {
            var own = layer.values().get(key);
            perLayer.add(own == null ? "" : own.text());
          }
          var entry = new LinkedHashMap<String, Object>();
          entry.put("final_value", value.text());
          entry.put("layer_values", perLayer);
          entries.put(key, entry);
        });
    var tree = new LinkedHashMap<String, Object>();
    tree.put("layers", snapshot.layers().stream().map(RuntimeLayer::name).toList());
    tree.put("entries", entries);
    return Reply.json(tree);
  }

  private Reply modify(Query query) throws Query.BadQueryException {
    var changes = query.parameters();
    if (changes.isEmpty()) {
      throw new Query.BadQueryException(USAGE);
    }
    if (!sources.runtime().hasAdminLayer()) {
      return Reply.text(503, "No admin layer specified");
    }
    try {
      sources.runtime().modify(Map.copyOf(changes));
    } catch (IllegalArgumentException e) {
      throw new Query.BadQueryException(String.valueOf(e.getMessage()));
    }
    return Reply.ok();
  }
}
