package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import io.weft.mutation.Mutations;
import io.weft.route.RouteScope.HostScope;
import io.weft.route.VirtualHostOptions.RequireTls;
import io.weft.stream.RoutingFacts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The compiled routes of some domains. Immutable.
 *
 * <p>Its place in the bytes of its table holds its number, the number of its first route among all
 * of the table if it is plain, and behind these the index of its paths. A plain one asks nothing of
 * a request but the path: {@link RouteTable} finds the routes of these itself, in what lies there.
 */
final class VirtualHost {
  /** Where its number is, from its place on. */
  static final int NUMBER = 0;

  /** Where the number of its first route is; -1 if it is not plain. */
  static final int FIRST_ROUTE = 4;

  /** Where the index of its paths is. */
  static final int PATHS = 8;

  // shared, so that a match of a host that has none does not fetch an array from memory
  private static final Conditions[] NO_CONDITIONS = {};
  private static final PathPattern[] NO_PATTERNS = {};
  private static final int[] NO_NUMBERS = {};
  private static final HeaderGuards NO_GUARDS = HeaderGuards.of(NO_CONDITIONS);

  /** Where no route has a condition. */
  private static final AskedHeader NOTHING_ASKED = new AskedHeader();

  private final HostScope scope;
  private final VirtualHostConfig config;
  private final int place;

  // what every match asks, here rather than where it comes from
  private final RequireTls requireTls;
  private final boolean ignoresParameters;
  private final Route.Matched[] routes;
  private final Conditions[] conditions; // empty: no route has any
  private final HeaderGuards guards; // of the conditions
  private final @Nullable PathIndex sensitive;
  private final @Nullable PathIndex insensitive;
  private final PathPattern[] patterns;
  private final int[] connects; // the routes of CONNECT requests
  private final boolean asksRequest; // some route is not the same for every request
  private final Route tlsRedirect;

  /**
   * Compiles a virtual host.
   *
   * @param number of the virtual host in its table
   * @param firstRoute how many routes those before it have
   * @param packed the bytes of the table, which it adds itself to
   */
  VirtualHost(
      VirtualHostConfig config,
      FilterOverrides table,
      TableOptions options,
      int number,
      int firstRoute,
      Packed packed) {
    this.config = config;
    place = packed.add(number);
    packed.add(-1);
    requireTls = config.options().requireTls();
    ignoresParameters = options.ignoreParameters();
    scope = new HostScope(config.name(), config.options(), options);
    FilterOverrides host = table.with(config.filters());
    Mutations headers = scope.below(options.headers(), config.options().headers());
    List<RouteConfig> list = config.routes();
    routes = new Route.Matched[list.size()];
    List<PathPattern> found = new ArrayList<>();
    boolean asks = false;
    boolean conditional = false;
    List<Integer> ofConnect = new ArrayList<>();
    for (int i = 0; i < routes.length; i++) {
      RouteConfig route = list.get(i);
      Mutations all = scope.below(headers, route.headers());
      routes[i] =
          compile(
              route.action(),
              new RouteScope(
                  route.name(),
                  scope,
                  route.match(),
                  host.with(route.filters()),
                  all,
                  route.statPrefix()));
      asks |= routes[i].asksRequest();
      conditional |= !route.conditions().isEmpty();
      if (route.match().isPattern()) {
        found.add(PathPattern.of(i, route.match()));
      } else if (route.match().kind() == PathMatch.Kind.CONNECT) {
        ofConnect.add(i);
      }
    }
    patterns = found.isEmpty() ? NO_PATTERNS : found.toArray(NO_PATTERNS);
    connects = ofConnect.isEmpty() ? NO_NUMBERS : ofConnect.stream().mapToInt(i -> i).toArray();
    asksRequest = asks;
    conditions = conditional ? new Conditions[routes.length] : NO_CONDITIONS;
    for (int i = 0; i < conditions.length; i++) {
      conditions[i] = list.get(i).conditions();
    }
    guards = conditional ? HeaderGuards.of(conditions) : NO_GUARDS;
    sensitive = PathIndex.of(list, false, packed);
    insensitive = PathIndex.of(list, true, packed);
    if (sensitive != null
        && insensitive == null
        && patterns.length == 0
        && !conditional
        && !asks
        && !ignoresParameters
        && requireTls == RequireTls.NONE) {
      packed.set(place + FIRST_ROUTE, firstRoute);
    }
    tlsRedirect =
        requireTls == RequireTls.NONE
            ? Route.NONE
            : new Route.Redirect(
                new RouteScope(
                    "", scope, PathMatch.prefix("/"), FilterOverrides.NONE, Mutations.NONE, ""),
                new ActionConfig.Redirect(301, "https", "", 0, "", Rewrite.NONE, false));
  }

