package io.weft.cluster;

import io.weft.cluster.ClusterConfig.Http1Options;
import io.weft.cluster.ClusterConfig.HttpVersion;
import io.weft.cluster.ClusterConfig.TcpKeepalive;
import io.weft.cluster.lb.Maglev;
import io.weft.codec.h2.Http2OptionsReader;
import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.tls.ClientTls;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code envoy.config.cluster.v3.Cluster} into a {@link ClusterConfig}. Fields that Weft does
 * not implement were refused before; what is refused here needs more than one field to be judged.
 */
public final class ClusterReader {
  private static final String LB = "envoy.extensions.load_balancing_policies.";
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  /** What {@code load_balancing_policy} may name, by its type. */
  private static final Map<String, LbConfig.Policy> BALANCERS =
      Map.of(
          LB + "round_robin.v3.RoundRobin",
          LbConfig.Policy.ROUND_ROBIN,
          LB + "least_request.v3.LeastRequest",
          LbConfig.Policy.LEAST_REQUEST,
          LB + "random.v3.Random",
          LbConfig.Policy.RANDOM,
          LB + "ring_hash.v3.RingHash",
          LbConfig.Policy.RING_HASH,
          LB + "maglev.v3.Maglev",
          LbConfig.Policy.MAGLEV,
          LB + "cluster_provided.v3.ClusterProvided",
          LbConfig.Policy.CLUSTER_PROVIDED);

  private final Message cluster;
  private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

  /** What configures a cluster whose members are the hosts that clients ask for. */
  public static final String FORWARD_PROXY =
      "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";

  private final Problems problems;
  private final TlsMaker tls;

  /** Makes what secures connections of an {@code UpstreamTlsContext}. */
  public interface TlsMaker {
    /**
     * The client's side, null if it was reported why not.
     *
     * @param statName the cluster's name in statistics
     * @param protocols offered by ALPN where the context names none
     */
    @Nullable ClientTls make(Message context, String statName, List<String> protocols);
  }

  private ClusterReader(Message cluster, TlsMaker tls, Problems problems) {
    this.cluster = cluster;
    this.tls = tls;
    this.problems = problems;
  }

