package io.weft.explain;

import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterConfig;
import io.weft.cluster.ClusterReader;
import io.weft.cluster.Clusters;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointConfig;
import io.weft.cluster.EndpointStats;
import io.weft.cluster.HealthStatus;
import io.weft.config.Configuration;
import io.weft.config.Defaults;
import io.weft.filter.http.router.Hashes;
import io.weft.format.Facts;
import io.weft.hcm.HcmReader;
import io.weft.hcm.HostForm;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.route.Conditions;
import io.weft.route.MirrorPolicy;
import io.weft.route.PathNormalizer;
import io.weft.route.RedirectPolicy;
import io.weft.route.RetryPolicy;
import io.weft.route.Route;
import io.weft.route.RouteDecision;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableConfig;
import io.weft.route.RouteTableReader;
import io.weft.runtime.RuntimeLayer;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.schema.Message;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.stream.RoutingFacts;
import io.weft.upstream.HostChoice;
import io.weft.upstream.Pick;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a configuration does with a request, from listener to endpoints, and where each part
 * is written. Opens no socket; for the main thread of a command.
 */
public final class Explain {
  private static final String DEFAULT = "default";
  private static final String BUFFER = "envoy.extensions.filters.http.buffer.v3.Buffer";

  /** How many endpoints of a running cluster are listed. */
  private static final int MOST_ENDPOINTS = 100;

  private final Configuration configuration;
  private final Question question;
  private final Problems problems;
  private final @Nullable Live live;
  private final Map<String, Object> told = new LinkedHashMap<>();

  private Explain(
      Configuration configuration, Question question, @Nullable Live live, Problems problems) {
    this.configuration = configuration;
    this.live = live;
    this.question = question;
    this.problems = problems;
  }

  /**
   * A request that somebody asks about.
   *
   * @param port that the URL names, -1 if it names none
   * @param listener at which it comes in; empty to find it by the port
   * @param random the lot of the request
   * @param bodySize how many bytes of body it has
   * @param runtime values that go before those of the configuration, by key
   */
  public record Question(
      Request request,
      int port,
      String listener,
      long random,
      long bodySize,
      Map<String, String> runtime) {
    /**
     * Reads a question.
     *
     * @param headers as {@code name: value}
     * @throws IllegalArgumentException if a part is none
     */
    public static Question of(
        String method, String url, List<String> headers, String listener, long random) {
      int scheme = url.indexOf("://");
      if (method.isEmpty() || scheme <= 0) {
        throw new IllegalArgumentException(
            "METHOD '" + method + "', URL '" + url + "' (expected: GET http://host/path)");
      }
      int slash = url.indexOf('/', scheme + 3);
      String authority = url.substring(scheme + 3, slash < 0 ? url.length() : slash);
      int colon = authority.lastIndexOf(':');
      int port = -1;
      if (colon > authority.lastIndexOf(']')) {
        port = Integer.parseInt(authority.substring(colon + 1));
      }
      var fields = new Headers();
      fields.add(HeaderName.HOST, authority);
      for (String header : headers) {
        int end = header.indexOf(':');
        if (end <= 0) {
          throw new IllegalArgumentException("-H '" + header + "' (expected: 'name: value')");
        }
        fields.add(header.substring(0, end).strip(), header.substring(end + 1).strip());
      }
      if (!fields.contains(HeaderName.X_FORWARDED_PROTO)) {
        fields.add(HeaderName.X_FORWARDED_PROTO, url.substring(0, scheme));
      }
      return new Question(
          Request.of(
              method,
              url.substring(0, scheme),
              authority,
              slash < 0 ? "/" : url.substring(slash),
              Protocol.HTTP_1_1,
              fields,
              Body.EMPTY),
          port,
          listener,
          random,
          0,
          Map.of());
    }

    /** The same with a body of that many bytes, and the header that says so. */
    public Question withBody(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("--body-size " + bytes + " (expected: at least 0)");
      }
      Headers headers = request.headers();
      if (bytes > 0
          && !headers.contains(HeaderName.CONTENT_LENGTH)
          && !headers.contains(HeaderName.TRANSFER_ENCODING)) {
        headers.add(HeaderName.CONTENT_LENGTH, Long.toString(bytes));
      }
      return new Question(request, port, listener, random, bytes, runtime);
    }

