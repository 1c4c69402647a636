package io.weft.hcm;

import io.weft.http.Request;
import io.weft.route.PathNormalizer;
import io.weft.stream.Rerouting;
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
}
