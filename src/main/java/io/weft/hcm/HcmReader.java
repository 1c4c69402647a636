package io.weft.hcm;

import io.weft.codec.Timeouts;
import io.weft.codec.h1.HeadLimits;
import io.weft.codec.h1.HeaderCase;
import io.weft.codec.h1.Http1ServerConfig;
import io.weft.codec.h2.Http2OptionsReader;
import io.weft.codec.h2.Http2ServerConfig;
import io.weft.extension.FactoryScope;
import io.weft.extension.HttpFilterFactory;
import io.weft.extension.TerminalFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.filter.NetworkFilter;
import io.weft.filter.http.router.Router;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import io.weft.route.PathNormalizer;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableConfig;
import io.weft.route.RouteTableReader;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.stream.StreamInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager}
 * and makes connection managers. Runs on the main thread.
 */
public final class HcmReader implements TerminalFilterFactory {
  /** The message type. */
  public static final String TYPE =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  /** Security bar H11. */
  private static final long SLOW_NANOS = 60_000_000_000L;

  private static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";
  private static final String COMMON = "envoy.config.core.v3.HttpProtocolOptions";
  private static final String HTTP1 = "envoy.config.core.v3.Http1ProtocolOptions";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public NetworkFilter.Next create(String name, Message config, FactoryScope scope) {
    check(config, scope.problems());
    Filters filters = filters(config, scope);
    RouteTable routes = routes(config, filters, scope);
    return new HttpConnectionManager(
        new HcmConfig(
            config.string("stat_prefix"),
            HcmConfig.Codec.valueOf(config.enumName("codec_type")),
            http1(config),
            http2(config, scope),
            () -> routes,
            filters.chain,
            filters.upgrades,
            scope.accessLogs(config.messages("access_log")),
            new ReplyReader(scope).read(config.message("local_reply_config")),
            headers(config, scope),
            nanos(config.duration("stream_idle_timeout")),
            nanos(
                or(config.message("common_http_protocol_options"), COMMON)
                    .duration("max_stream_duration")),
            nanos(config.duration("request_timeout")),
            scope.runtime()),
        scope.stats(),
        scope.drain());
  }

  private static void check(Message config, Problems problems) {
    if (config.bool("strip_any_host_port") && config.bool("strip_matching_host_port")) {
      problems.error(
          config.place("strip_any_host_port"),
          "stands beside strip_matching_host_port (expected: one of them)");
    }
    Message http1 = config.message("http_protocol_options");
    String host = http1 == null ? "" : http1.string("default_host_for_http_10");
    if (http1 != null && !host.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      problems.error(
          http1.place("default_host_for_http_10"),
          "'" + host + "' (expected: a host of visible ASCII characters)");
    }
    Message common = config.message("common_http_protocol_options");
    if (common != null && common.has("max_response_headers_kb")) {
      problems.error(
          common.place("max_response_headers_kb"),
          "not supported by Weft on connection managers yet (expected: on clusters)");
    }
  }

  private static Http1ServerConfig http1(Message config) {
    Message common = or(config.message("common_http_protocol_options"), COMMON);
    Message http1 = or(config.message("http_protocol_options"), HTTP1);
    int headBytes = (int) config.integer("max_request_headers_kb", 60) * 1024;
    var limits =
        new HeadLimits(
            headBytes,
            (int) common.integer("max_headers_count", 100),
            Math.min(HeadLimits.DEFAULT.maxTargetBytes(), headBytes));
    return new Http1ServerConfig(
        limits,
        http1.bool("accept_http_10"),
        http1.string("default_host_for_http_10"),
        http1.bool("allow_absolute_url", true),
        http1.bool("enable_trailers"),
        !config.bool("proxy_100_continue"),
        orNone(config.duration("request_headers_timeout")),
        orNone(common.duration("idle_timeout", Duration.ofHours(1))),
        orNone(common.duration("max_connection_duration")),
        common.integer("max_requests_per_connection", 0),
        nanos(config.duration("delayed_close_timeout", Duration.ofSeconds(1))),
        HeaderCase.isProper(http1.message("header_key_format")),
        http1.bool(
            "override_stream_error_on_invalid_http_message",
            config.bool("stream_error_on_invalid_http_message")));
  }

