package io.weft.filter.http.grpcstats;

import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.cluster.GrpcStats;
import io.weft.filter.HttpFilter;
import io.weft.filter.http.grpcstats.GrpcStatsConfig.Name;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts gRPC calls, their messages and how they end, for the cluster they go to. */
record GrpcStatsFilter(Supplier<Clusters> clusters, GrpcStatsConfig config) implements HttpFilter {
  @Override
  public Response filter(Request request, StreamInfo stream, Next next) throws IOException {
    GrpcStats.Method stats = Grpc.isCall(request.headers()) ? statsOf(request, stream) : null;
    if (stats == null) {
      return next.proceed(request, stream);
    }
    stream.onEnd(() -> ended(stats, stream));
    Request counted =
        request.hasBody()
            ? request.withBody(new CountedBody(request.body(), stats::onRequestMessages))
            : request;
    Response response = next.proceed(counted, stream);
    return response.hasBody()
        ? response.withBody(new CountedBody(response.body(), stats::onResponseMessages))
        : response;
  }

  private GrpcStats.@Nullable Method statsOf(Request request, StreamInfo stream) {
    Cluster cluster = clusters.get().find(stream.route().clusterName());
    if (cluster == null) {
      return null;
    }
    GrpcStats all = cluster.stats().grpc();
    Name name = config.name(request.path());
    return name == null ? all.others() : all.method(name.service(), name.method());
  }

  private void ended(GrpcStats.Method stats, StreamInfo stream) {
    String status = status(stream.responseTrailers());
    if (status == null) {
      status = status(stream.responseHeaders());
    }
    if (status != null) { // else it was cut
      stats.onStatus(Grpc.parseStatus(status));
    }
    if (config.upstreamTime()
        && stream.upstreamRequestSentNanos() >= 0
        && stream.upstreamLastByteNanos() >= 0) {
      long nanos = stream.upstreamLastByteNanos() - stream.upstreamRequestSentNanos();
      stats.onTime(Math.max(0, nanos) / 1_000_000);
    }
  }

  private static @Nullable String status(@Nullable Headers headers) {
    return headers == null ? null : headers.first(HeaderName.GRPC_STATUS);
  }
}
