package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.MirrorPolicy;
import io.weft.route.RequestField;
import io.weft.route.Route;
import io.weft.route.TimeLimits;
import io.weft.stream.StreamInfo;
import io.weft.upstream.ClusterClient;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends copies of requests to other clusters, as {@code request_mirror_policies} say. */
final class Mirrors {
  private static final String SUFFIX = "-shadow";

  private Mirrors() {}

  /**
   * Starts the copies of a request that is about to go to {@code cluster}. Never blocks.
   *
   * @return the request to go on with, whose body the copies get as it is read
   */
  static Request start(
      Request request,
      Route.Forward route,
      StreamInfo stream,
      Clusters clusters,
      Cluster cluster,
      TimeLimits limits) {
    if (request.upgrade() != null) {
      return request; // two hosts cannot have one tunnel
    }
    List<Mirror> mirrors = new ArrayList<>();
    for (MirrorPolicy policy : route.mirrors()) {
      Cluster to = isDrawn(policy, stream) ? clusters.find(named(policy, request)) : null;
      if (to == null) {
        continue; // as Envoy: a header may name what is not there
      }
      MirrorLoad load = MirrorLoad.here();
      if (!load.begin()) {
        to.stats().upstreamRqPendingOverflow.inc();
        continue;
      }
      MirrorBody body =
          request.hasBody()
              ? new MirrorBody(request.body().length(), route.requestBufferLimit(), load)
              : null;
      Request copy = request.copy(body == null ? Body.EMPTY : body);
      copy.headers().remove(HeaderName.EXPECT);
      sign(copy.headers(), stream);
      if (policy.suffix()) {
        copy = copy.withAuthority(suffixed(copy.authority()));
      }
      var client = ClusterClient.of(to);
      mirrors.add(new Mirror(client, cluster.stats(), copy, body, load, limits.total()));
    }
    mirrors.forEach(Carrier.current()::start);
    if (mirrors.isEmpty() || !request.hasBody()) {
      return request;
    }
    var mirrored = new MirroredBody(request.body(), mirrors);
    stream.onEnd(mirrored::onStreamEnd);
    return request.withBody(mirrored);
  }

  /** As Envoy's own requests are: internal, and come from here. */
  private static void sign(Headers copy, StreamInfo stream) {
    copy.set(HeaderName.X_ENVOY_INTERNAL, "true");
    String here = stream.downstreamLocalAddress();
    int colon = here == null ? -1 : here.lastIndexOf(':');
    if (here != null && colon > 0 && here.charAt(0) != '/') { // a path is no address to forward
      List<String> chain = copy.all(HeaderName.X_FORWARDED_FOR);
      boolean v6 = here.charAt(0) == '[';
      chain.add(v6 ? here.substring(1, colon - 1) : here.substring(0, colon));
      copy.set(HeaderName.X_FORWARDED_FOR, String.join(",", chain));
    }
  }

  private static boolean isDrawn(MirrorPolicy policy, StreamInfo stream) {
    var share = policy.share();
    return share == null || stream.enabled(share.runtimeKey(), share.percent());
  }

  private static String named(MirrorPolicy policy, Request request) {
    RequestField header = policy.clusterHeader();
    @Nullable String named = header == null ? policy.cluster() : header.value(request);
    return named == null ? "" : named;
  }

  /** The authority with the suffix before its port. */
  static String suffixed(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon < 0 || authority.lastIndexOf(']') > colon
        ? authority + SUFFIX
        : authority.substring(0, colon) + SUFFIX + authority.substring(colon);
  }
}
