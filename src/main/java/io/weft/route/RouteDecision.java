package io.weft.route;

import io.weft.http.Request;
import io.weft.stream.RoutingFacts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a route was found, told step by step: the same outcome as {@link RouteTable#match}, found the
 * slow way, in which every route is looked at in order. Immutable.
 *
 * @param host the virtual host; null if no domain fits
 * @param domain of the virtual host that fits; empty if none does
 * @param rule by which it fits
 * @param toTls whether the virtual host sends the request to HTTPS before it looks at routes
 * @param tried the routes that were looked at, the chosen one last
 * @param chosen the index of the route in its virtual host, -1 if none matches
 * @param route what is done
 */
public record RouteDecision(
    @Nullable VirtualHostConfig host,
    String domain,
    Rule rule,
    boolean toTls,
    List<Tried> tried,
    int chosen,
    Route route) {
  /** Why a domain fits, in the order of precedence. */
  public enum Rule {
    EXACT("the domain is the host"),
    SUFFIX("the longest suffix wildcard"),
    PREFIX("the longest prefix wildcard"),
    ANY("'*' takes what no other domain does"),
    NONE("no domain fits");

    private final String text;

    Rule(String text) {
      this.text = text;
    }

    /** The rule in words. */
    public String text() {
      return text;
    }
  }

  /**
   * A route that was looked at.
   *
   * @param failed the first condition that did not hold and what was compared; null if all did
   */
  public record Tried(int index, RouteConfig route, @Nullable String failed) {}

  public RouteDecision {
    tried = List.copyOf(tried);
  }

  static RouteDecision of(
      @Nullable VirtualHost host, String domain, Request request, RoutingFacts facts) {
    if (host == null) {
      return new RouteDecision(null, "", Rule.NONE, false, List.of(), -1, Route.NONE);
    }
    VirtualHostConfig config = host.config();
    if (host.sendsToTls(request)) {
      return new RouteDecision(
          config, domain, rule(domain), true, List.of(), -1, host.match(request, facts));
    }
    List<Tried> tried = new ArrayList<>();
    int end = host.comparedEnd(request.path());
    for (int i = 0; i < config.routes().size(); i++) {
      RouteConfig route = config.routes().get(i);
      String failed = failed(route, request, end, facts);
      tried.add(new Tried(i, route, failed));
      if (failed == null) {
        return new RouteDecision(
            config, domain, rule(domain), false, tried, i, host.route(i, request, facts));
      }
    }
    return new RouteDecision(config, domain, rule(domain), false, tried, -1, Route.NONE);
  }

  private static Rule rule(String domain) {
    if (domain.equals("*")) {
      return Rule.ANY;
    }
    return domain.startsWith("*") ? Rule.SUFFIX : domain.endsWith("*") ? Rule.PREFIX : Rule.EXACT;
  }

  private static @Nullable String failed(
      RouteConfig route, Request request, int end, RoutingFacts facts) {
    String path = request.path();
    boolean connects = route.match().kind() == PathMatch.Kind.CONNECT;
    if (connects != request.method().equals("CONNECT")) {
      return route.match().describe() + " against method " + request.method();
    }
    if (!connects && !route.match().fits(path, end)) {
      return route.match().describe() + " against '" + path.substring(0, end) + "'";
    }
    Conditions asked = route.conditions();
    Conditions.Share share = asked.share();
    if (share != null && !facts.enabled(share.runtimeKey(), share.percent())) {
      return "runtime_fraction "
          + share.percent().numerator()
          + "/"
          + share.percent().denominator()
          + (share.runtimeKey().isEmpty() ? "" : " (" + share.runtimeKey() + ")")
          + " against the lot "
          + facts.random();
    }
    if (asked.grpc() && !Conditions.isGrpc(request)) {
      return "grpc against content-type "
          + shown(request.headers().first(io.weft.http.HeaderName.CONTENT_TYPE));
    }
    for (HeaderMatch header : asked.headers()) {
      if (!header.matches(request)) {
        return header.describe() + " against " + shown(header.value(request));
      }
    }
    for (QueryMatch query : asked.query()) {
      if (!query.matches(path)) {
        return query.describe() + " against " + shown(QueryMatch.find(path, query.name()));
      }
    }
    if (asked.tls() != null && !asked.tls().matches(facts.downstreamSecurity())) {
      return "tls_context against the client's certificate";
    }
    for (MetadataMatch metadata : asked.metadata()) {
      if (!metadata.matches(facts)) {
        return metadata.describe() + " against " + facts.dynamicMetadata(metadata.namespace());
      }
    }
    for (FilterStateMatch state : asked.state()) {
      if (!state.matches(facts)) {
        Object found = facts.filterState(state.key());
        return state.describe() + " against " + shown(found == null ? null : found.toString());
      }
    }
    return null;
  }

  private static String shown(@Nullable String value) {
    return value == null ? "nothing" : "'" + value + "'";
  }
}
