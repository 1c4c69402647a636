package io.weft.cluster;

/** What the configuration or the discovery service says of an endpoint's health. */
public enum HealthStatus {
  HEALTHY,
  /** Takes requests only when the healthy ones cannot take all. */
  DEGRADED,
  /** Takes none, unless so few are healthy that the cluster panics. */
  UNHEALTHY;

  /** Reads {@code envoy.config.core.v3.HealthStatus}: what is unknown counts as healthy. */
  static HealthStatus of(String enumName) {
    return switch (enumName) {
      case "UNHEALTHY", "DRAINING", "TIMEOUT" -> UNHEALTHY;
      case "DEGRADED" -> DEGRADED;
      default -> HEALTHY;
    };
  }
}
