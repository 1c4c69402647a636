package io.weft.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The two named sets of values for what a configuration leaves out. This is the only table of them:
 * the reader fills the values in, so components, {@code weft expand} and the documentation see the
 * same ones. One set per process.
 */
public enum Defaults {
  /** Envoy's recommendations for a proxy that faces the internet. */
  EDGE,
  /** Envoy's own defaults. */
  ENVOY;

  /**
   * One default: the field as message type and path, its value in either set, empty where the set
   * has none.
   */
  public record Row(String type, String path, String edge, String envoy) {
    String value(Defaults set) {
      return set == EDGE ? edge : envoy;
    }
  }

  private static final String LISTENER = "envoy.config.listener.v3.Listener";
  private static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";
  private static final String UPSTREAM_HTTP =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final String ROUTE_ACTION = "envoy.config.route.v3.RouteAction";
  private static final String ROUTES = "envoy.config.route.v3.RouteConfiguration";
  private static final String TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

  // Edge values: Envoy's best practices for edge proxies. Envoy values: the comments of the v3
  // protos.
  private static final List<Row> ROWS =
      List.of(
          new Row(LISTENER, "per_connection_buffer_limit_bytes", "32768", "1048576"),
          new Row(LISTENER, "enable_reuse_port", "true", "true"),
          new Row(HCM, "use_remote_address", "true", "false"),
          new Row(HCM, "generate_request_id", "true", "true"),
          new Row(HCM, "server_name", "envoy", "envoy"),
          new Row(HCM, "common_http_protocol_options.idle_timeout", "3600s", "3600s"),
          new Row(HCM, "common_http_protocol_options.max_headers_count", "100", "100"),
          new Row(
              HCM,
              "common_http_protocol_options.headers_with_underscores_action",
              "REJECT_REQUEST",
              "ALLOW"),
          new Row(HCM, "http_protocol_options.allow_absolute_url", "true", "true"),
          new Row(HCM, "http_protocol_options.accept_http_10", "true", "false"),
          new Row(HCM, "http_protocol_options.enable_trailers", "true", "false"),
          new Row(HCM, "http2_protocol_options.max_concurrent_streams", "100", ""),
          new Row(HCM, "http2_protocol_options.initial_stream_window_size", "65536", ""),
          new Row(HCM, "http2_protocol_options.initial_connection_window_size", "1048576", ""),
          new Row(HCM, "stream_idle_timeout", "300s", "300s"),
          new Row(HCM, "request_timeout", "300s", "0s"),
          new Row(HCM, "request_headers_timeout", "10s", "0s"),
          new Row(HCM, "drain_timeout", "5s", "5s"),
          new Row(HCM, "delayed_close_timeout", "1s", "1s"),
          new Row(HCM, "max_request_headers_kb", "60", "60"),
          new Row(HCM, "normalize_path", "true", "false"),
          new Row(HCM, "merge_slashes", "true", "false"),
          new Row(HCM, "path_with_escaped_slashes_action", "REJECT_REQUEST", "KEEP_UNCHANGED"),
          new Row(ROUTES, "max_direct_response_body_size_bytes", "4096", "4096"),
          new Row(ROUTE_ACTION, "timeout", "15s", "15s"),
          new Row(TCP_PROXY, "idle_timeout", "3600s", "3600s"),
          new Row(TCP_PROXY, "max_connect_attempts", "1", "1"),
          new Row(CLUSTER, "connect_timeout", "5s", "5s"),
          new Row(CLUSTER, "per_connection_buffer_limit_bytes", "32768", "1048576"),
          new Row(UPSTREAM_HTTP, "common_http_protocol_options.idle_timeout", "3600s", "3600s"),
          new Row(
              UPSTREAM_HTTP,
              "explicit_http_config.http2_protocol_options.max_concurrent_streams",
              "100",
              ""),
          new Row(
              UPSTREAM_HTTP,
              "explicit_http_config.http2_protocol_options.initial_stream_window_size",
              "65536",
              ""));

  /** Every row of the table, in the order of the documentation. */
  public static List<Row> rows() {
    return ROWS;
  }

  /** The set of that name, or null. */
  public static @Nullable Defaults find(String name) {
    for (var set : values()) {
      if (set.text().equals(name)) {
        return set;
      }
    }
    return null;
  }

  /** The name as the command line and the banner have it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Values by message type and path, as the reader takes them. */
  Map<String, Map<String, String>> byType() {
    var values = new LinkedHashMap<String, Map<String, String>>();
    for (var row : ROWS) {
      var value = row.value(this);
      if (!value.isEmpty()) {
        values.computeIfAbsent(row.type, _ -> new LinkedHashMap<>()).put(row.path, value);
      }
    }
    return values;
  }

  /**
   * How many connections one listener accepts where the runtime key {@code
   * envoy.resource_limits.listener.<name>.connection_limit} says nothing; -1 for no limit.
   */
  public long listenerConnectionLimit() {
    return this == EDGE ? 10_000 : -1;
  }

  /**
   * How many downstream connections the process accepts where the configuration says nothing; -1
   * for no limit.
   *
   * @param openFiles the process's limit of open files, -1 if not known
   */
  public long globalConnectionLimit(long openFiles) {
    if (this == ENVOY) {
      return -1;
    }
    return openFiles < 0 ? 50_000 : Math.min(50_000, openFiles * 4 / 10);
  }

  /** Whether an admin server may listen to other machines. */
  public boolean allowsRemoteAdmin() {
    return this == ENVOY;
  }

  static List<String> names() {
    var names = new ArrayList<String>();
    for (var set : values()) {
      names.add(set.text());
    }
    return names;
  }
}
