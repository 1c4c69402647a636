package io.weft.hcm;

import io.weft.accesslog.AccessLog;
import io.weft.codec.h1.Http1ServerConfig;
import io.weft.codec.h2.Http2ServerConfig;
import io.weft.filter.HttpFilter;
import io.weft.route.RouteTable;
import io.weft.runtime.RuntimeLayers;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a connection manager was configured to do. Times are nanoseconds, 0 is no limit.
 *
 * @param statPrefix of its statistics
 * @param codec which version of HTTP is spoken
 * @param http1 how the codec speaks HTTP/1
 * @param http2 how the codec speaks HTTP/2
 * @param routes the route table now; a stream asks once
 * @param chain the HTTP filters
 * @param upgrades what requests may make of their connection, by the type in lower case
 * @param accessLogs told of each stream at its end
 * @param replies how answers from here look; null for a status and a text
 * @param headers how requests and responses are cleaned and completed
 * @param streamIdleNanos how long a stream may be idle
 * @param maxStreamNanos how long a stream may last
 * @param requestNanos from the first byte of a request to its last
 * @param runtime values that routes consult
 */
public record HcmConfig(
    String statPrefix,
    Codec codec,
    Http1ServerConfig http1,
    Http2ServerConfig http2,
    Supplier<RouteTable> routes,
    Chain chain,
    Map<String, Upgrade> upgrades,
    List<AccessLog> accessLogs,
    @Nullable ReplyShape replies,
    HeaderPolicy headers,
    long streamIdleNanos,
    long maxStreamNanos,
    long requestNanos,
    RuntimeLayers runtime) {
  /** Which version of HTTP connections speak. */
  public enum Codec {
    /** What was agreed on by ALPN, else what the client begins with. */
    AUTO,
    HTTP1,
    HTTP2
  }

  /**
   * A chain of HTTP filters.
   *
   * @param filters from the outermost in, without the router
   * @param router the end of the chain
   */
  public record Chain(List<Named> filters, HttpFilter.Next router) {
    public Chain {
      filters = List.copyOf(filters);
    }
  }

  /**
   * An upgrade.
   *
   * @param enabled whether it is allowed where no route says otherwise
   * @param chain what its streams pass; null for the same as all
   */
  public record Upgrade(boolean enabled, @Nullable Chain chain) {}

  /**
   * A filter under the name by which routes address it.
   *
   * @param enabled whether it takes part where no route says otherwise
   * @param users whether its code is a user's, and not Weft's own
   */
  public record Named(String name, HttpFilter filter, boolean enabled, boolean users) {}

  public HcmConfig {
    upgrades = Map.copyOf(upgrades);
    accessLogs = List.copyOf(accessLogs);
  }
}
