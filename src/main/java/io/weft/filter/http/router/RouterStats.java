package io.weft.filter.http.router;

import io.weft.stats.Counter;
import io.weft.stats.Stats;

/** The router's statistics under {@code http.<prefix>.}, by Envoy's names. */
final class RouterStats {
  final Counter noRoute;
  final Counter noCluster;
  final Counter rqDirectResponse;
  final Counter rqRedirect;
  final Counter rqTotal;
  final Counter rqResetAfterDownstreamResponseStarted;
  final Counter redirectBadLocation;
  final Counter redirectNoRoute;
  final Counter redirectPredicate;
  final Counter redirectTooManyRedirects;
  final Counter redirectUnsafeScheme;

  RouterStats(Stats stats, String prefix) {
    var scope = stats.scope("http." + prefix);
    noRoute = scope.counter("no_route");
    noCluster = scope.counter("no_cluster");
    rqDirectResponse = scope.counter("rq_direct_response");
    rqRedirect = scope.counter("rq_redirect");
    rqTotal = scope.counter("rq_total");
    rqResetAfterDownstreamResponseStarted =
        scope.counter("rq_reset_after_downstream_response_started");
    redirectBadLocation = scope.counter("passthrough_internal_redirect_bad_location");
    redirectNoRoute = scope.counter("passthrough_internal_redirect_no_route");
    redirectPredicate = scope.counter("passthrough_internal_redirect_predicate");
    redirectTooManyRedirects = scope.counter("passthrough_internal_redirect_too_many_redirects");
    redirectUnsafeScheme = scope.counter("passthrough_internal_redirect_unsafe_scheme");
  }
}
