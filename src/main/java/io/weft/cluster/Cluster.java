package io.weft.cluster;

import io.weft.stats.Stats;
import java.util.ArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A group of endpoints that serve the same thing, with its limits and statistics. Shared by all
 * carriers; lives until the cluster is removed or replaced.
 */
public final class Cluster {
  private final ClusterConfig config;
  private final ClusterStats stats;
  private final CircuitBreakers defaults;
  private final CircuitBreakers high;
  private volatile EndpointSet endpoints;
  private volatile @Nullable Object client;

  public Cluster(ClusterConfig config, Stats stats) {
    this.config = config;
    this.stats = new ClusterStats(stats, config.statName());
    this.defaults = new CircuitBreakers(config.defaults());
    this.high = new CircuitBreakers(config.high());
    this.stats.circuitBreakers(Priority.DEFAULT, defaults);
    this.stats.circuitBreakers(Priority.HIGH, high);
    var members = new ArrayList<Endpoint>(config.endpoints().size());
    for (var endpoint : config.endpoints()) {
      members.add(new Endpoint(endpoint));
    }
    this.endpoints =
        EndpointSet.of(
            members, config.overprovisioning(), config.panicThreshold(), config.failOnPanic());
    this.stats.membership(endpoints);
    if (!members.isEmpty()) {
      this.stats.membershipChange.inc();
    }
  }

  public String name() {
    return config.name();
  }

  public ClusterConfig config() {
    return config;
  }

  public ClusterStats stats() {
    return stats;
  }

  /** The limits of requests of that priority. */
  public CircuitBreakers breakers(Priority priority) {
    return priority == Priority.HIGH ? high : defaults;
  }

  /** The members as they are now. A stream reads this once and keeps what it got. */
  public EndpointSet endpoints() {
    return endpoints;
  }

  /**
   * The one client of this cluster, made by {@code make} when it is first asked for. For {@code
   * io.weft.upstream}, which this package must not know.
   */
  public <T> T client(Class<T> type, Function<Cluster, T> make) {
    var there = client;
    return there != null ? type.cast(there) : makeClient(type, make);
  }

  /** The client if it was ever asked for. */
  public <T> @Nullable T clientOrNull(Class<T> type) {
    var there = client;
    return there == null ? null : type.cast(there);
  }

  private synchronized <T> T makeClient(Class<T> type, Function<Cluster, T> make) {
    var there = client;
    if (there != null) {
      return type.cast(there);
    }
    var made = make.apply(this);
    client = made;
    return made;
  }

  @Override
  public String toString() {
    return name();
  }
}
