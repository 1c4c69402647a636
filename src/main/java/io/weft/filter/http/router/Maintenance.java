package io.weft.filter.http.router;

import io.weft.cluster.Cluster;
import io.weft.runtime.RuntimeValue;
import io.weft.stream.StreamInfo;

/** Whether a cluster is kept free of traffic: runtime {@code upstream.maintenance_mode.<name>}. */
final class Maintenance {
  private static final RuntimeValue.Percent NEVER = new RuntimeValue.Percent(0, 100);

  private Maintenance() {}

  static boolean isOn(Cluster cluster, StreamInfo stream) {
    return !stream.runtime().values().isEmpty()
        && stream.enabled("upstream.maintenance_mode." + cluster.name(), NEVER);
  }
}
