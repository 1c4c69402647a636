package io.weft.hcm;

import io.weft.codec.ServerStream;
import io.weft.codec.Timeouts;
import io.weft.http.Request;
import io.weft.route.PathNormalizer;
import io.weft.route.Route;
import io.weft.stream.Rerouting;
import io.weft.stream.RouteView;
import io.weft.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/** Finds routes as the connection manager does for what it receives. Shared by all streams. */
record RequestRerouting(HcmConfig config) implements Rerouting {
  @Override
  public @Nullable Rerouted reroute(Request other, StreamInfo stream) {
    PathNormalizer paths = config.headers().paths();
    Request request = other;
    if (!paths.isNormal(other.path())) {
      if (!(paths.normalize(other.path()) instanceof PathNormalizer.Result.Path normal)) {
        return null;
      }
      request = other.withPath(normal.path());
    }
    return new Rerouted(request, config.routes().get().match(request, stream));
  }

  @Override
  public RouteView match(Request request, StreamInfo stream) {
    Route route = config.routes().get().match(request, stream);
    limitDuration(route, request, stream);
    return route;
  }

  /** What the route says goes before what the connection manager says. */
  static void limitDuration(RouteView route, Request request, StreamInfo stream) {
    ServerStream codec = stream.exchange();
    if (codec != null && route instanceof Route.Forward forward) {
      long ofRoute = forward.maxStreamNanos(request.headers());
      if (ofRoute >= 0) {
        codec.timeouts().endNanos(ofRoute == 0 ? Timeouts.NONE : stream.startNanos() + ofRoute);
      }
    }
  }
}
