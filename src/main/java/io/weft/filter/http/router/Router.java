package io.weft.filter.http.router;

import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.filter.HttpFilter;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.mutation.Mutations;
import io.weft.route.HashPolicy;
import io.weft.route.Route;
import io.weft.route.TimeLimits;
import io.weft.stats.Stats;
import io.weft.stream.Detail;
import io.weft.stream.InternalRedirect;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.HostChoice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what the route of a stream says: answers, or forwards the request. Shared by all streams.
 *
 * <p>A connection that was reused may have died since its last response. If it does before the
 * first byte of this one, the request is sent once more on a fresh connection, as far as RFC 9110
 * 9.2.2 allows it.
 */
public final class Router implements HttpFilter.Next {
  private final Supplier<Clusters> clusters;
  private final boolean envoyHeaders;
  private final RouterStats stats;
  private final RouteStats routeStats;
  private final @Nullable StrictHeaders strict;

  /**
   * A router.
   *
   * @param clusters the clusters now, asked once a stream
   * @param envoyHeaders whether {@code x-envoy-} headers are added to requests and responses
   * @param strictHeaders names of headers to the router that may not have a wrong value
   */
  public Router(
      Supplier<Clusters> clusters,
      boolean envoyHeaders,
      Stats stats,
      String statPrefix,
      List<String> strictHeaders) {
    this.clusters = clusters;
    this.envoyHeaders = envoyHeaders;
    this.stats = new RouterStats(stats, statPrefix);
    this.routeStats = new RouteStats(stats);
    this.strict = StrictHeaders.of(strictHeaders);
  }

  @Override
  public Response proceed(Request request, StreamInfo stream) throws IOException {
    Response refusal = strict == null ? null : strict.refusal(request.headers(), stream);
    if (refusal != null) {
      return refusal;
    }
    return switch ((Route) stream.route()) {
      case Route.None none -> {
        stats.noRoute.inc();
        yield stream.localReply(404, Detail.ROUTE_NOT_FOUND);
      }
      case Route.DirectResponse direct -> direct(direct, stream);
      case Route.Redirect redirect -> redirect(redirect, request, stream);
      case Route.Forward forward -> forward(request, forward, stream);
    };
  }

  private Response direct(Route.DirectResponse route, StreamInfo stream) {
    stats.rqDirectResponse.inc();
    if (stream.shapesReplies()) {
      String text = new String(route.body(), StandardCharsets.UTF_8);
      return changed(
          stream.localReply(route.status(), Detail.DIRECT_RESPONSE, text), route, stream);
    }
    stream.details(Detail.DIRECT_RESPONSE.text());
    var headers = new Headers();
    Body body = Body.of(route.body());
    if (!body.isEmpty()) {
      headers.add(HeaderName.CONTENT_LENGTH, Long.toString(body.length()));
      headers.add(HeaderName.CONTENT_TYPE, "text/plain");
    }
    return changed(Response.of(route.status(), headers, body), route, stream);
  }

  private Response redirect(Route.Redirect route, Request request, StreamInfo stream) {
    stats.rqRedirect.inc();
    Response response = stream.localReply(route.status(), Detail.DIRECT_RESPONSE);
    response.headers().add(HeaderName.LOCATION, route.location(request));
    return changed(response, route, stream);
  }

  /** A response after the header changes of its route. */
  private static Response changed(Response response, Route.Matched route, StreamInfo stream) {
    Mutations changes = route.headers();
    if (changes.response().isEmpty()) {
      return response;
    }
    if (changes.readsResponse()) {
      stream.response(response.status(), response.headers()); // what %RESPONSE_HEADER% reads
    }
    return changes.apply(response, stream);
  }

