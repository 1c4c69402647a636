package io.weft.upstream;

import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterConfig;
import io.weft.codec.h1.HeadLimits;
import io.weft.codec.h1.Http1ClientConfig;
import io.weft.codec.h1.Http1ClientConnection;
import io.weft.codec.h2.Http2ClientConfig;
import io.weft.codec.h2.Http2ClientConnection;
import io.weft.codec.h2.Http2Stats;
import io.weft.http.Protocol;
import io.weft.http.Request;
import org.jspecify.annotations.Nullable;

/** Which codecs the connections of a cluster speak. */
final class Codecs {
  /** How many there may be: pools are kept apart by them. */
  static final int COUNT = 2;

  private final ClusterConfig.HttpVersion.Choice choice;
  private final ClientCodec[] codecs;

  private Codecs(ClusterConfig.HttpVersion.Choice choice, ClientCodec... codecs) {
    this.choice = choice;
    this.codecs = codecs;
  }

  static Codecs of(Cluster cluster) {
    ClusterConfig config = cluster.config();
    return new Codecs(config.version().choice(), http1(config), http2(cluster));
  }

  /** Always this one. */
  static Codecs only(ClientCodec codec) {
    return new Codecs(ClusterConfig.HttpVersion.Choice.HTTP1, codec, codec);
  }

  private static ClientCodec http1(ClusterConfig config) {
    var http1 = config.http1();
    var limits =
        new HeadLimits(
            http1.maxHeadersKb() * 1024, http1.maxHeaders(), HeadLimits.DEFAULT.maxTargetBytes());
    var client =
        new Http1ClientConfig(limits, Http1ClientConfig.DEFAULT.trailers(), http1.properCase());
    return new ClientCodec(false, channel -> new Http1ClientConnection(channel, client));
  }

  private static ClientCodec http2(Cluster cluster) {
    ClusterConfig config = cluster.config();
    var http1 = config.http1();
    var client =
        new Http2ClientConfig(
            config.version().http2(),
            http1.maxHeaders(),
            http1.maxHeadersKb() * 1024,
            config.bufferLimit());
    ClientCodec old = http1(config);
    var choice = config.version().choice();
    if (choice == ClusterConfig.HttpVersion.Choice.HTTP1) {
      return old;
    }
    var stats = new Http2Stats(cluster.stats().scope().scope("http2").deferred());
    boolean asked = choice == ClusterConfig.HttpVersion.Choice.ALPN;
    return new ClientCodec(
        true,
        channel ->
            asked && !channel.applicationProtocol().equals("h2")
                ? old.client(channel)
                : new Http2ClientConnection(channel, client, stats));
  }

  /** The number of the codec for a stream, null for a call that belongs to none. */
  int indexFor(@Nullable Request request) {
    return switch (choice) {
      case HTTP1 -> 0;
      case HTTP2, ALPN -> 1;
      case DOWNSTREAM -> request != null && request.protocol() == Protocol.HTTP_2 ? 1 : 0;
    };
  }

  ClientCodec get(int index) {
    return codecs[index];
  }
}