  private static Http2ServerConfig http2(Message config, FactoryScope scope) {
    Message common = or(config.message("common_http_protocol_options"), COMMON);
    int headBytes = (int) config.integer("max_request_headers_kb", 60) * 1024;
    Message options = config.message("http2_protocol_options");
    return new Http2ServerConfig(
        Http2OptionsReader.read(options),
        (int) common.integer("max_headers_count", 100),
        headBytes,
        Math.min(HeadLimits.DEFAULT.maxTargetBytes(), headBytes),
        !config.bool("proxy_100_continue"),
        orNone(config.duration("request_headers_timeout")),
        orNone(common.duration("idle_timeout", Duration.ofHours(1))),
        orNone(common.duration("max_connection_duration")),
        common.integer("max_requests_per_connection", 0),
        nanos(config.duration("delayed_close_timeout", Duration.ofSeconds(1))),
        nanos(config.duration("drain_timeout", Duration.ofSeconds(5))),
        orNone(config.duration("stream_idle_timeout", Duration.ofMinutes(5))),
        scope.edgeDefaults() ? SLOW_NANOS : Timeouts.NONE,
        scope.bufferLimitBytes());
  }

  private static HeaderPolicy headers(Message config, FactoryScope scope) {
    Message common = or(config.message("common_http_protocol_options"), COMMON);
    String serverName = config.string("server_name");
    Message scheme = config.message("scheme_header_transformation");
    Message internal = config.message("internal_address_config");
    return new HeaderPolicy(
        config.bool("use_remote_address"),
        (int) config.integer("xff_num_trusted_hops"),
        config.bool("skip_xff_append"),
        config.bool("append_x_forwarded_port"),
        config.bool("generate_request_id", true),
        config.bool("preserve_external_request_id"),
        config.bool("always_set_request_id_in_response"),
        serverName.isEmpty() ? "envoy" : serverName,
        HeaderPolicy.Server.valueOf(config.enumName("server_header_transformation")),
        config.string("via"),
        HeaderPolicy.Underscores.valueOf(common.enumName("headers_with_underscores_action")),
        paths(config, scope.edgeDefaults()),
        host(config),
        config.bool("proxy_100_continue"),
        scheme == null ? "" : scheme.string("scheme_to_overwrite"),
        config.bool("represent_ipv4_remote_address_as_ipv4_mapped_ipv6"),
        config.bool("add_user_agent") ? scope.nodeCluster() : null,
        config.bool("add_user_agent") ? scope.nodeId() : "",
        internal(internal, scope.problems()),
        internal != null && internal.bool("unix_sockets"),
        scope.edgeDefaults(),
        clientCert(config));
  }

  private static ClientCertHeader clientCert(Message config) {
    Message details = config.message("set_current_client_cert_details");
    return new ClientCertHeader(
        ClientCertHeader.Mode.valueOf(config.enumName("forward_client_cert_details")),
        details != null && details.bool("subject"),
        details != null && details.bool("cert"),
        details != null && details.bool("chain"),
        details != null && details.bool("dns"),
        details != null && details.bool("uri"));
  }

  private static List<Cidr> internal(@Nullable Message addresses, Problems problems) {
    List<Cidr> ranges = new ArrayList<>();
    for (Message range :
        addresses == null ? List.<Message>of() : addresses.messages("cidr_ranges")) {
      try {
        ranges.add(
            new Cidr(
                NetAddress.Ip.of(range.string("address_prefix"), 0),
                (int) range.integer("prefix_len")));
      } catch (IllegalArgumentException e) {
        problems.error(range.place("address_prefix"), String.valueOf(e.getMessage()));
      }
    }
    return ranges;
  }

  /** How a connection manager brings paths into one form. */
  public static PathNormalizer paths(Message config, boolean edge) {
    var slashes =
        switch (config.enumName("path_with_escaped_slashes_action")) {
          case "REJECT_REQUEST" -> PathNormalizer.EscapedSlashes.REJECT_REQUEST;
          case "UNESCAPE_AND_REDIRECT" -> PathNormalizer.EscapedSlashes.UNESCAPE_AND_REDIRECT;
          case "UNESCAPE_AND_FORWARD" -> PathNormalizer.EscapedSlashes.UNESCAPE_AND_FORWARD;
          default -> PathNormalizer.EscapedSlashes.KEEP_UNCHANGED;
        };
    return new PathNormalizer(
        config.bool("normalize_path"), config.bool("merge_slashes"), slashes, edge);
  }

  /** What a connection manager leaves out of authorities; null for nothing. */
  public static @Nullable HostForm host(Message config) {
    var port =
        config.bool("strip_any_host_port")
            ? HostForm.Port.ANY
            : config.bool("strip_matching_host_port") ? HostForm.Port.OWN : HostForm.Port.NONE;
    boolean dot = config.bool("strip_trailing_host_dot");
    return port == HostForm.Port.NONE && !dot ? null : new HostForm(port, dot);
  }

