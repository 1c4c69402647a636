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
   * @param cluster the cluster's name; "" if a header names it
   * @param clusterHeader the request header that names the cluster; "" if {@code cluster} does
   * @param clusterNotFoundStatus the answer when there is no such cluster
   * @param timeout from the whole request received to the whole response; zero for none
   * @param idleTimeout how long nothing may move on the stream, over that of the connection
   *     manager; zero for none, null to leave it at that
   * @param upgrades what a request may make of its connection, by the type in lower case
   */
  record Forward(
      String cluster,
      String clusterHeader,
      int clusterNotFoundStatus,
      Duration timeout,
      @Nullable Duration idleTimeout,
      Map<String, Upgrade> upgrades)
      implements ActionConfig {
    public Forward {
      upgrades = Map.copyOf(upgrades);
      if (cluster.isEmpty() == clusterHeader.isEmpty()) {
        throw new IllegalArgumentException(
            "cluster: '"
                + cluster
                + "', cluster_header: '"
                + clusterHeader
                + "' (expected: one of them)");
      }
      if (timeout.isNegative() || idleTimeout != null && idleTimeout.isNegative()) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + ", idle_timeout: " + idleTimeout + " (expected: not negative)");
      }
    }

    /** To this cluster, with Envoy's defaults. */
    public static Forward to(String cluster) {
      return new Forward(cluster, "", 503, DEFAULT_TIMEOUT, null, Map.of());
    }
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
