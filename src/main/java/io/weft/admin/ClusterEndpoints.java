package io.weft.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /clusters} and {@code /listeners}, as lines or as JSON. */
final class ClusterEndpoints {
  private final AdminSources sources;

  ClusterEndpoints(AdminSources sources) {
    this.sources = sources;
  }

  List<Endpoint> all() {
    return List.of(
        Endpoint.shows("/clusters", "upstream cluster status", this::clusters),
        Endpoint.shows("/listeners", "print listener info", this::listeners));
  }

  private static boolean json(Query query) throws Query.BadQueryException {
    var format = query.has("format") ? query.get("format") : "text";
    return switch (format) {
      case "json" -> true;
      case "text" -> false;
      case null, default ->
          throw new Query.BadQueryException("format: " + format + " (expected: json or text)");
    };
  }

  private Reply clusters(Query query) throws Query.BadQueryException {
    var filter = query.pattern("filter");
    var wanted = new ArrayList<ClusterStatus>();
    for (var cluster : sources.clusters()) {
      if (filter == null || filter.matcher(cluster.name()).find()) {
        wanted.add(cluster);
      }
    }
    if (json(query)) {
      return Reply.json(
          Map.of("cluster_statuses", wanted.stream().map(ClusterEndpoints::tree).toList()));
    }
    var out = new StringBuilder();
    wanted.forEach(cluster -> lines(cluster, out));
    return Reply.text(out.toString());
  }

  private static void lines(ClusterStatus cluster, StringBuilder out) {
    var name = cluster.name() + "::";
    line(out, name, "observability_name", cluster.observabilityName());
    thresholds(out, name + "default_priority::", cluster.defaultPriority());
    thresholds(out, name + "high_priority::", cluster.highPriority());
    line(out, name, "added_via_api", cluster.addedViaApi());
    for (var host : cluster.hosts()) {
      var prefix = name + host.address() + "::";
      var stats = host.stats();
      line(out, prefix, "cx_active", stats.cxActive());
      line(out, prefix, "cx_connect_fail", stats.cxConnectFail());
      line(out, prefix, "cx_total", stats.cxTotal());
      line(out, prefix, "rq_active", stats.rqActive());
      line(out, prefix, "rq_error", stats.rqError());
      line(out, prefix, "rq_success", stats.rqSuccess());
      line(out, prefix, "rq_timeout", stats.rqTimeout());
      line(out, prefix, "rq_total", stats.rqTotal());
      line(out, prefix, "hostname", host.hostname());
      line(out, prefix, "health_flags", healthFlags(host));
      line(out, prefix, "weight", host.weight());
      line(out, prefix, "region", host.region());
      line(out, prefix, "zone", host.zone());
      line(out, prefix, "sub_zone", host.subZone());
      line(out, prefix, "canary", host.canary());
      line(out, prefix, "priority", host.priority());
      // -1: no success rate is known, as in Envoy without outlier detection.
      line(out, prefix, "success_rate", -1);
      line(out, prefix, "local_origin_success_rate", -1);
    }
  }

  private static String healthFlags(ClusterStatus.Host host) {
    return host.failures().isEmpty() ? "healthy" : "/" + String.join("/", host.failures());
  }

  private static void thresholds(
      StringBuilder out, String prefix, ClusterStatus.Thresholds thresholds) {
    line(out, prefix, "max_connections", thresholds.maxConnections());
    line(out, prefix, "max_pending_requests", thresholds.maxPendingRequests());
    line(out, prefix, "max_requests", thresholds.maxRequests());
    line(out, prefix, "max_retries", thresholds.maxRetries());
  }

  private static void line(StringBuilder out, String prefix, String name, Object value) {
    out.append(prefix).append(name).append("::").append(value).append('\n');
  }