  private Response forward(Request received, Route.Forward route, StreamInfo stream)
      throws IOException {
    stats.rqTotal.inc();
    Clusters all = clusters.get();
    Cluster cluster = all.find(route.clusterName());
    if (cluster == null) {
      stats.noCluster.inc();
      return changed(
          stream.localReply(route.clusterNotFoundStatus(), Detail.CLUSTER_NOT_FOUND),
          route,
          stream);
    }
    stream.upstreamCluster(cluster.name());
    if (Maintenance.isOn(cluster, stream)) {
      return changed(Failures.maintenance(stream, cluster), route, stream);
    }
    Redirects redirects = Redirects.of(route, received, stream, stats, cluster.stats());
    RequestStats counts =
        routeStats.of(route, received, stream).named(received.headers(), cluster.stats());
    TimeLimits limits = TimeLimits.of(route, received.headers());
    if (envoyHeaders && limits.total() > 0) {
      expectedTimeout(received.headers(), limits.expectedMillis());
    }
    List<HashPolicy> policies = route.options().hash();
    Hashes hashes = policies.isEmpty() ? null : new Hashes(received, stream);
    HostChoice choice = hashes == null ? HostChoice.ANY : hashes.choice(policies);
    Retries retries = Retries.of(route, received, stream, cluster, counts, choice, limits);
    boolean hedges = Hedge.isAskedFor(route, received.headers());
    Request request = finished(received, route, stream);
    if (!route.mirrors().isEmpty()) {
      request = Mirrors.start(request, route, stream, all, cluster, limits);
    }
    if (route.host().attemptCount()) {
      request.headers().set(HeaderName.X_ENVOY_ATTEMPT_COUNT, "1");
    }
    ReplayBody body = retries == null && redirects == null ? null : ReplayBody.of(request, route);
    ClusterClient client = ClusterClient.of(cluster);
    try (retries) {
      if (hedges && retries != null && Hedge.isPossible(request, route, limits)) {
        var hedge =
            new Hedge(
                client, route, stream, stats, counts, limits, choice, retries, envoyHeaders, body);
        try {
          HedgedTry won = hedge.run(request);
          return passed(
              won.response(), won.attempt(), redirects, body, hashes, route, retries, stream);
        } catch (UpstreamException e) {
          return failed(e, cluster, counts, limits, route, retries, stream);
        }
      }
      Request sent = body == null ? request : request.withBody(body);
      boolean fresh = false;
      while (true) {
        var attempt =
            new Attempt(
                client, route, sent, stream, stats, counts, limits, choice, retries, envoyHeaders);
        try {
          Response response = attempt.send(fresh);
          if (retries == null || !retries.follows(response, body)) {
            return passed(response, attempt, redirects, body, hashes, route, retries, stream);
          }
          attempt.discard(response);
        } catch (UpstreamException e) {
          if (!fresh && maySendAgain(sent, e)) {
            fresh = true;
            continue;
          }
          if (retries == null || !retries.follows(e, body)) {
            return failed(e, cluster, counts, limits, route, retries, stream);
          }
        }
        fresh = false;
        try {
          sent = retries.next(request, body);
        } catch (UpstreamException.UpstreamTimeout e) {
          return failed(e, cluster, counts, limits, route, retries, stream);
        }
      }
    }
  }

  private static Response failed(
      UpstreamException failure,
      Cluster cluster,
      RequestStats counts,
      TimeLimits limits,
      Route.Forward route,
      @Nullable Retries retries,
      StreamInfo stream) {
    boolean retried = retries != null && retries.number() > 1;
    Response reply = Failures.reply(stream, cluster, counts, failure, retried, limits.noContent());
    attempts(reply, route, retries);
    return changed(reply, route, stream);
  }

  private static void attempts(Response response, Route.Forward route, @Nullable Retries retries) {
    if (route.host().attemptCountInResponse()) {
      int number = retries == null ? 1 : retries.number();
      response.headers().set(HeaderName.X_ENVOY_ATTEMPT_COUNT, Integer.toString(number));
    }
  }

  /** The request as it goes upstream, which access logs see from here on. */
  private Request finished(Request received, Route.Forward route, StreamInfo stream) {
    Request request = route.finish(received, stream, envoyHeaders);
    if (isOther(request, received)) {
      stream.request(request);
    }
    return request;
  }

  @SuppressWarnings("ReferenceEquality") // with methods give another request, or none did
  private static boolean isOther(Request request, Request received) {
    return request != received;
  }

  /** Whether the host cannot have acted on the request, or acting twice does no harm. */
  static boolean maySendAgain(Request request, UpstreamException failure) {
    if (!(failure instanceof UpstreamException.StreamReset e)) {
      return false;
    }
    // nothing of a tunnel has been read before it is accepted
    boolean body = request.hasBody() && request.upgrade() == null;
    if (e.responseStarted() || body) {
      return false;
    }
    if (e.kind() == UpstreamException.StreamReset.Reset.REMOTE_REFUSED) {
      return true; // RFC 9113 8.7: the host has not looked at it
    }
    if (!e.reusedConnection()) {
      return false;
    }
    return switch (request.method()) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> !e.requestSent();
    };
  }

  /** The response that no other try follows, on its way to the client unless it is a redirect. */
  private Response passed(
      Response response,
      Attempt attempt,
      @Nullable Redirects redirects,
      @Nullable ReplayBody body,
      @Nullable Hashes hashes,
      Route.Forward route,
      @Nullable Retries retries,
      StreamInfo stream)
      throws IOException {
    InternalRedirect to = redirects == null ? null : redirects.follow(response, body);
    if (to != null) {
      stream.response(response.status(), response.headers().copy()); // for the access log
      stream.details(Detail.INTERNAL_REDIRECT.text());
      attempt.drop(response);
      throw to;
    }
    if (hashes != null) {
      hashes.addTo(response.headers());
    }
    attempt.accept(response);
    stream.details(Detail.VIA_UPSTREAM.text());
    Headers headers = response.headers();
    if (envoyHeaders) {
      headers.remove(HeaderName.X_ENVOY_UPSTREAM_SERVICE_TIME);
      headers.addAscii(
          HeaderName.X_ENVOY_UPSTREAM_SERVICE_TIME, SmallNumbers.text(attempt.serviceMillis()));
    }
    attempts(response, route, retries);
    return changed(response, route, stream);
  }

  private static void expectedTimeout(Headers headers, long millis) {
    headers
        .remove(HeaderName.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS)
        .addAscii(HeaderName.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, SmallNumbers.text(millis));
  }
}
