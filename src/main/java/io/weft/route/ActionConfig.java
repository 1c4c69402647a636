package io.weft.route;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is done with a request that takes a route. */
public sealed interface ActionConfig {
  /** Envoy's default of {@code RouteAction.timeout}. */
  Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);

  /**
   * Forward to a cluster.
   *
   * @param cluster the cluster's name; "" if a header or a lot names it
   * @param clusterHeader the request header that names the cluster; "" if it is not one that does
   * @param clusterNotFoundStatus the answer when there is no such cluster
   * @param timeout from the whole request received to the whole response; zero for none
   * @param idleTimeout how long nothing may move on the stream, over that of the connection
   *     manager; zero for none, null to leave it at that
   * @param limits of streams and gRPC calls
   * @param upgrades what a request may make of its connection, by the type in lower case
   * @param options how it is forwarded
   */
  record Forward(
      String cluster,
      String clusterHeader,
      int clusterNotFoundStatus,
      Duration timeout,
      @Nullable Duration idleTimeout,
      StreamLimits limits,
      Map<String, Upgrade> upgrades,
      ForwardOptions options)
      implements ActionConfig {
    public Forward {
      upgrades = Map.copyOf(upgrades);
      int named = (cluster.isEmpty() ? 0 : 1) + (clusterHeader.isEmpty() ? 0 : 1);
      if (named + (options.weighted() == null ? 0 : 1) != 1) {
        throw new IllegalArgumentException(
            "cluster: '"
                + cluster
                + "', cluster_header: '"
                + clusterHeader
                + "' (expected: one of them, or weighted_clusters)");
      }
      if (timeout.isNegative() || idleTimeout != null && idleTimeout.isNegative()) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + ", idle_timeout: " + idleTimeout + " (expected: not negative)");
      }
    }

    /** To this cluster, with Envoy's defaults. */
    public static Forward to(String cluster) {
      return new Forward(
          cluster,
          "",
          503,
          DEFAULT_TIMEOUT,
          null,
          StreamLimits.NONE,
          Map.of(),
          ForwardOptions.NONE);
    }

    /** The same forwarded otherwise. */
    public Forward with(ForwardOptions other) {
      return new Forward(
          cluster,
          clusterHeader,
          clusterNotFoundStatus,
          timeout,
          idleTimeout,
          limits,
          upgrades,
          other);
    }
  }

  /**
   * How long a route lets streams last, and how far it heeds {@code grpc-timeout}. Null is not
   * said.
   *
   * @param maxStream how long a stream may last, over that of the connection manager; zero for ever
   * @param grpcStreamMax the longest {@code grpc-timeout} that is taken for the stream's, zero for
   *     any; null if the header is not asked
   * @param grpcStreamOffset taken from it
   * @param grpcMax as {@code grpcStreamMax}, for the timeout of the route
   * @param grpcOffset taken from that
   */
  record StreamLimits(
      @Nullable Duration maxStream,
      @Nullable Duration grpcStreamMax,
      @Nullable Duration grpcStreamOffset,
      @Nullable Duration grpcMax,
      @Nullable Duration grpcOffset) {
    /** Nothing said. */
    public static final StreamLimits NONE = new StreamLimits(null, null, null, null, null);
  }

  /**
   * What a route says about an upgrade.
   *
   * @param enabled whether it is allowed
   * @param terminated whether the tunnel of a CONNECT leads to the endpoint itself, which is spoken
   *     to without HTTP
   */
  record Upgrade(boolean enabled, boolean terminated) {}

  /**
   * Send the client elsewhere. Texts are one character a byte.
   *
   * @param status 301, 302, 303, 307 or 308
   * @param scheme the new one; empty to keep it
   * @param host the new one; empty to keep it
   * @param port the new one; 0 to keep it
   * @param path the new one, which may have a query; empty to keep it
   * @param rewrite another way to make the new path
   * @param stripQuery whether the query of the request is left out
   */
  record Redirect(
      int status,
      String scheme,
      String host,
      int port,
      String path,
      Rewrite rewrite,
      boolean stripQuery)
      implements ActionConfig {}

  /**
   * Answer from here.
   *
   * @param body one character a byte (ISO-8859-1)
   */
  record DirectResponse(int status, String body) implements ActionConfig {
    public DirectResponse {
      if (status < 200 || status > 599) {
        throw new IllegalArgumentException("status: " + status + " (expected: 200-599)");
      }
    }
  }
}
