package io.weft.server;

import io.weft.config.Configuration;
import io.weft.schema.JsonForm;
import io.weft.schema.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A configuration as the messages of {@code envoy.admin.v3.ConfigDump}. Rendered when asked for.
 */
final class ConfigDump {
  private static final String ADMIN = "type.googleapis.com/envoy.admin.v3.";
  private static final String ROUTES = "envoy.config.route.v3.RouteConfiguration";

  private final Configuration configuration;
  private final String loaded = Instant.now().toString();

  ConfigDump(Configuration configuration) {
    this.configuration = configuration;
  }

  List<Map<String, ?>> messages(boolean withEndpoints) {
    var messages = new ArrayList<Map<String, ?>>();
    var bootstrap = new LinkedHashMap<String, Object>();
    bootstrap.put("@type", ADMIN + "BootstrapConfigDump");
    bootstrap.put("bootstrap", JsonForm.tree(configuration.bootstrap()));
    bootstrap.put("last_updated", loaded);
    messages.add(bootstrap);
    messages.add(dump("Clusters", "static_clusters", "cluster", configuration.clusters()));
    if (withEndpoints) {
      var assignments = new ArrayList<Message>();
      for (var cluster : configuration.clusters()) {
        var assignment = cluster.message("load_assignment");
        if (assignment != null) {
          assignments.add(assignment);
        }
      }
      messages.add(dump("Endpoints", "static_endpoint_configs", "endpoint_config", assignments));
    }
    if (!configuration.secrets().isEmpty()) {
      messages.add(dump("Secrets", "static_secrets", "secret", configuration.secrets()));
    }
    messages.add(dump("Listeners", "static_listeners", "listener", configuration.listeners()));
    var routes = new ArrayList<>(configuration.routeConfigurations().values());
    configuration.listeners().forEach(listener -> collect(listener, routes));
    messages.add(dump("Routes", "static_route_configs", "route_config", routes));
    return messages;
  }

  private Map<String, ?> dump(String kind, String list, String name, List<Message> resources) {
    var items = new ArrayList<Map<String, ?>>();
    for (var resource : resources) {
      var item = new LinkedHashMap<String, Object>();
      item.put(name, JsonForm.any(resource));
      item.put("last_updated", loaded);
      items.add(item);
    }
    var dump = new LinkedHashMap<String, Object>();
    dump.put("@type", ADMIN + kind + "ConfigDump");
    dump.put(list, items);
    return dump;
  }

  private static boolean isSame(Message one, Message other) {
    return one.string("name").equals(other.string("name"))
        && JsonForm.tree(one).equals(JsonForm.tree(other));
  }

  /** The route tables inside a listener's filters. */
  private static void collect(Object value, List<Message> routes) {
    switch (value) {
      case Message message when message.type().equals(ROUTES) -> {
        // A table of routes/ is also where a listener names it: once is enough.
        if (routes.stream().noneMatch(route -> isSame(route, message))) {
          routes.add(message);
        }
      }
      case Message message -> {
        for (var field : message.setFields()) {
          var inner = message.value(field.name());
          if (inner != null) {
            collect(inner, routes);
          }
        }
      }
      case List<?> list -> list.forEach(item -> collect(item, routes));
      default -> {} // no message in there
    }
  }
}
