package io.weft.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weft's short forms of Envoy's format, each one rule: a short form is rewritten to the full form
 * before it is read, in new nodes of the tree that point at what the user wrote, so that errors
 * keep their places. Belongs to one read.
 *
 * <ul>
 *   <li>an address as text: {@code 127.0.0.1:80}, {@code [::1]:80}, {@code unix:/run/a.sock},
 *       {@code unix:@abstract}
 *   <li>an endpoint as text, or as a mapping with {@code address}
 *   <li>{@code endpoints} of a cluster: a list of endpoints instead of {@code load_assignment}
 *   <li>a filter or access logger by its name: {@code router}, {@code name: router}, {@code buffer:
 *       {...}}
 *   <li>a {@code route_config} by its name: the route configuration of that name in {@code routes/}
 *   <li>an HTTP connection manager without {@code http_filters}: the router alone
 *   <li>the same name as key of {@code typed_per_filter_config}
 * </ul>
 */
final class ShortForms {
  static final String HTTP_FILTER =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
  static final String NETWORK_FILTER = "envoy.config.listener.v3.Filter";
  static final String ADDRESS = "envoy.config.core.v3.Address";
  static final String LB_ENDPOINT = "envoy.config.endpoint.v3.LbEndpoint";
  static final String ROUTE_CONFIGURATION = "envoy.config.route.v3.RouteConfiguration";
  static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  static final String CLUSTER = "envoy.config.cluster.v3.Cluster";

  /** What the names of an extension's kind begin with, by the message that holds one. */
  private static final Map<String, String> PREFIXES =
      Map.of(
          HTTP_FILTER,
          "envoy.filters.http.",
          NETWORK_FILTER,
          "envoy.filters.network.",
          "envoy.config.listener.v3.ListenerFilter",
          "envoy.filters.listener.",
          "envoy.config.accesslog.v3.AccessLog",
          "envoy.access_loggers.",
          "envoy.config.core.v3.TransportSocket",
          "envoy.transport_sockets.");

  private final Tree tree;
  private final Schema schema;
  private final ReadOptions options;
  private final MessageReader reader;

  ShortForms(MessageReader reader, Tree tree, Schema schema, ReadOptions options) {
    this.reader = reader;
    this.tree = tree;
    this.schema = schema;
    this.options = options;
  }

  /** The node to read instead of {@code real}, or that one where it is no short form. */
  int rewrite(Message message, int real) {
    return switch (message.type()) {
      case ADDRESS -> tree.isScalar(real) ? address(message, real) : real;
      case LB_ENDPOINT -> endpoint(real);
      case CLUSTER -> cluster(real);
      case HCM -> connectionManager(real);
      default -> {
        var prefix = PREFIXES.get(message.type());
        yield prefix == null ? real : extension(message, prefix, real);
      }
    };
  }

  /** What an error message may add about the short form of a type. */
  String hint(MessageType type) {
    return type.name().equals(ADDRESS) ? " or text such as 127.0.0.1:80" : "";
  }

  /**
   * The route configuration of that name; null when there is none, which has been reported then.
   */
  @Nullable Message routeConfiguration(Place place, String name) {
    var found = options.routeConfigurations().get(name);
    if (found == null) {
      reader.error(
          place,
          "no route configuration '"
              + name
              + "' in routes/"
              + NearestName.hint(name, options.routeConfigurations().keySet()));
    }
    return found;
  }

  private int address(Message message, int real) {
    var text = tree.text(real);
    var path =
        text.startsWith("unix:")
            ? text.substring("unix:".length())
            : text.startsWith("/") ? text : "";
    if (!path.isEmpty()) {
      int outer = mapping(real);
      key("pipe", real);
      int inner = mapping(real);
      pair("path", path, real);
      tree.end(inner);
      tree.end(outer);
      return outer;
    }
    int colon = text.lastIndexOf(':');
    boolean v6 = text.startsWith("[") && colon > 0 && text.charAt(colon - 1) == ']';
    var host = colon < 0 ? "" : v6 ? text.substring(1, colon - 1) : text.substring(0, colon);
    var port = Scalars.integer(Kind.UINT32, text.substring(colon + 1));
    if (host.isEmpty() || port == null || port > 65535 || (!v6 && host.indexOf(':') >= 0)) {
      reader.error(
          message.place(),
          "'"
              + text
              + "' is no address (expected: host:port such as 127.0.0.1:80 or [::1]:80, or unix:/path)");
      int empty = mapping(real);
      key("socket_address", real);
      int inner = mapping(real);
      pair("address", "0.0.0.0", real);
      pair("port_value", "0", real);
      tree.end(inner);
      tree.end(empty);
      return empty;
    }
    int outer = mapping(real);
    key("socket_address", real);
    int inner = mapping(real);
    pair("address", host, real);
    pair("port_value", port.toString(), real);
    tree.end(inner);
    tree.end(outer);
    return outer;
  }