  private static Map<String, ?> tree(ClusterStatus cluster) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("name", cluster.name());
    if (cluster.addedViaApi()) {
      tree.put("added_via_api", true);
    }
    tree.put("host_statuses", cluster.hosts().stream().map(ClusterEndpoints::tree).toList());
    tree.put(
        "circuit_breakers",
        Map.of(
            "thresholds",
            List.of(
                tree("DEFAULT", cluster.defaultPriority()), tree("HIGH", cluster.highPriority()))));
    tree.put("observability_name", cluster.observabilityName());
    return tree;
  }

  private static Map<String, ?> tree(String priority, ClusterStatus.Thresholds thresholds) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("priority", priority);
    tree.put("max_connections", thresholds.maxConnections());
    tree.put("max_pending_requests", thresholds.maxPendingRequests());
    tree.put("max_requests", thresholds.maxRequests());
    tree.put("max_retries", thresholds.maxRetries());
    return tree;
  }

  private static Map<String, ?> tree(ClusterStatus.Host host) {
    var stats = host.stats();
    var tree = new LinkedHashMap<String, Object>();
    tree.put("address", address(host.address()));
    // A 64-bit number is a string in protobuf's JSON.
    tree.put(
        "stats",
        List.of(
            stat("COUNTER", "cx_connect_fail", stats.cxConnectFail()),
            stat("COUNTER", "cx_total", stats.cxTotal()),
            stat("COUNTER", "rq_error", stats.rqError()),
            stat("COUNTER", "rq_success", stats.rqSuccess()),
            stat("COUNTER", "rq_timeout", stats.rqTimeout()),
            stat("COUNTER", "rq_total", stats.rqTotal()),
            stat("GAUGE", "cx_active", stats.cxActive()),
            stat("GAUGE", "rq_active", stats.rqActive())));
    var health = new LinkedHashMap<String, Object>();
    for (var failure : host.failures()) {
      health.put(failure, true);
    }
    health.put(
        "eds_health_status",
        host.failures().contains("failed_eds_health") ? "UNHEALTHY" : "HEALTHY");
    tree.put("health_status", health);
    tree.put("weight", host.weight());
    if (!host.hostname().isEmpty()) {
      tree.put("hostname", host.hostname());
    }
    if (host.priority() != 0) {
      tree.put("priority", host.priority());
    }
    var locality = new LinkedHashMap<String, Object>();
    put(locality, "region", host.region());
    put(locality, "zone", host.zone());
    put(locality, "sub_zone", host.subZone());
    tree.put("locality", locality);
    return tree;
  }

  private static void put(Map<String, Object> tree, String name, String value) {
    if (!value.isEmpty()) {
      tree.put(name, value);
    }
  }

  private static Map<String, ?> stat(String type, String name, long value) {
    var tree = new LinkedHashMap<String, Object>();
    if (!type.equals("COUNTER")) {
      tree.put("type", type); // COUNTER is 0, which protobuf leaves out
    }
    tree.put("name", name);
    tree.put("value", Long.toString(value));
    return tree;
  }

  /** {@code envoy.config.core.v3.Address} of an address in Envoy's text form. */
  private static Map<String, ?> address(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.startsWith("/") || text.startsWith("@")) {
      return Map.of("pipe", Map.of("path", text));
    }
    var host = text.substring(0, colon);
    var address = new LinkedHashMap<String, Object>();
    address.put(
        "address",
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host);
    address.put("port_value", Integer.parseInt(text.substring(colon + 1)));
    return Map.of("socket_address", address);
  }

  private Reply listeners(Query query) throws Query.BadQueryException {
    if (json(query)) {
      var statuses = new ArrayList<Map<String, ?>>();
      for (var listener : sources.listeners()) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", listener.name());
        tree.put("local_address", address(listener.addresses().getFirst()));
        if (listener.addresses().size() > 1) {
          tree.put(
              "additional_local_addresses",
              listener.addresses().stream().skip(1).map(ClusterEndpoints::address).toList());
        }
        statuses.add(tree);
      }
      return Reply.json(Map.of("listener_statuses", statuses));
    }
    var out = new StringBuilder();
    for (var listener : sources.listeners()) {
      for (var address : listener.addresses()) {
        out.append(listener.name()).append("::").append(address).append('\n');
      }
    }
    return Reply.text(out.toString());
  }
}