  /** The cluster that {@code message} describes; null when {@code problems} was told why not. */
  public static @Nullable ClusterConfig read(Message message, TlsMaker tls, Problems problems) {
    try {
      return new ClusterReader(message, tls, problems).read();
    } catch (IllegalArgumentException e) {
      problems.error(message.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable ClusterConfig read() {
    int before = problems.errors().size();
    var name = cluster.string("name");
    if (name.isEmpty()) {
      problems.error(cluster.place("name"), "must not be empty");
    }
    var timeout = cluster.duration("connect_timeout", ClusterConfig.DEFAULT_CONNECT_TIMEOUT);
    if (timeout.isZero() || timeout.isNegative()) {
      problems.error(cluster.place("connect_timeout"), timeout + " (expected: more than 0s)");
    }
    checkPolicy();
    var http = httpOptions();
    var common =
        http != null
            ? http.message("common_http_protocol_options")
            : cluster.message("common_http_protocol_options");
    var assignment = cluster.message("load_assignment");
    var policy = assignment == null ? null : assignment.message("policy");
    var balancing = cluster.message("common_lb_config");
    var zoneAware = balancing == null ? null : balancing.message("zone_aware_lb_config");
    var endpoints =
        assignment == null || isFoundByName(cluster)
            ? List.<EndpointConfig>of()
            : endpoints(assignment);
    var defaults = breakers("DEFAULT");
    var high = breakers("HIGH");
    var statName =
        cluster.string("alt_stat_name").isEmpty() ? name : cluster.string("alt_stat_name");
    var version = version(http);
    var secured = tls(statName, http, version.choice());
    if (version.choice() == HttpVersion.Choice.ALPN && http != null && !isSecured()) {
      problems.error(
          http.place("auto_config"),
          "without TLS there is no ALPN to tell the version (expected: a transport_socket of TLS,"
              + " or explicit_http_config)");
    }
    var balanced = lb();
    if (problems.errors().size() > before) {
      return null;
    }
    return new ClusterConfig(
        name,
        statName,
        timeout,
        endpoints,
        policy == null
            ? ClusterConfig.DEFAULT_OVERPROVISIONING
            : Math.toIntExact(
                policy.integer("overprovisioning_factor", ClusterConfig.DEFAULT_OVERPROVISIONING)),
        percent(balancing, "healthy_panic_threshold", ClusterConfig.DEFAULT_PANIC_THRESHOLD),
        zoneAware != null && zoneAware.bool("fail_traffic_on_panic"),
        defaults,
        high,
        unlessZero(common, "idle_timeout", ClusterConfig.DEFAULT_IDLE_TIMEOUT),
        unlessZero(common, "max_connection_duration", null),
        maxRequests(common),
        (int)
            Math.min(
                Integer.MAX_VALUE,
                cluster.integer(
                    "per_connection_buffer_limit_bytes", ClusterConfig.DEFAULT_BUFFER_LIMIT)),
        http1(common, http),
        version,
        bind(),
        keepalive(),
        balanced,
        secured);
  }

  private @Nullable UpstreamTls tls(
      String statName, @Nullable Message http, HttpVersion.Choice version) {
    var socket = cluster.message("transport_socket");
    var context = socket == null ? null : socket.any("typed_config");
    if (socket == null || context == null) {
      return null; // none, or refused while it was read
    }
    switch (context.type()) {
      case TLS -> {}
      case "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer" -> {
        return null;
      }
      default -> {
        problems.error(
            socket.place("typed_config"), context.type() + " (expected: UpstreamTlsContext)");
        return null;
      }
    }
    var made = tls.make(context, statName, protocols(version));
    var options =
        http != null && http.has("upstream_http_protocol_options")
            ? http.message("upstream_http_protocol_options")
            : cluster.message("upstream_http_protocol_options");
    if (made == null) {
      return null;
    }
    if (options == null && http == null && forwardProxy(cluster) != null) {
      return new UpstreamTls(made, true, true, ""); // as Envoy: the names are the clients' choice
    }
    return options == null
        ? new UpstreamTls(made, false, false, "")
        : new UpstreamTls(
            made,
            options.bool("auto_sni"),
            options.bool("auto_san_validation"),
            options.string("override_auto_sni_header"));
  }

  private boolean isSecured() {
    var socket = cluster.message("transport_socket");
    var context = socket == null ? null : socket.any("typed_config");
    return context != null && context.type().equals(TLS);
  }

  /** What is offered by ALPN; nothing where the cluster may carry something else than HTTP. */
  private static List<String> protocols(HttpVersion.Choice version) {
    return switch (version) {
      case HTTP1, DOWNSTREAM -> List.of();
      case HTTP2 -> List.of("h2");
      case ALPN -> List.of("h2", "http/1.1");
    };
  }

  private void checkPolicy() {
    boolean isTyped = cluster.enumName("lb_policy").equals("LOAD_BALANCING_POLICY_CONFIG");
    if (isTyped && !cluster.has("load_balancing_policy")) {
      problems.error(
          cluster.place("lb_policy"),
          "LOAD_BALANCING_POLICY_CONFIG without load_balancing_policy (expected: both)");
    }
    if (cluster.has("load_balancing_policy") && balancer(cluster) == null) {
      problems.error(
          cluster.place("load_balancing_policy"),
          "no policy that is supported (expected: " + new TreeSet<>(BALANCERS.keySet()) + ")");
    }
  }

  /** The first policy of {@code load_balancing_policy} that there is; null if it has none. */
  private static @Nullable Message balancer(Message cluster) {
    var policy = cluster.message("load_balancing_policy");
    for (Message candidate : policy == null ? List.<Message>of() : policy.messages("policies")) {
      var extension = candidate.message("typed_extension_config");
      var config = extension == null ? null : extension.any("typed_config");
      if (config != null && BALANCERS.containsKey(config.type())) {
        return config;
      }
    }
    return null;
  }

  /** How a cluster balances: {@code load_balancing_policy} counts before {@code lb_policy}. */
  public static LbConfig.Policy balancing(Message cluster) {
    var typed = balancer(cluster);
    if (typed != null) {
      return Objects.requireNonNull(BALANCERS.get(typed.type()));
    }
    var name = cluster.enumName("lb_policy");
    return name.equals("LOAD_BALANCING_POLICY_CONFIG") // refused
        ? LbConfig.Policy.ROUND_ROBIN
        : LbConfig.Policy.valueOf(name);
  }

  private @Nullable Message httpOptions() {
    var options = cluster.map("typed_extension_protocol_options").get(HTTP_OPTIONS);
    if (options != null) {
      for (var old :
          List.of(
              "common_http_protocol_options", "http_protocol_options", "http2_protocol_options")) {
        if (cluster.has(old) && !cluster.isDefault(old)) {
          problems.error(
              cluster.place(old), "given beside " + HTTP_OPTIONS + " (expected: one of the two)");
        }
      }
    }
    return options;
  }

  private long maxRequests(@Nullable Message common) {
    return common != null && common.has("max_requests_per_connection")
        ? common.integer("max_requests_per_connection")
        : cluster.integer("max_requests_per_connection");
  }

  private Http1Options http1(@Nullable Message common, @Nullable Message options) {
    var otherwise = Http1Options.DEFAULT;
    if (common != null && common.has("max_stream_duration")) {
      problems.error(
          common.place("max_stream_duration"),
          "not supported by Weft on clusters yet (expected: on connection managers and routes)");
    }
    var explicit = options == null ? null : options.message("explicit_http_config");
    if (explicit == null && options != null) {
      explicit = options.message("use_downstream_protocol_config");
    }
    if (explicit == null && options != null) {
      explicit = options.message("auto_config");
    }
    var http1 =
        options == null
            ? cluster.message("http_protocol_options")
            : explicit == null ? null : explicit.message("http_protocol_options");
    var format = http1 == null ? null : http1.message("header_key_format");
    return new Http1Options(
        (int) or(common, "max_headers_count", otherwise.maxHeaders()),
        (int) or(common, "max_response_headers_kb", otherwise.maxHeadersKb()),
        format != null && format.has("proper_case_words"));
  }

  private static long or(@Nullable Message from, String field, long ifAbsent) {
    return from == null ? ifAbsent : from.integer(field, ifAbsent);
  }

  private HttpVersion version(@Nullable Message http) {
    if (http == null) {
      var old = cluster.message("http2_protocol_options");
      var choice = old == null ? HttpVersion.Choice.HTTP1 : HttpVersion.Choice.HTTP2;
      return new HttpVersion(
          cluster.enumName("protocol_selection").equals("USE_DOWNSTREAM_PROTOCOL")
              ? HttpVersion.Choice.DOWNSTREAM
              : choice,
          Http2OptionsReader.read(old));
    }
    var explicit = http.message("explicit_http_config");
    if (explicit != null) {
      var http2 = explicit.message("http2_protocol_options");
      return new HttpVersion(
          http2 == null ? HttpVersion.Choice.HTTP1 : HttpVersion.Choice.HTTP2,
          Http2OptionsReader.read(http2));
    }
    var auto = http.message("auto_config");
    if (auto != null) {
      return new HttpVersion(
          HttpVersion.Choice.ALPN, Http2OptionsReader.read(auto.message("http2_protocol_options")));
    }
    var downstream = http.message("use_downstream_protocol_config");
    return downstream == null
        ? HttpVersion.DEFAULT
        : new HttpVersion(
            HttpVersion.Choice.DOWNSTREAM,
            Http2OptionsReader.read(downstream.message("http2_protocol_options")));
  }

  private static @Nullable Duration unlessZero(
      @Nullable Message from, String field, @Nullable Duration ifAbsent) {
    var value = from == null ? null : from.duration(field);
    if (value == null) {
      return ifAbsent;
    }
    return value.isZero() ? null : value;
  }

  /** What is said of one policy; null if another one is asked for, or nothing is said. */
  private @Nullable Message settings(
      @Nullable Message typed, LbConfig.Policy policy, LbConfig.Policy of, String field) {
    if (typed != null) {
      return policy == of ? typed : null;
    }
    var config = cluster.message(field);
    if (config != null && policy != of) {
      problems.error(
          cluster.place(field), "with lb_policy " + policy + " (expected: with " + of + ")");
    }
    return config;
  }

  private LbConfig lb() {
    Message typed = balancer(cluster);
    var policy = balancing(cluster);
    Message ring = settings(typed, policy, LbConfig.Policy.RING_HASH, "ring_hash_lb_config");
    Message maglev = settings(typed, policy, LbConfig.Policy.MAGLEV, "maglev_lb_config");
    Message least =
        settings(typed, policy, LbConfig.Policy.LEAST_REQUEST, "least_request_lb_config");
    if ((policy == LbConfig.Policy.CLUSTER_PROVIDED) != (forwardProxy(cluster) != null)) {
      problems.error(
          cluster.place("lb_policy"),
          policy
              + " (expected: CLUSTER_PROVIDED for a cluster of a dynamic forward proxy, and for no"
              + " other)");
    }
    long size =
        maglev == null ? Maglev.DEFAULT_SIZE : maglev.integer("table_size", Maglev.DEFAULT_SIZE);
    return switch (policy) {
      case RING_HASH ->
          new LbConfig(
              policy,
              ring == null ? 1024 : ring.integer("minimum_ring_size", 1024),
              ring == null ? 8 << 20 : ring.integer("maximum_ring_size", 8 << 20),
              2,
              ring != null && ring.enumName("hash_function").equals("MURMUR_HASH_2"),
              LbConfig.Bias.ONE);
      case MAGLEV -> {
        if (size < 3 || !BigInteger.valueOf(size).isProbablePrime(40)) {
          throw new IllegalArgumentException("table_size: " + size + " (expected: a prime number)");
        }
        yield new LbConfig(policy, size, size, 2);
      }
      case LEAST_REQUEST ->
          new LbConfig(
              policy,
              0,
              0,
              least == null ? 2 : Math.toIntExact(least.integer("choice_count", 2)),
              false,
              bias(least == null ? null : least.message("active_request_bias")));
      case ROUND_ROBIN, RANDOM, CLUSTER_PROVIDED -> new LbConfig(policy, 0, 0, 2);
    };
  }

  private LbConfig.Bias bias(@Nullable Message said) {
    double bias = said == null ? 1 : said.number("default_value", 0);
    if (said == null || !(bias >= 0)) {
      if (said != null) {
        problems.error(said.place("default_value"), bias + " (expected: not negative)");
      }
      return LbConfig.Bias.ONE;
    }
    return new LbConfig.Bias(bias, said.string("runtime_key"));
  }

  private static double percent(@Nullable Message from, String field, double ifAbsent) {
    var value = from == null ? null : from.message(field);
    return value == null ? ifAbsent : value.number("value", 0);
  }

  private CircuitBreakerConfig breakers(String priority) {
    var otherwise = CircuitBreakerConfig.DEFAULT;
    var breakers = cluster.message("circuit_breakers");
    if (breakers == null) {
      return otherwise;
    }
    Message found = null;
    for (Message threshold : breakers.messages("thresholds")) {
      if (!threshold.enumName("priority").equals(priority)) {
        continue;
      }
      if (found != null) {
        problems.error(
            threshold.place(), "a second threshold of priority " + priority + " (expected: one)");
      } else {
        found = threshold;
      }
    }
    if (found == null) {
      return otherwise;
    }
    var budget = found.message("retry_budget");
    return new CircuitBreakerConfig(
        found.integer("max_connections", otherwise.maxConnections()),
        found.integer("max_pending_requests", otherwise.maxPendingRequests()),
        found.integer("max_requests", otherwise.maxRequests()),
        found.integer("max_retries", otherwise.maxRetries()),
        budget == null
            ? null
            : new CircuitBreakerConfig.RetryBudget(
                percent(budget, "budget_percent", 20), budget.integer("min_retry_concurrency", 3)),
        found.bool("track_remaining"));
  }

  private List<EndpointConfig> endpoints(Message assignment) {
    var endpoints = new ArrayList<EndpointConfig>();
    for (Message group : assignment.messages("endpoints")) {
      for (Message member : group.messages("lb_endpoints")) {
        var endpoint = endpoint(member, group);
        if (endpoint != null) {
          endpoints.add(endpoint);
        }
      }
    }
    return endpoints;
  }

  private @Nullable EndpointConfig endpoint(Message member, Message group) {
    var endpoint = member.message("endpoint");
    if (endpoint == null) {
      problems.error(member.place("endpoint"), "must be set");
      return null;
    }
    var address = endpoint.message("address");
    if (address == null) {
      problems.error(endpoint.place("address"), "must be set");
      return null;
    }
    var where = Addresses.read(address, problems);
    var common = member(member, group, problems);
    if (where == null || common == null) {
      return null;
    }
    return new EndpointConfig(
        where,
        endpoint.string("hostname"),
        common.weight(),
        common.health(),
        common.locality(),
        common.priority(),
        common.metadata());
  }

  /** Whether the members are what DNS says of names, and not given. */
  public static boolean isFoundByName(Message cluster) {
    return cluster.has("cluster_type")
        || cluster.enumName("type").equals("STRICT_DNS")
        || cluster.enumName("type").equals("LOGICAL_DNS");
  }

  /** What a cluster of a dynamic forward proxy says of itself; null for any other cluster. */
  public static @Nullable Message forwardProxy(Message cluster) {
    Message type = cluster.message("cluster_type");
    Message config = type == null ? null : type.any("typed_config");
    return config != null && config.type().equals(FORWARD_PROXY) ? config : null;
  }

  /** What an endpoint says besides its address and its name. */
  public record Member(
      int weight,
      HealthStatus health,
      Locality locality,
      int priority,
      Map<String, Object> metadata) {}

  /** Reads {@code LbEndpoint} and its group; null when {@code problems} was told why not. */
  public static @Nullable Member member(Message member, Message group, Problems problems) {
    long weight = member.integer("load_balancing_weight", 1);
    if (weight < 1 || weight > Integer.MAX_VALUE) {
      problems.error(
          member.place("load_balancing_weight"),
          weight + " (expected: 1 to " + Integer.MAX_VALUE + ")");
      return null;
    }
    return new Member(
        (int) weight,
        HealthStatus.of(member.enumName("health_status")),
        locality(group.message("locality")),
        Math.toIntExact(group.integer("priority")),
        lbMetadata(member.message("metadata")));
  }

  /** What is said in the namespace {@code envoy.lb}, as texts, numbers and so on. */
  @SuppressWarnings("unchecked") // a Struct
  private static Map<String, Object> lbMetadata(@Nullable Message metadata) {
    Object all = metadata == null ? null : metadata.value("filter_metadata");
    return all instanceof Map<?, ?> map && map.get("envoy.lb") instanceof Map<?, ?> said
        ? (Map<String, Object>) said
        : Map.of();
  }

  private static Locality locality(@Nullable Message locality) {
    return locality == null
        ? Locality.NONE
        : new Locality(
            locality.string("region"), locality.string("zone"), locality.string("sub_zone"));
  }

  private @Nullable NetAddress bind() {
    var bind = cluster.message("upstream_bind_config");
    var source = bind == null ? null : bind.message("source_address");
    return source == null ? null : Addresses.readSocket(source, problems);
  }

  private @Nullable TcpKeepalive keepalive() {
    var options = cluster.message("upstream_connection_options");
    var keepalive = options == null ? null : options.message("tcp_keepalive");
    if (keepalive == null) {
      return null;
    }
    return new TcpKeepalive(
        Math.toIntExact(keepalive.integer("keepalive_probes", 0)),
        Math.toIntExact(keepalive.integer("keepalive_time", 0)),
        Math.toIntExact(keepalive.integer("keepalive_interval", 0)));
  }
}