  private int endpoint(int real) {
    if (tree.isScalar(real)) {
      int outer = mapping(real);
      endpointWith(real);
      tree.end(outer);
      return outer;
    }
    int address = tree.kind(real) == Tree.MAPPING ? reader.find(real, "address") : -1;
    if (address < 0 || reader.find(real, "endpoint") >= 0) {
      return real;
    }
    int outer = mapping(real);
    endpointWith(address);
    copyEntries(real, List.of("address"));
    tree.end(outer);
    return outer;
  }

  private void endpointWith(int address) {
    key("endpoint", address);
    int inner = mapping(address);
    key("address", address);
    tree.reference(address);
    tree.end(inner);
  }

  private int cluster(int real) {
    int endpoints = tree.kind(real) == Tree.MAPPING ? reader.find(real, "endpoints") : -1;
    if (endpoints < 0) {
      return real;
    }
    int name = reader.find(real, "name");
    int outer = mapping(real);
    copyEntries(real, List.of("endpoints"));
    key("load_assignment", endpoints);
    int assignment = mapping(endpoints);
    if (name >= 0) {
      key("cluster_name", name);
      tree.reference(name);
    }
    key("endpoints", endpoints);
    int localities = tree.begin(Tree.SEQUENCE, tree.line(endpoints), tree.column(endpoints));
    int locality = mapping(endpoints);
    key("lb_endpoints", endpoints);
    tree.reference(endpoints);
    tree.end(locality);
    tree.end(localities);
    tree.end(assignment);
    tree.end(outer);
    return outer;
  }

  /** Without {@code http_filters} the router is alone in its chain; an empty list stays one. */
  private int connectionManager(int real) {
    if (tree.kind(real) != Tree.MAPPING
        || reader.find(real, "http_filters") >= 0
        || reader.find(real, "httpFilters") >= 0) {
      return real;
    }
    int outer = mapping(real);
    copyEntries(real, List.of());
    key("http_filters", real);
    int filters = tree.begin(Tree.SEQUENCE, tree.line(real), tree.column(real));
    key("router", real);
    tree.end(filters);
    tree.end(outer);
    return outer;
  }

  private int extension(Message message, String prefix, int real) {
    if (tree.isScalar(real)) {
      return named(message, prefix, tree.text(real), real, -1, real);
    }
    if (tree.kind(real) != Tree.MAPPING || tree.next(real) == real + 1) {
      return real;
    }
    int first = real + 1;
    boolean only = tree.next(first + 1) == tree.next(real);
    if (only && message.messageType().field(tree.text(first)) == null && !reader.isMerge(first)) {
      return named(message, prefix, tree.text(first), first, first + 1, real);
    }
    int name = reader.find(real, "name");
    if (name < 0 || !tree.isScalar(tree.resolve(name)) || hasConfig(message.messageType(), real)) {
      return real;
    }
    return named(message, prefix, tree.text(tree.resolve(name)), name, -1, real);
  }

  private boolean hasConfig(MessageType type, int mapping) {
    for (var field : type.fields()) {
      if (field.oneof() >= 0
          && type.oneofArray()[field.oneof()].name().equals("config_type")
          && (reader.find(mapping, field.name()) >= 0
              || reader.find(mapping, field.jsonName()) >= 0)) {
        return true;
      }
    }
    return false;
  }

