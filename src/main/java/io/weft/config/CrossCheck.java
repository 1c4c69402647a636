package io.weft.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.schema.Message;
import io.weft.schema.NearestName;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.schema.Values;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks what no single message shows: names that must be there or must differ, addresses, files,
 * expressions.
 */
final class CrossCheck {
  private static final String ADDRESS = "envoy.config.core.v3.SocketAddress";

  private final Configuration configuration;
  private final Problems problems;
  private final Set<String> clusters = new TreeSet<>();
  private final ChainCheck chains;

  CrossCheck(Configuration configuration, ConfigOptions options, Problems problems) {
    this.configuration = configuration;
    this.problems = problems;
    this.chains = new ChainCheck(options, problems);
  }

  void run() {
    unique(configuration.clusters(), "cluster");
    unique(configuration.listeners(), "listener");
    unique(configuration.secrets(), "secret");
    for (var cluster : configuration.clusters()) {
      clusters.add(cluster.string("name"));
    }
    listenerAddresses();
    for (var listener : configuration.listeners()) {
      if (!listener.has("address") && listener.oneof("listener_specifier") == null) {
        problems.error(
            listener.place("address"), "must be set (expected: an address such as 127.0.0.1:80)");
      }
      chains.check(listener);
    }
    walk(configuration.bootstrap());
    for (var listener : configuration.listeners()) {
      if (!listener.path().startsWith("static_resources")) {
        walk(listener);
      }
    }
    for (var cluster : configuration.clusters()) {
      if (!cluster.path().startsWith("static_resources")) {
        walk(cluster);
      }
    }
    for (var secret : configuration.secrets()) {
      if (!secret.path().startsWith("static_resources")) {
        walk(secret);
      }
    }
    configuration.routeConfigurations().values().forEach(this::walk);
    runtimeLayers();
    admin();
  }

  private void runtimeLayers() {
    var layered = configuration.bootstrap().message("layered_runtime");
    var layers = layered == null ? List.<Message>of() : layered.messages("layers");
    unique(layers, "runtime layer");
    boolean hasAdmin = false;
    for (var layer : layers) {
      if (hasAdmin && layer.has("admin_layer")) {
        problems.error(layer.place("admin_layer"), "a second admin layer (expected: one at most)");
      }
      hasAdmin |= layer.has("admin_layer");
    }
  }

  private void unique(List<Message> resources, String kind) {
    var places = new HashMap<String, Place>();
    for (var resource : resources) {
      var name = resource.string("name");
      var first = places.putIfAbsent(name, resource.place("name"));
      if (first != null && !name.isEmpty()) {
        problems.error(
            resource.place("name"),
            "a second "
                + kind
                + " '"
                + name
                + "' (the first: "
                + first.file()
                + ":"
                + first.line()
                + ")");
      }
    }
  }

  private void listenerAddresses() {
    var seen = new HashMap<String, Place>();
    for (var listener : configuration.listeners()) {
      listenerAddress(listener, listener, seen);
      for (var more : listener.messages("additional_addresses")) {
        listenerAddress(more, listener, seen);
      }
    }
  }

  private void listenerAddress(Message holder, Message listener, Map<String, Place> seen) {
    var address = holder.message("address");
    var text = address == null ? "" : text(address);
    if (text.isEmpty() || text.endsWith(":0")) {
      return;
    }
    var first = seen.putIfAbsent(text, holder.place("address"));
    if (first != null) {
      problems.error(
          holder.place("address"),
          "listener '"
              + listener.string("name")
              + "' has the address "
              + text
              + ", which "
              + first.file()
              + ":"
              + first.line()
              + " has already");
    }
  }

  private static String text(Message address) {
    var socket = address.message("socket_address");
    if (socket != null) {
      return socket.string("address") + ":" + socket.integer("port_value");
    }
    var pipe = address.message("pipe");
    return pipe == null ? "" : pipe.string("path");
  }

  private void admin() {
    var admin = configuration.adminAddress();
    var socket = admin == null ? null : admin.message("socket_address");
    for (var address : new Message[] {admin, configuration.scrapeAddress()}) {
      if (address != null && address.has("pipe")) {
        problems.error(
            address.place("pipe"),
            "the admin server has no Unix domain sockets (expected: a socket_address)");
      }
    }
    if (admin == null || socket == null) {
      return;
    }
    var ip = Values.ipAddress(socket.string("address"));
    if (ip != null && !ip.isLoopbackAddress()) {
      var text =
          socket.string("address")
              + " lets other machines control this proxy (expected: 127.0.0.1 or ::1;"
              + " weft.yaml's scrape.address serves metrics to others)";
      if (configuration.defaults().allowsRemoteAdmin()) {
        problems.warn(socket.place("address"), text);
      } else {
        problems.error(socket.place("address"), text);
      }
    }
  }

