package io.weft.route;

import com.google.re2j.Pattern;
import io.weft.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The compiled routes of some domains. Immutable. */
final class VirtualHost {
  /**
   * @param number of the route
   */
  private record Regex(int number, Pattern pattern) {}

  private final String name;
  private final Route.Matched[] routes;
  private final @Nullable PathIndex sensitive;
  private final @Nullable PathIndex insensitive;
  private final List<Regex> regexes;
  private final int connect; // the first route of CONNECT requests
  private final boolean asksRequest; // some route is not the same for every request

  VirtualHost(VirtualHostConfig config, FilterOverrides table) {
    this.name = config.name();
    FilterOverrides host = table.with(config.filters());
    List<RouteConfig> list = config.routes();
    this.routes = new Route.Matched[list.size()];
    List<Regex> patterns = new ArrayList<>();
    boolean asks = false;
    int firstConnect = PathIndex.NONE;
    for (int i = 0; i < routes.length; i++) {
      RouteConfig route = list.get(i);
      routes[i] = compile(route, name, host.with(route.filters()));
      asks |= routes[i].asksRequest();
      if (route.match().kind() == PathMatch.Kind.REGEX) {
        patterns.add(new Regex(i, Pattern.compile(route.match().text())));
      } else if (route.match().kind() == PathMatch.Kind.CONNECT) {
        firstConnect = Math.min(firstConnect, i);
      }
    }
    this.regexes = List.copyOf(patterns);
    this.connect = firstConnect;
    this.asksRequest = asks;
    this.sensitive = PathIndex.of(list, false);
    this.insensitive = PathIndex.of(list, true);
  }

  private static Route.Matched compile(RouteConfig route, String host, FilterOverrides overrides) {
    return switch (route.action()) {
      case ActionConfig.Forward forward ->
          new Route.Forward(route.name(), host, overrides, forward);
      case ActionConfig.DirectResponse direct ->
          new Route.DirectResponse(route.name(), host, overrides, direct);
    };
  }

  String name() {
    return name;
  }

  Route match(Request request) {
    int best = request.method().equals("CONNECT") ? connect : byPath(request.path());
    if (best == PathIndex.NONE) {
      return Route.NONE;
    }
    return asksRequest ? routes[best].of(request) : routes[best];
  }

  private int byPath(String path) {
    int end = pathEnd(path);
    int best = PathIndex.NONE;
    if (sensitive != null) {
      best = sensitive.find(path, end, best);
    }
    if (insensitive != null) {
      best = insensitive.find(path, end, best);
    }
    if (!regexes.isEmpty()) {
      best = firstRegex(path.substring(0, end), best);
    }
    return best;
  }

  private int firstRegex(String path, int best) {
    String text = null;
    for (Regex regex : regexes) {
      if (regex.number > best) {
        return best;
      }
      if (text == null) {
        // An expression means characters, the path has one a byte.
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        text = new String(bytes, StandardCharsets.UTF_8);
      }
      if (regex.pattern.matches(text)) {
        return regex.number;
      }
    }
    return best;
  }

  /** Where the query or fragment starts, or the length. */
  static int pathEnd(String path) {
    int query = path.indexOf('?');
    int end = query < 0 ? path.length() : query;
    int fragment = path.indexOf('#');
    return fragment >= 0 && fragment < end ? fragment : end;
  }
}
