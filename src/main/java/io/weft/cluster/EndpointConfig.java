package io.weft.cluster;

import io.weft.net.NetAddress;
import java.util.Map;

/**
 * One member of a cluster, as configured. Immutable.
 *
 * @param address where it listens
 * @param hostname its name, empty when it has none
 * @param weight its share of the requests against the others, at least 1
 * @param health what is said of its health
 * @param locality where it runs
 * @param priority 0 is the highest
 * @param metadata what is said of it for load balancing, {@code envoy.lb}
 */
public record EndpointConfig(
    NetAddress address,
    String hostname,
    int weight,
    HealthStatus health,
    Locality locality,
    int priority,
    Map<String, Object> metadata) {

  /** A member of which nothing more is said. */
  public EndpointConfig(
      NetAddress address,
      String hostname,
      int weight,
      HealthStatus health,
      Locality locality,
      int priority) {
    this(address, hostname, weight, health, locality, priority, Map.of());
  }

  public EndpointConfig {
    if (weight < 1) {
      throw new IllegalArgumentException(
          "load_balancing_weight: " + weight + " (expected: at least 1)");
    }
    if (priority < 0 || priority > 128) {
      throw new IllegalArgumentException("priority: " + priority + " (expected: 0 to 128)");
    }
  }

  /** An endpoint of weight 1, healthy, of the highest priority. */
  public static EndpointConfig of(NetAddress address) {
    return new EndpointConfig(address, "", 1, HealthStatus.HEALTHY, Locality.NONE, 0);
  }
}
