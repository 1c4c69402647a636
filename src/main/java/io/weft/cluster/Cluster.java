package io.weft.cluster;

import io.weft.net.NetAddress;
import io.weft.stats.Stats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private volatile @Nullable Runnable onUpdate;

  public Cluster(ClusterConfig config, Stats stats) {
    this.config = config;
    this.stats = new ClusterStats(stats, config.statName());
    this.defaults = new CircuitBreakers(config.defaults());
    this.high = new CircuitBreakers(config.high());
    this.stats.circuitBreakers(Priority.DEFAULT, defaults);
    this.stats.circuitBreakers(Priority.HIGH, high);
    endpoints = setOf(List.of());
    this.stats.membership(endpoints);
    update(config.endpoints());
  }

  private EndpointSet setOf(List<Endpoint> members) {
    return EndpointSet.of(
        members,
        config.overprovisioning(),
        config.panicThreshold(),
        config.failOnPanic(),
        config.lb());
  }

  /**
   * Replaces the members. One that is the same in every respect keeps its connections and its
   * statistics; the connections of one that is gone end with their streams. Any thread.
   *
   * @return whether anything changed
   */
  public synchronized boolean update(List<EndpointConfig> members) {
    Map<EndpointConfig, Endpoint> there = new HashMap<>();
    endpoints.all().forEach(each -> there.put(each.config(), each));
    var now = new ArrayList<Endpoint>(members.size());
    boolean changed = members.size() != endpoints.all().size();
    for (EndpointConfig member : members) {
      Endpoint known = there.remove(member);
      changed |= known == null;
      now.add(known == null ? new Endpoint(member) : known);
    }
    if (!changed) {
      return false;
    }
    publish(now);
    stats.membershipChange.inc();
    return true;
  }

  /**
   * Says where the one member of the cluster is now: connections that are open stay, later ones go
   * there. For a cluster of type LOGICAL_DNS. Any thread.
   *
   * @return whether anything changed
   */
  public synchronized boolean moveOnlyMember(EndpointConfig member) {
    if (endpoints.all().isEmpty()) {
      return update(List.of(member));
    }
    Endpoint only = endpoints.all().getFirst();
    if (only.address().equals(member.address())) {
      return false;
    }
    only.moveTo(member.address());
    return true;
  }

  /** Adds a member, for a cluster whose members come and go one by one. Any thread. */
  public synchronized Endpoint add(EndpointConfig member) {
    var now = new ArrayList<>(endpoints.all());
    var added = new Endpoint(member);
    now.add(added);
    publish(now);
    stats.membershipChange.inc();
    return added;
  }

  /** Takes a member out: its connections end with their streams. Any thread. */
  public synchronized void remove(Endpoint member) {
    var now = new ArrayList<>(endpoints.all());
    if (now.remove(member)) {
      publish(now);
      stats.membershipChange.inc();
    }
  }

  /** Says where a member is now: connections that are open stay, later ones go there. */
  public void move(Endpoint member, NetAddress to) {
    member.moveTo(to);
  }

  private void publish(List<Endpoint> members) {
    endpoints = setOf(members);
    stats.membership(endpoints);
    Runnable told = onUpdate;
    if (told != null) {
      told.run();
    }
  }

  /** Has {@code action} run, on the thread of the update, when the members were replaced. */
  public void onUpdate(Runnable action) {
    onUpdate = action;
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
