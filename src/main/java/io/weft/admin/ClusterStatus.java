package io.weft.admin;

import java.util.List;

/** A cluster with its endpoints as they were at one moment. */
public record ClusterStatus(
    String name,
    String observabilityName,
    boolean addedViaApi,
    Thresholds defaultPriority,
    Thresholds highPriority,
    List<Host> hosts) {
  public ClusterStatus {
    hosts = List.copyOf(hosts);
  }

  /** Limits of a circuit breaker. */
  public record Thresholds(
      long maxConnections, long maxPendingRequests, long maxRequests, long maxRetries) {
    /** Envoy's defaults. */
    public static final Thresholds DEFAULT = new Thresholds(1024, 1024, 1024, 3);
  }

  /**
   * One endpoint.
   *
   * @param address {@code 10.0.0.1:80}, {@code [::1]:80} or a path
   * @param failures why it is not healthy, in Envoy's words: {@code failed_active_hc}; empty if it
   *     is
   */
  public record Host(
      String address,
      String hostname,
      List<String> failures,
      int weight,
      String region,
      String zone,
      String subZone,
      boolean canary,
      int priority,
      HostStats stats) {
    public Host {
      failures = List.copyOf(failures);
    }
  }

  /** Connections and requests of one endpoint; the active ones rise and fall. */
  public record HostStats(
      long cxActive,
      long cxConnectFail,
      long cxTotal,
      long rqActive,
      long rqError,
      long rqSuccess,
      long rqTimeout,
      long rqTotal) {}
}