  /** Every message below this one. */
  private void walk(Message message) {
    switch (message.type()) {
      case ADDRESS -> ipAddress(message);
      case "envoy.config.cluster.v3.Cluster" -> {
        if (!message.enumName("type").equals("STATIC")) {
          return; // may have names where a STATIC one has addresses
        }
      }
      case "envoy.config.core.v3.DataSource" -> {
        if (!message.path().endsWith("ocsp_staple")) {
          file(message, "filename");
        }
      }
      case "envoy.type.matcher.v3.RegexMatcher" -> regex(message);
      case "envoy.config.route.v3.RouteConfiguration" -> routes(message);
      case "envoy.config.route.v3.WeightedCluster" -> weights(message);
      case "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy" -> cluster(message, "cluster");
      default -> {}
    }
    for (var field : message.setFields()) {
      children(message.value(field.name()));
    }
  }

  private void children(@org.jspecify.annotations.Nullable Object value) {
    if (value instanceof Message message) {
      walk(message);
    } else if (value instanceof List<?> list) {
      if (!list.isEmpty() && list.getFirst() instanceof Message) {
        list.forEach(this::child);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(this::child);
    }
  }

  private void child(@org.jspecify.annotations.Nullable Object value) {
    if (value instanceof Message message) {
      walk(message);
    }
  }

  private void ipAddress(Message socket) {
    var address = socket.string("address");
    if (!address.isEmpty() && Values.ipAddress(address) == null) {
      problems.error(
          socket.place("address"),
          "'"
              + address
              + "' is no IP address (expected: such as 127.0.0.1; host names are not supported by Weft yet)");
    }
  }

  private void file(Message message, String field) {
    if (message.has(field)) {
      try {
        if (!Files.isReadable(Path.of(message.string(field)))) {
          problems.error(
              message.place(field), "no file '" + message.string(field) + "' that can be read");
        }
      } catch (InvalidPathException e) {
        problems.error(
            message.place(field), "'" + message.string(field).replace('\0', '?') + "' is no path");
      }
    }
  }

  private void regex(Message message) {
    try {
      Pattern.compile(message.string("regex"));
    } catch (PatternSyntaxException e) {
      problems.error(
          message.place("regex"),
          "'" + message.string("regex") + "' is no regular expression: " + e.getDescription());
    }
  }

  private void weights(Message message) {
    long sum = 0;
    for (var cluster : message.messages("clusters")) {
      sum += cluster.integer("weight");
      cluster(cluster, "name");
    }
    if (sum == 0) {
      problems.error(message.place("clusters"), "the sum of the weights is 0 (expected: more)");
    } else if (sum > 0xffffffffL) {
      problems.error(
          message.place("clusters"),
          "the sum of the weights is " + sum + " (expected: at most 4294967295)");
    }
  }

  private void routes(Message table) {
    var names = new HashMap<String, Place>();
    var domains = new HashMap<String, Place>();
    long maxBody = table.integer("max_direct_response_body_size_bytes", 4096);
    boolean validate = table.bool("validate_clusters", true);
    for (var host : table.messages("virtual_hosts")) {
      if (names.putIfAbsent(host.string("name"), host.place()) != null) {
        problems.error(host.place("name"), "a second virtual host '" + host.string("name") + "'");
      }
      int index = 0;
      for (var domain : host.strings("domains")) {
        domain(host, index++, domain, domains);
      }
      for (var route : host.messages("routes")) {
        var action = route.message("route");
        if (action != null && validate) {
          cluster(action, "cluster");
        }
        var direct = route.message("direct_response");
        if (direct != null) {
          directResponse(direct, maxBody);
        }
      }
    }
  }

  private void domain(Message host, int index, String domain, Map<String, Place> seen) {
    var list = host.place("domains");
    var place = new Place(list.file(), list.line(), list.column(), list.path() + "[" + index + "]");
    int star = domain.indexOf('*');
    if (star > 0 && star < domain.length() - 1 || star >= 0 && domain.indexOf('*', star + 1) >= 0) {
      problems.error(
          place, "'" + domain + "' (expected: a star only as the first or the last character)");
    }
    var first = seen.putIfAbsent(domain.toLowerCase(java.util.Locale.ROOT), place);
    if (first != null) {
      problems.error(
          place,
          "the domain '"
              + domain
              + "' of virtual host '"
              + host.string("name")
              + "' stands in this table already"
              + " (line "
              + first.line()
              + ")");
    }
  }

  private void directResponse(Message direct, long maxBody) {
    var body = direct.message("body");
    if (body != null && body.has("inline_string")) {
      int length =
          body.string("inline_string").getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
      if (length > maxBody) {
        problems.error(
            direct.place("body"),
            length
                + " bytes (expected: at most "
                + maxBody
                + ", max_direct_response_body_size_bytes)");
      }
    }
  }

  private void cluster(Message message, String field) {
    var name = message.string(field);
    if (!name.isEmpty() && !clusters.contains(name)) {
      problems.error(
          message.place(field),
          "unknown cluster '" + name + "'" + NearestName.hint(name, clusters));
    }
  }
}