  /** The chains, and what routes may say about their filters. */
  private record Filters(
      HcmConfig.Chain chain,
      Map<String, HcmConfig.Upgrade> upgrades,
      Map<String, HttpFilterFactory> factories) {}

  private static Filters filters(Message config, FactoryScope scope) {
    Map<String, HttpFilterFactory> factories = new HashMap<>();
    HcmConfig.Chain usual = chain(config.messages("http_filters"), config, scope, factories);
    Map<String, HcmConfig.Upgrade> upgrades = new HashMap<>();
    for (Message upgrade : config.messages("upgrade_configs")) {
      String type = upgrade.string("upgrade_type").toLowerCase(Locale.ROOT);
      List<Message> own = upgrade.messages("filters");
      HcmConfig.Chain chain = own.isEmpty() ? null : chain(own, config, scope, factories);
      var read = new HcmConfig.Upgrade(upgrade.bool("enabled", true), chain);
      if (type.equals("h2c")) {
        scope
            .problems()
            .error(
                upgrade.place("upgrade_type"),
                "'h2c': HTTP/2 in clear text is spoken from the first byte or not at all");
      } else if (upgrades.put(type, read) != null) {
        scope.problems().error(upgrade.place("upgrade_type"), "'" + type + "' more than once");
      }
    }
    return new Filters(usual, upgrades, factories);
  }

  private static HcmConfig.Chain chain(
      List<Message> filters,
      Message config,
      FactoryScope scope,
      Map<String, HttpFilterFactory> factories) {
    List<HcmConfig.Named> chain = new ArrayList<>();
    HttpFilter.Next router = NoRouter.INSTANCE;
    for (Message filter : filters) {
      String name = filter.string("name");
      Message typed = filter.any("typed_config");
      if (typed == null) {
        continue; // refused while it was read, or optional and unknown
      }
      if (typed.type().equals(ROUTER)) {
        router =
            new Router(
                scope.clusters(),
                !typed.bool("suppress_envoy_headers"),
                scope.stats(),
                config.string("stat_prefix"),
                typed.strings("strict_check_headers"));
        continue;
      }
      HttpFilterFactory factory = scope.extensions().httpFilter(name, typed.type());
      if (factory == null) {
        scope
            .problems()
            .error(filter.place("typed_config"), "no HTTP filter of type " + typed.type());
        continue;
      }
      factories.putIfAbsent(name, factory);
      chain.add(
          new HcmConfig.Named(
              name,
              factory.create(name, typed, scope),
              !filter.bool("disabled"),
              factory.isUsers()));
    }
    return new HcmConfig.Chain(chain, router);
  }

  /** Never reached by traffic: a configuration without a router is refused. */
  private enum NoRouter implements HttpFilter.Next {
    INSTANCE;

    @Override
    public Response proceed(Request request, StreamInfo stream) {
      throw new IllegalStateException("a filter chain without a router");
    }
  }

  private static RouteTable routes(Message config, Filters filters, FactoryScope scope) {
    Message table = config.message("route_config");
    if (table == null) {
      return RouteTable.EMPTY;
    }
    var reader =
        new RouteTableReader(
            (filterName, typed, problems) -> override(filters, filterName, typed, scope, problems),
            scope::namesCluster,
            scope.problems());
    RouteTableConfig read = reader.read(table);
    try {
      return RouteTable.compile(read);
    } catch (IllegalArgumentException e) {
      scope.problems().error(table.place(), String.valueOf(e.getMessage()));
      return RouteTable.EMPTY;
    }
  }

  private static @Nullable Object override(
      Filters filters, String name, Message typed, FactoryScope scope, Problems problems) {
    HttpFilterFactory factory = filters.factories.get(name);
    if (factory == null) {
      problems.error(typed.place(), "no filter named '" + name + "' in the HTTP filter chain");
      return null;
    }
    if (!typed.type().equals(factory.routeType())) {
      problems.error(
          typed.place(),
          typed.type()
              + " for filter '"
              + name
              + "' (expected: "
              + (factory.routeType().isEmpty() ? "nothing, it has none" : factory.routeType())
              + ")");
      return null;
    }
    return factory.routeConfig(typed, scope);
  }

  private static Message or(@Nullable Message message, String type) {
    return message == null ? ResourceReader.parse(type, "{}") : message;
  }

  private static long nanos(@Nullable Duration duration) {
    return duration == null ? 0 : duration.toNanos();
  }

  private static long orNone(@Nullable Duration duration) {
    return duration == null || duration.isZero() ? Timeouts.NONE : duration.toNanos();
  }
}
