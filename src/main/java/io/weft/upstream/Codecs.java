package io.weft.upstream;

import io.weft.cluster.ClusterConfig;
import io.weft.codec.h1.HeadLimits;
import io.weft.codec.h1.Http1ClientConfig;
import io.weft.codec.h1.Http1ClientConnection;

/** Which codec the connections of a cluster speak: HTTP/1 so far. */
final class Codecs {
  private Codecs() {}

  static ClientCodec of(ClusterConfig config) {
    var http1 = config.http1();
    var limits =
        new HeadLimits(
            http1.maxHeadersKb() * 1024, http1.maxHeaders(), HeadLimits.DEFAULT.maxTargetBytes());
    var client = new Http1ClientConfig(limits, Http1ClientConfig.DEFAULT.trailers());
    return channel -> new Http1ClientConnection(channel, client);
  }
}