  private int named(
      Message message, String prefix, String name, int nameNode, int settings, int whole) {
    var found = find(prefix, name);
    boolean user = options.isUserFilter(message.type(), name);
    if (found == null && !user) {
      var known = new ArrayList<String>();
      for (var extension : schema.extensions().keySet()) {
        if (extension.startsWith(prefix)) {
          known.add(extension.substring(prefix.length()));
        }
      }
      var bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
      reader.error(
          message.placeOf("name", tree.line(nameNode), tree.column(nameNode)),
          "no typed_config, and '"
              + name
              + "' is no extension Weft has under "
              + prefix
              + "*"
              + NearestName.hint(bare, known));
      return settings < 0 && tree.kind(whole) == Tree.MAPPING ? whole : justNamed(name, nameNode);
    }
    int outer = mapping(whole);
    pair("name", found == null ? name : found.name(), nameNode);
    key("typed_config", nameNode);
    if (found == null) {
      userConfig(settings, nameNode);
    } else {
      typed(found.type(), settings, nameNode);
    }
    if (settings < 0 && tree.kind(whole) == Tree.MAPPING) {
      copyEntries(whole, List.of("name"));
    }
    tree.end(outer);
    return outer;
  }

  private int justNamed(String name, int nameNode) {
    int outer = mapping(nameNode);
    pair("name", name.isEmpty() ? "?" : name, nameNode);
    tree.end(outer);
    return outer;
  }

  private Supported.@Nullable Extension find(String prefix, String name) {
    var found = schema.supported().extension(name.startsWith(prefix) ? name : prefix + name);
    return found == null || found.type().isEmpty() ? null : found;
  }

  /** An Any of that type with the settings in it. */
  private void typed(String type, int settings, int placed) {
    int real = settings < 0 ? -1 : tree.resolve(settings);
    if (real >= 0 && tree.kind(real) != Tree.MAPPING && !tree.isNull(real)) {
      tree.reference(settings);
      return;
    }
    int any = mapping(settings < 0 ? placed : settings);
    pair("@type", "type.googleapis.com/" + type, placed);
    if (real >= 0 && tree.kind(real) == Tree.MAPPING) {
      copyEntries(real, List.of());
    }
    tree.end(any);
  }

  private void userConfig(int settings, int placed) {
    int any = mapping(settings < 0 ? placed : settings);
    pair("@type", "type.googleapis.com/google.protobuf.Struct", placed);
    if (settings >= 0 && !tree.isNull(tree.resolve(settings))) {
      key("value", settings);
      tree.reference(settings);
    }
    tree.end(any);
  }

  /** The full name for a key of {@code typed_per_filter_config}, other keys as they are. */
  String mapKey(FieldType field, String key) {
    return isPerFilter(field) && perRoute(key) != null ? "envoy.filters.http." + key : key;
  }

  /** The value for such a key, with its type where the short name is used. */
  int mapValue(FieldType field, String key, int value) {
    var route = isPerFilter(field) ? perRoute(key) : null;
    int real = tree.resolve(value);
    if (route == null || tree.kind(real) != Tree.MAPPING || reader.find(real, "@type") >= 0) {
      return value;
    }
    int start = tree.size();
    typed(route, value, value);
    return start;
  }

  private static boolean isPerFilter(FieldType field) {
    return field.name().equals("typed_per_filter_config");
  }

  private @Nullable String perRoute(String key) {
    var extension = schema.supported().extension("envoy.filters.http." + key);
    return extension == null ? null : extension.route();
  }

  private void copyEntries(int mapping, List<String> without) {
    for (int key = mapping + 1; key < tree.next(mapping); key = tree.next(key + 1)) {
      if (!without.contains(tree.text(key))) {
        tree.scalar(
            tree.text(key), tree.kind(key) == Tree.QUOTED, tree.line(key), tree.column(key));
        tree.reference(key + 1);
      }
    }
  }

  private int mapping(int placed) {
    return tree.begin(Tree.MAPPING, tree.line(placed), tree.column(placed));
  }

  private void key(String name, int placed) {
    tree.scalar(name, true, tree.line(placed), tree.column(placed));
  }

  private void pair(String name, String value, int placed) {
    key(name, placed);
    key(value, placed);
  }
}
