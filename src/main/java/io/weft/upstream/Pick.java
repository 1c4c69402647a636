package io.weft.upstream;

import io.weft.cluster.Cluster;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointSet;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Who would be chosen now, without choosing: no turn is taken and nothing is counted. */
public final class Pick {
  private Pick() {}

  /**
   * The endpoint that a carrier without a history would take; with a hash the one that every
   * carrier takes. Null if there is none. Any thread.
   */
  public static @Nullable Endpoint of(Cluster cluster, HostChoice choice) {
    EndpointSet set = cluster.endpoints();
    var random = new SplittableRandom(ThreadLocalRandom.current().nextLong());
    int index = new Picker(set, random).next(choice, 0, null);
    return index < 0 ? null : set.all().get(index);
  }
}