  private static Route.Matched compile(ActionConfig action, RouteScope scope) {
    return switch (action) {
      case ActionConfig.Forward forward -> new Route.Forward(scope, forward);
      case ActionConfig.DirectResponse direct -> new Route.DirectResponse(scope, direct);
      case ActionConfig.Redirect redirect -> new Route.Redirect(scope, redirect);
    };
  }

  String name() {
    return config.name();
  }

  VirtualHostConfig config() {
    return config;
  }

  /** Where it is in the bytes of its table; never 0. */
  int place() {
    return place;
  }

  /** Its routes in order; shared, not to be changed. */
  Route.Matched[] routes() {
    return routes;
  }

  Route match(Request request, RoutingFacts facts) {
    if (sendsToTls(request)) {
      return tlsRedirect;
    }
    int number = find(request, facts);
    if (number == PathIndex.NONE) {
      return Route.NONE;
    }
    return asksRequest ? routes[number].of(request, facts) : routes[number];
  }

  /** What the route of that number does with a request. */
  Route route(int number, Request request, RoutingFacts facts) {
    return routes[number].of(request, facts);
  }

  /** Whether the request is to come again by HTTPS before any route is looked at. */
  boolean sendsToTls(Request request) {
    RequireTls required = requireTls;
    if (required == RequireTls.NONE
        || "https".equalsIgnoreCase(request.headers().first(HeaderName.X_FORWARDED_PROTO))) {
      return false;
    }
    return required == RequireTls.ALL
        || !"true".equals(request.headers().first(HeaderName.X_ENVOY_INTERNAL));
  }

  /** The number of the first route that matches, or {@link PathIndex#NONE}. */
  int find(Request request, RoutingFacts facts) {
    if (request.method().equals("CONNECT")) {
      return findConnect(request, facts);
    }
    String path = request.path();
    int end = comparedEnd(path);
    int best = PathIndex.NONE;
    if (sensitive != null) {
      best = sensitive.find(path, end, best);
    }
    if (insensitive != null) {
      best = insensitive.find(path, end, best);
    }
    AskedHeader asked = asked();
    if (patterns.length == 0 && (best == PathIndex.NONE || fulfils(best, request, facts, asked))) {
      return best;
    }
    return findInOrder(path, end, request, facts, asked);
  }

  private int findConnect(Request request, RoutingFacts facts) {
    AskedHeader asked = asked();
    for (int number : connects) {
      if (fulfils(number, request, facts, asked)) {
        return number;
      }
    }
    return PathIndex.NONE;
  }

  /** As {@link #find}, where the first route that fits the path need not be the one. */
  private int findInOrder(
      String path, int end, Request request, RoutingFacts facts, AskedHeader asked) {
    var heads = new PathIndex.Heads();
    if (sensitive != null) {
      sensitive.findAll(path, end, heads);
    }
    if (insensitive != null) {
      insensitive.findAll(path, end, heads);
    }
    String compared = patterns.length == 0 ? "" : Rewrite.text(path.substring(0, end));
    int tried = 0;
    for (int next = heads.next(); ; next = heads.next()) {
      while (tried < patterns.length && patterns[tried].number() < next) {
        PathPattern pattern = patterns[tried++];
        if (fulfils(pattern.number(), request, facts, asked) && pattern.matches(compared)) {
          return pattern.number();
        }
      }
      if (next == PathIndex.NONE || fulfils(next, request, facts, asked)) {
        return next;
      }
    }
  }

  private AskedHeader asked() {
    return conditions.length == 0 ? NOTHING_ASKED : new AskedHeader();
  }

  private boolean fulfils(int number, Request request, RoutingFacts facts, AskedHeader asked) {
    if (conditions.length == 0) {
      return true;
    }
    return !guards.ruleOut(number, request, asked)
        && (conditions[number].isEmpty() || conditions[number].match(request, facts, asked));
  }

  /** Where the part of the path that routes look at ends. */
  int comparedEnd(String path) {
    int end = pathEnd(path);
    if (ignoresParameters) {
      int semicolon = path.indexOf(';');
      return semicolon >= 0 && semicolon < end ? semicolon : end;
    }
    return end;
  }

  /** Where the query or fragment starts, or the length. */
  static int pathEnd(String path) {
    int query = path.indexOf('?');
    int end = query < 0 ? path.length() : query;
    int fragment = path.indexOf('#');
    return fragment >= 0 && fragment < end ? fragment : end;
  }
}
