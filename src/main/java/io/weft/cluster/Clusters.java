package io.weft.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All clusters of one configuration. Immutable; an update makes a new one. */
public final class Clusters {
  public static final Clusters NONE = of(List.of());

  private final Map<String, Cluster> byName;

  private Clusters(Map<String, Cluster> byName) {
    this.byName = byName;
  }

  /** These clusters, in this order; their names differ. */
  public static Clusters of(Collection<Cluster> clusters) {
    var byName = new LinkedHashMap<String, Cluster>();
    for (Cluster cluster : clusters) {
      if (byName.put(cluster.name(), cluster) != null) {
        throw new IllegalArgumentException("two clusters named " + cluster.name());
      }
    }
    return new Clusters(byName);
  }

  /** The cluster of that name, or null. */
  public @Nullable Cluster find(String name) {
    return byName.get(name);
  }

  /** Every cluster, in the order of the configuration. */
  public Collection<Cluster> all() {
    return Collections.unmodifiableCollection(byName.values());
  }
}
