package io.weft.testing;

import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterConfig;
import io.weft.cluster.ClusterReader;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Stats;
import java.util.ArrayList;

/** Clusters for tests, from YAML, and their statistics. */
public final class TestClusters {
  private TestClusters() {}

  /** The cluster that {@code yaml} describes; a problem with it fails the test. */
  public static ClusterConfig config(String yaml) {
    return config(yaml, (_, _, _) -> null);
  }

  private static ClusterConfig config(String yaml, ClusterReader.TlsMaker tls) {
    var problems = new Problems();
    var config =
        ClusterReader.read(
            ResourceReader.parse("envoy.config.cluster.v3.Cluster", yaml), tls, problems);
    if (config == null || !problems.isEmpty()) {
      throw new AssertionError(problems.text());
    }
    return config;
  }

  /**
   * A cluster named {@code up} with an endpoint for each port of 127.0.0.1.
   *
   * @param settings more fields of the cluster, as YAML without indentation
   */
  public static Cluster cluster(Stats stats, String settings, int... ports) {
    return cluster(stats, (_, _, _) -> null, settings, ports);
  }

  /** As {@link #cluster(Stats, String, int...)}, with what secures its connections. */
  public static Cluster cluster(
      Stats stats, ClusterReader.TlsMaker tls, String settings, int... ports) {
    var endpoints = new ArrayList<String>();
    for (int port : ports) {
      endpoints.add(
          "{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: "
              + port
              + "}}}}");
    }
    return new Cluster(
        config(
            "name: up\nload_assignment:\n  cluster_name: up\n  endpoints:\n  - lb_endpoints: "
                + endpoints
                + "\n"
                + settings,
            tls),
        stats);
  }

  /** The value of {@code cluster.up.<name>}, for a histogram the number of its values. */
  public static long stat(Stats stats, String name) {
    return switch (stats.find("cluster.up." + name)) {
      case Counter counter -> counter.value();
      case Gauge gauge -> gauge.value();
      case Histogram histogram -> histogram.cumulative().count();
      case null, default -> throw new AssertionError("no statistic cluster.up." + name);
    };
  }
}
