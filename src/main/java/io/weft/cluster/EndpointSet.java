package io.weft.cluster;

import io.weft.cluster.lb.HashTable;
import io.weft.cluster.lb.PriorityLoad;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The members of a cluster at one moment, and which of them take which share of the requests.
 * Immutable; an update of the membership makes a new one.
 */
public final class EndpointSet {
  /**
   * Endpoints that share a part of the load by their weights.
   *
   * @param upTo this source takes the draws (0 to 99) below it that no source before took
   * @param endpoints indexes into {@link EndpointSet#all}
   * @param weights beside {@code endpoints}
   * @param panic whether health was set aside because too few are healthy
   * @param table by which hashes choose, with indexes into {@code endpoints}; null for none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Source(
      int upTo, int[] endpoints, int[] weights, boolean panic, @Nullable HashTable table) {}

  private final List<Endpoint> all;
  private final List<Source> sources;
  private final int healthy;
  private final int degraded;
  private final LbConfig lb;
  private final Split split;

  /** What decides how the load is split. */
  private record Split(int overprovisioning, double panicThreshold, boolean failOnPanic) {}

  private EndpointSet(
      List<Endpoint> all,
      List<Source> sources,
      int healthy,
      int degraded,
      LbConfig lb,
      Split split) {
    this.split = split;
    this.lb = lb;
    this.all = all;
    this.sources = sources;
    this.healthy = healthy;
    this.degraded = degraded;
  }

  /**
   * The set of {@code endpoints} with their configured health.
   *
   * @param overprovisioning percent, see {@link PriorityLoad#of}
   * @param panicThreshold percent, see {@link PriorityLoad#of}
   * @param failOnPanic whether a priority in panic answers nobody rather than everybody
   * @param lb how one of them is chosen
   */
  public static EndpointSet of(
      List<Endpoint> endpoints,
      int overprovisioning,
      double panicThreshold,
      boolean failOnPanic,
      LbConfig lb) {
    return of(endpoints, new Split(overprovisioning, panicThreshold, failOnPanic), lb, 0);
  }

  /**
   * The same members, of which those of some priorities take no load; null if nobody else is in
   * good health.
   *
   * @param priorities a bit for each of the first 64
   */
  public @Nullable EndpointSet without(long priorities) {
    var rest = of(all, split, lb, priorities);
    return rest.healthy + rest.degraded == 0 ? null : rest;
  }

  private static EndpointSet of(List<Endpoint> endpoints, Split split, LbConfig lb, long without) {
    boolean failOnPanic = split.failOnPanic;
    int priorities = 1;
    for (Endpoint endpoint : endpoints) {
      priorities = Math.max(priorities, endpoint.config().priority() + 1);
    }
    var health = new PriorityLoad.Health[priorities];
    int healthy = 0;
    int degraded = 0;
    for (int i = 0; i < priorities; i++) {
      int total = members(endpoints, i, null, without).length;
      int well = members(endpoints, i, HealthStatus.HEALTHY, without).length;
      int weakened = members(endpoints, i, HealthStatus.DEGRADED, without).length;
      health[i] = new PriorityLoad.Health(total, well, weakened);
      healthy += well;
      degraded += weakened;
    }
    var load = PriorityLoad.of(health, split.overprovisioning, split.panicThreshold);
    var sources = new ArrayList<Source>();
    int drawn = 0;
    for (int i = 0; i < priorities; i++) {
      boolean panic = load.panic()[i];
      if (load.healthy()[i] > 0) {
        drawn += load.healthy()[i];
        var members =
            panic && failOnPanic
                ? new int[0]
                : members(endpoints, i, panic ? null : HealthStatus.HEALTHY, without);
        sources.add(source(endpoints, members, drawn, panic, lb));
      }
    }
    for (int i = 0; i < priorities; i++) {
      boolean panic = load.panic()[i];
      if (load.degraded()[i] > 0) {
        drawn += load.degraded()[i];
        var members =
            panic && failOnPanic
                ? new int[0]
                : members(endpoints, i, panic ? null : HealthStatus.DEGRADED, without);
        sources.add(source(endpoints, members, drawn, panic, lb));
      }
    }
    return new EndpointSet(
        List.copyOf(endpoints), List.copyOf(sources), healthy, degraded, lb, split);
  }

  /** Every member, whatever its health. */
  public List<Endpoint> all() {
    return all;
  }

  /** Who takes load, in the order of their {@link Source#upTo}; the last one's is 100. */
  public List<Source> sources() {
    return sources;
  }

  /** How one of them is chosen. */
  public LbConfig lb() {
    return lb;
  }

  public int healthy() {
    return healthy;
  }

  public int degraded() {
    return degraded;
  }

  private static Source source(
      List<Endpoint> endpoints, int[] members, int upTo, boolean panic, LbConfig lb) {
    var keys = new String[members.length];
    var weights = new int[members.length];
    for (int i = 0; i < members.length; i++) {
      weights[i] = endpoints.get(members[i]).config().weight();
      keys[i] = endpoints.get(members[i]).toString();
    }
    return new Source(upTo, members, weights, panic, lb.table(keys, weights));
  }

  private static int[] members(
      List<Endpoint> endpoints, int priority, @Nullable HealthStatus status, long without) {
    if (priority < Long.SIZE && (without >>> priority & 1) != 0) {
      return new int[0];
    }
    var found = new int[endpoints.size()];
    int count = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      var config = endpoints.get(i).config();
      if (config.priority() == priority && (status == null || config.health() == status)) {
        found[count++] = i;
      }
    }
    return Arrays.copyOf(found, count);
  }
}
