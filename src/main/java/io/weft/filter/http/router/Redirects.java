package io.weft.filter.http.router;

import io.weft.cluster.ClusterStats;
import io.weft.codec.Authority;
import io.weft.codec.ServerStream;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.RedirectPolicy;
import io.weft.route.Route;
import io.weft.stream.InternalRedirect;
import io.weft.stream.RedirectTrail;
import io.weft.stream.Rerouting;
import io.weft.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the redirect that a host answers with is followed here, as {@code
 * internal_redirect_policy} says. Per stream, for a route with such a policy.
 */
final class Redirects {
  private final RedirectPolicy policy;
  private final Route.Forward route;
  private final Request received;
  private final StreamInfo stream;
  private final RouterStats stats;
  private final ClusterStats counts;

  private Redirects(
      RedirectPolicy policy,
      Route.Forward route,
      Request received,
      StreamInfo stream,
      RouterStats stats,
      ClusterStats counts) {
    this.policy = policy;
    this.route = route;
    this.received = received;
    this.stream = stream;
    this.stats = stats;
    this.counts = counts;
  }

  /**
   * The redirects of a request, whose headers are kept as they are now; null where none would be
   * followed.
   */
  static @Nullable Redirects of(
      Route.Forward route,
      Request received,
      StreamInfo stream,
      RouterStats stats,
      ClusterStats counts) {
    RedirectPolicy policy = route.options().redirects();
    return policy == null || received.upgrade() != null
        ? null
        : new Redirects(policy, route, received.copy(received.body()), stream, stats, counts);
  }

  /**
   * The way on; null if the response is passed to the client.
   *
   * @param body of the request as far as it has been sent; null if it has none
   */
  @Nullable InternalRedirect follow(Response response, @Nullable ReplayBody body) {
    if (!policy.statuses().contains(response.status())) {
      return null;
    }
    InternalRedirect to = isWhole(body) ? target(response, body) : null;
    if (to == null) {
      counts.upstreamInternalRedirectFailedTotal.inc();
    } else {
      counts.upstreamInternalRedirectSucceededTotal.inc();
    }
    return to;
  }

  private boolean isWhole(@Nullable ReplayBody body) {
    ServerStream downstream = stream.exchange();
    return (body == null || body.isWhole()) && (downstream == null || downstream.requestComplete());
  }

  private @Nullable InternalRedirect target(Response response, @Nullable ReplayBody body) {
    String location = response.headers().first(HeaderName.LOCATION);
    if (location == null) {
      return null;
    }
    Url url = Url.of(location);
    if (url == null) {
      stats.redirectBadLocation.inc();
      return null;
    }
    String scheme = scheme();
    if (!policy.crossScheme() && !url.scheme().equals(scheme)) {
      stats.redirectUnsafeScheme.inc();
      return null;
    }
    RedirectTrail trail = Objects.requireNonNullElseGet(stream.redirects(), RedirectTrail::new);
    if (trail.count() >= policy.most()) {
      stats.redirectTooManyRedirects.inc();
      return null;
    }
    Rerouting.Rerouted to = stream.reroute(request(url, scheme, response.status(), body));
    if (to == null) {
      stats.redirectBadLocation.inc();
      return null;
    }
    if (to.route() instanceof Route.None) {
      stats.redirectNoRoute.inc();
      return null;
    }
    for (RedirectPolicy.Predicate predicate : policy.predicates()) {
      if (!fulfils(predicate, to.route().name(), scheme, url, trail)) {
        stats.redirectPredicate.inc();
        return null;
      }
    }
    trail.step();
    return new InternalRedirect(to.request(), to.route(), trail);
  }

  private boolean fulfils(
      RedirectPolicy.Predicate predicate,
      String name,
      String scheme,
      Url url,
      RedirectTrail trail) {
    return switch (predicate) {
      case RedirectPolicy.NotTaken taken -> trail.take(route.name(), name);
      case RedirectPolicy.Named named -> named.routes().contains(name);
      case RedirectPolicy.SafeScheme safe ->
          scheme.equals("https") || !url.scheme().equals("https");
    };
  }

  /** The scheme that the client used. */
  private String scheme() {
    String forwarded = received.headers().first(HeaderName.X_FORWARDED_PROTO);
    return (forwarded == null ? received.scheme() : forwarded).toLowerCase(Locale.ROOT);
  }

  private Request request(Url url, String scheme, int status, @Nullable ReplayBody body) {
    String authority = received.authority();
    Request to =
        received
            .copy(body == null ? Body.EMPTY : body.again())
            .withScheme(url.scheme())
            .withPath(url.path());
    Headers headers = to.headers();
    headers.set(HeaderName.X_ENVOY_ORIGINAL_URL, scheme + "://" + authority + received.path());
    if (!url.isOf(scheme, authority)) {
      // they were meant for the host that the client named, and for no other
      headers
          .remove(HeaderName.AUTHORIZATION)
          .remove(HeaderName.COOKIE)
          .remove("proxy-authorization");
    }
    if (status == 303 && !to.method().equals("GET") && !to.method().equals("HEAD")) {
      // RFC 9110 15.4.4
      headers.remove(HeaderName.CONTENT_LENGTH);
      to = to.withMethod("GET").withBody(Body.EMPTY);
    }
    return to.withAuthority(url.authority());
  }

  /** An absolute URL of HTTP. */
  record Url(String scheme, String authority, String path) {
    /** The URL of a {@code location}; null if it is relative, or none. */
    static @Nullable Url of(String location) {
      int colon = location.indexOf("://");
      String scheme = colon < 0 ? "" : location.substring(0, colon).toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        return null;
      }
      int from = colon + 3;
      int end = location.indexOf('#') < 0 ? location.length() : location.indexOf('#');
      int until = from;
      while (until < end && location.charAt(until) != '/' && location.charAt(until) != '?') {
        until++;
      }
      byte[] bytes = location.getBytes(StandardCharsets.ISO_8859_1);
      if (!Authority.isValid(bytes, from, until)) {
        return null;
      }
      for (int i = until; i < end; i++) {
        if (location.charAt(i) <= ' ' || location.charAt(i) >= 127) {
          return null;
        }
      }
      String path = location.substring(until, end);
      return new Url(
          scheme, location.substring(from, until), path.startsWith("/") ? path : "/" + path);
    }

    /** Whether it leads to this scheme, host and port. */
    boolean isOf(String otherScheme, String otherAuthority) {
      return scheme.equals(otherScheme)
          && withPort(authority, scheme).equalsIgnoreCase(withPort(otherAuthority, scheme));
    }

    private static String withPort(String authority, String scheme) {
      int colon = authority.lastIndexOf(':');
      return colon < 0 || authority.lastIndexOf(']') > colon
          ? authority + (scheme.equals("https") ? ":443" : ":80")
          : authority;
    }
  }
}