    /**
     * The same with runtime values.
     *
     * @param values as {@code key=value}
     */
    public Question withRuntime(List<String> values) {
      Map<String, String> all = new LinkedHashMap<>();
      for (String value : values) {
        int equals = value.indexOf('=');
        if (equals <= 0) {
          throw new IllegalArgumentException("--runtime '" + value + "' (expected: key=value)");
        }
        all.put(value.substring(0, equals), value.substring(equals + 1));
      }
      return new Question(request, port, listener, random, bodySize, all);
    }
  }

  /** What a running proxy knows besides its configuration. Any thread may ask. */
  public interface Live {
    /** The clusters as they are now. */
    Clusters clusters();

    /** The runtime values as they are now. */
    RuntimeSnapshot runtime();
  }

  /** The account, by part; what is wrong goes to {@code problems}. */
  public static Map<String, Object> of(
      Configuration configuration, Question question, Problems problems) {
    return of(configuration, question, null, problems);
  }

  /**
   * The account with the endpoints of a running proxy, and the one of them that would be taken.
   *
   * @param live null to go by the configuration alone
   */
  public static Map<String, Object> of(
      Configuration configuration, Question question, @Nullable Live live, Problems problems) {
    var explain = new Explain(configuration, question, live, problems);
    explain.tell();
    return explain.told;
  }

  /** The account for people. */
  public static String text(Map<String, Object> told) {
    var text = new StringBuilder();
    told.forEach((part, value) -> {
      if (value instanceof List<?> list) {
        text.append(part).append('\n');
        list.forEach(line -> text.append("  ").append(line(line)).append('\n'));
      } else {
        text.append(String.format("%-14s", part)).append(line(value)).append('\n');
      }
    });
    return text.toString();
  }

  private static String line(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return String.valueOf(value);
    }
    var text = new StringBuilder();
    map.forEach((key, item) ->
        text.append(text.isEmpty() ? "" : "  ")
            .append(key.equals("why") || key.equals("at") ? "" : key + " ")
            .append(item));
    return text.toString();
  }

  private void tell() {
    Message manager = manager();
    if (manager == null) {
      told.put("listener", "none with an HTTP connection manager fits");
      return;
    }
    Request request = normalized(manager);
    Message written = manager.message("route_config");
    if (request == null || written == null) {
      return;
    }
    var reader = new RouteTableReader((name, settings, to) -> settings, this::exists, problems);
    RouteTableConfig config = reader.read(written);
    if (!problems.isEmpty()) {
      return;
    }
    RouteDecision decision = RouteTable.compile(config).decide(request, facts());
    decided(config, decision, written);
    switch (decision.route()) {
      case Route.None none -> told.put("answer", "404, flag NR, route_not_found");
      case Route.DirectResponse direct ->
          told.put("answer", direct.status() + ", " + direct.body().length + " bytes");
      case Route.Redirect redirect ->
          told.put("answer", redirect.status() + " to " + redirect.location(request));
      case Route.Forward forward -> forward(forward, request, action(written, config, decision));
    }
    filters(manager, decision.route());
  }

  private boolean exists(String cluster) {
    return cluster(cluster) != null;
  }

  private @Nullable Message cluster(String name) {
    for (Message cluster : configuration.clusters()) {
      if (cluster.string("name").equals(name)) {
        return cluster;
      }
    }
    return null;
  }

  /** The connection manager that serves the question; the listener and chain are told. */
  private @Nullable Message manager() {
    Message found = null;
    int best = -1;
    for (Message listener : configuration.listeners()) {
      boolean named = listener.string("name").equals(question.listener());
      if (!question.listener().isEmpty() && !named) {
        continue;
      }
      int rank = question.port() >= 0 && port(listener) == question.port() ? 1 : 0;
      List<Message> chains = listener.messages("filter_chains");
      for (int i = 0; i < chains.size() && rank > best; i++) {
        Message manager = manager(chains.get(i));
        if (manager != null) {
          best = rank;
          found = manager;
          told.put("listener", at(listener.string("name"), listener.place()));
          told.put(
              "filter chain",
              at("the first with an HTTP connection manager, number " + i, chains.get(i).place()));
        }
      }
    }
    return found;
  }

  private static long port(Message listener) {
    Message address = listener.message("address");
    Message socket = address == null ? null : address.message("socket_address");
    return socket == null ? -1 : socket.integer("port_value");
  }

  private static @Nullable Message manager(Message chain) {
    for (Message filter : chain.messages("filters")) {
      Message typed = filter.any("typed_config");
      if (typed != null && typed.type().equals(HcmReader.TYPE)) {
        return typed;
      }
    }
    return null;
  }

  /** The request as routes see it; null if its path is refused or redirected. */
  private @Nullable Request normalized(Message manager) {
    Request request = question.request();
    HostForm host = HcmReader.host(manager);
    if (host != null) {
      request = host.apply(request, "0.0.0.0:" + Math.max(question.port(), 0));
      told.put("host", request.authority());
    }
    PathNormalizer paths = HcmReader.paths(manager, configuration.defaults().equals(Defaults.EDGE));
    if (paths.isNormal(request.path())) {
      told.put("path", request.path());
      return request;
    }
    return switch (paths.normalize(request.path())) {
      case PathNormalizer.Result.Path normal -> {
        told.put("path", normal.path() + " (was " + request.path() + ")");
        yield request.withPath(normal.path());
      }
      case PathNormalizer.Result.Redirect redirect -> {
        told.put("answer", "307 to " + redirect.path());
        yield null;
      }
      case PathNormalizer.Result.Refused refused -> {
        told.put("answer", "400, path_normalization_failed");
        yield null;
      }
    };
  }

  private RoutingFacts facts() {
    return new RoutingFacts() {
      private final RuntimeSnapshot runtime = runtimeValues();

      @Override
      public long random() {
        return question.random();
      }

      @Override
      public RuntimeSnapshot runtime() {
        return runtime;
      }
    };
  }

  private RuntimeSnapshot runtimeValues() {
    Live now = live;
    var layers =
        new ArrayList<>(now == null ? configuration.runtimeLayers() : now.runtime().layers());
    layers.add(RuntimeLayer.of("asked", question.runtime()));
    return new RuntimeSnapshot(layers);
  }

  private void decided(RouteTableConfig config, RouteDecision decision, Message written) {
    told.put("route table", at("'" + config.name() + "'", written.place()));
    if (decision.host() == null) {
      told.put("virtual host", "none: " + decision.rule().text());
      return;
    }
    Message host = host(written, config, decision);
    told.put(
        "virtual host",
        at(
            "'"
                + decision.host().name()
                + "' by domain '"
                + decision.domain()
                + "', "
                + decision.rule().text(),
            host.place()));
    if (decision.toTls()) {
      told.put("require_tls", at(host.enumName("require_tls"), host.place("require_tls")));
    }
    List<Object> routes = new ArrayList<>();
    for (RouteDecision.Tried tried : decision.tried()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("route", tried.index());
      String failed = tried.failed();
      line.put("why", failed == null ? "matches: " + tried.route().match().describe() : failed);
      line.put("at", place(host.messages("routes").get(tried.index()).place()));
      routes.add(line);
    }
    told.put("routes", routes);
    if (decision.chosen() >= 0) {
      told.put("route", decision.chosen() + named(decision.route().name()));
    }
  }

  private static String named(String name) {
    return name.isEmpty() ? "" : " '" + name + "'";
  }

  private static Message host(Message table, RouteTableConfig config, RouteDecision decision) {
    return table.messages("virtual_hosts").get(config.virtualHosts().indexOf(decision.host()));
  }

  private static Message action(Message table, RouteTableConfig config, RouteDecision decision) {
    return host(table, config, decision)
        .messages("routes")
        .get(decision.chosen())
        .required("route");
  }

  private void forward(Route.Forward route, Request request, Message action) {
    Headers before = request.headers().copy();
    Request sent = route.finish(request, new Asked(request), true);
    told.put("path upstream", sent.path());
    told.put("host upstream", route.rewrite().autoHost() ? "the endpoint's" : sent.authority());
    List<Object> changes = new ArrayList<>();
    before.forEach((name, value) -> {
      if (!sent.headers().contains(name)) {
        changes.add("- " + name + ": " + value);
      }
    });
    sent.headers()
        .forEach((name, value) -> {
          if (!before.all(name).contains(value)) {
            changes.add("+ " + name + ": " + value);
          }
        });
    if (!changes.isEmpty()) {
      told.put("headers", changes);
    }
    told.put("timeout", setting(millis(route.timeoutNanos()), action, "timeout"));
    told.put(
        "idle timeout",
        route.idleTimeoutNanos() < 0
            ? "the connection manager's"
            : setting(millis(route.idleTimeoutNanos()), action, "idle_timeout"));
    retries(route, action);
    aside(route, action);
    cluster(route, sent, action);
  }

  private static String millis(long nanos) {
    return nanos == 0 ? "none" : nanos / 1_000_000 + " ms";
  }

  private void retries(Route.Forward route, Message action) {
    RetryPolicy retry = route.retry();
    if (retry == null) {
      told.put("retries", "none (" + DEFAULT + ")");
      return;
    }
    String on = String.join(",", retry.on().stream().map(RetryPolicy.On::text).sorted().toList());
    String where =
        action.has("retry_policy") ? place(action.place("retry_policy")) : "virtual host";
    told.put("retries", retry.retries() + " on " + on + " (" + where + ")");
    long kept = route.requestBufferLimit();
    if (question.bodySize() > kept) {
      told.put(
          "no retries",
          "the body of "
              + question.bodySize()
              + " bytes is not kept to be sent again (per_request_buffer_limit_bytes: "
              + kept
              + (route.isRequestBufferLimited() ? ")" : ", " + DEFAULT + ")"));
    }
  }

  /** What happens beside the one request that goes to the cluster. */
  private void aside(Route.Forward route, Message action) {
    if (route.hedges()) {
      String hedging = "on the time-out of a try";
      told.put(
          "hedging",
          action.has("hedge_policy")
              ? at(hedging, action.place("hedge_policy"))
              : hedging + " (virtual host)");
    }
    RedirectPolicy redirects = route.options().redirects();
    if (redirects != null) {
      told.put(
          "redirects followed",
          at(
              "up to "
                  + redirects.most()
                  + " of "
                  + redirects.statuses().stream().sorted().toList(),
              action.place("internal_redirect_policy")));
    }
    List<String> copies = new ArrayList<>();
    for (MirrorPolicy mirror : route.mirrors()) {
      Conditions.Share share = mirror.share();
      String to =
          mirror.clusterHeader() == null
              ? "'" + mirror.cluster() + "'"
              : "the cluster that " + mirror.clusterHeader() + " names";
      copies.add(
          share == null
              ? to
              : to + " of " + share.percent().numerator() + "/" + share.percent().denominator());
    }
    if (!copies.isEmpty()) {
      String where =
          action.has("request_mirror_policies")
              ? place(action.place("request_mirror_policies"))
              : "virtual host or route table";
      told.put("copies to", String.join(", ", copies) + " (" + where + ")");
    }
  }

  private void cluster(Route.Forward route, Request sent, Message action) {
    String name = route.clusterName();
    Message cluster = cluster(name);
    if (cluster == null) {
      told.put("answer", route.clusterNotFoundStatus() + ", flag NC, no cluster '" + name + "'");
      return;
    }
    String field = action.oneof("cluster_specifier");
    told.put("cluster", at("'" + name + "' by " + field, cluster.place()));
    String balanced = ClusterReader.balancing(cluster).name();
    told.put(
        "balancing",
        cluster.has("load_balancing_policy")
            ? at(balanced, cluster.place("load_balancing_policy"))
            : setting(balanced, cluster, "lb_policy"));
    Cluster now = live == null ? null : live.clusters().find(name);
    if (now != null) {
      live(now, route, sent);
      return;
    }
    boolean custom = cluster.has("cluster_type");
    if (custom || !cluster.enumName("type").equals("STATIC")) {
      String type =
          custom ? cluster.required("cluster_type").string("name") : cluster.enumName("type");
      told.put("endpoints", "of a cluster of type " + type + ": not known here");
      return;
    }
    // the endpoints alone: what secures connections to them makes no difference here
    ClusterConfig config = ClusterReader.read(cluster, (_, _, _) -> null, problems);
    if (config != null) {
      told.put("endpoints", endpoints(config));
    }
  }

  /** The endpoints of a running cluster, what they do, and which of them it would be. */
  private void live(Cluster cluster, Route.Forward route, Request sent) {
    List<Endpoint> all = cluster.endpoints().all();
    List<Object> lines = new ArrayList<>();
    for (Endpoint endpoint : all.subList(0, Math.min(all.size(), MOST_ENDPOINTS))) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("at", endpoint.toString());
      line.put("priority", endpoint.config().priority());
      line.put("weight", endpoint.config().weight());
      line.put("health", endpoint.config().health());
      line.put("requests", endpoint.stats().sum(EndpointStats.Fact.RQ_ACTIVE));
      line.put("connections", endpoint.stats().sum(EndpointStats.Fact.CX_ACTIVE));
      lines.add(line);
    }
    if (all.size() > MOST_ENDPOINTS) {
      lines.add((all.size() - MOST_ENDPOINTS) + " more");
    }
    told.put("endpoints", lines);
    if (cluster.config().lb().isByHost()) {
      told.put("pick", "the host that the request names, once it is looked up");
      return;
    }
    HostChoice choice = new Hashes(sent, new Asked(sent)).choice(route.options().hash());
    Endpoint pick = Pick.of(cluster, choice);
    told.put(
        "pick",
        pick == null
            ? "none: 503, flag UH, no_healthy_upstream"
            : pick + (choice.isHashed() ? " by hash" : " as of now"));
  }

  private static List<Object> endpoints(ClusterConfig config) {
    long total = 0;
    for (EndpointConfig endpoint : config.endpoints()) {
      total += weight(endpoint);
    }
    List<Object> lines = new ArrayList<>();
    for (EndpointConfig endpoint : config.endpoints()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("at", endpoint.address().toString());
      line.put("priority", endpoint.priority());
      line.put("weight", endpoint.weight());
      line.put("health", endpoint.health());
      line.put("percent", total == 0 ? 0 : 100 * weight(endpoint) / total);
      lines.add(line);
    }
    return lines;
  }

  /** What counts of an endpoint while all of its priority are as they are configured. */
  private static long weight(EndpointConfig endpoint) {
    boolean takes = endpoint.priority() == 0 && endpoint.health() == HealthStatus.HEALTHY;
    return takes ? endpoint.weight() : 0;
  }

  private void filters(Message manager, Route route) {
    List<Object> lines = new ArrayList<>();
    for (Message filter : manager.messages("http_filters")) {
      String name = filter.string("name");
      List<Object> settings = route.filterConfigs(name);
      String own =
          settings.isEmpty()
              ? ""
              : ", settings of the route at " + place(((Message) settings.getLast()).place());
      boolean enabled = route.isFilterEnabled(name, !filter.bool("disabled"));
      String refused = enabled ? refusal(filter, settings) : "";
      lines.add(name + (enabled ? "" : ", disabled") + own + refused);
    }
    told.put("filters", lines);
  }

  /** What the buffer filter says to a body of that size. */
  private String refusal(Message filter, List<Object> settings) {
    Message buffer = filter.any("typed_config");
    if (buffer == null || !buffer.type().equals(BUFFER)) {
      return "";
    }
    if (!settings.isEmpty()) {
      Message own = (Message) settings.getLast();
      buffer = own.type().equals(BUFFER) ? own : own.message("buffer");
    }
    long most = buffer == null ? 0 : buffer.integer("max_request_bytes");
    return most > 0 && question.bodySize() > most
        ? ", answers 413: a body of "
            + question.bodySize()
            + " bytes (max_request_bytes: "
            + most
            + ")"
        : "";
  }

  private static String setting(String value, Message in, String field) {
    boolean written = in.has(field) && !in.isDefault(field);
    return value + " (" + (written ? place(in.place(field)) : DEFAULT) + ")";
  }

  private static String at(String what, Place place) {
    return what + " (" + place(place) + ")";
  }

  private static String place(Place place) {
    return place.file() + ":" + place.line();
  }

  /** What header formats may know of a request that never came. */
  private record Asked(Request request) implements Facts {
    @Override
    public Protocol protocol() {
      return Protocol.HTTP_1_1;
    }

    @Override
    public String downstreamRemoteAddress() {
      return "127.0.0.1:0";
    }

    @Override
    public String downstreamDirectRemoteAddress() {
      return "127.0.0.1:0";
    }

    @Override
    public long startTimeMillis() {
      return 0;
    }

    @Override
    public long startNanos() {
      return 0;
    }
  }
}
