package io.weft.cluster.lb;

/**
 * How the requests of a cluster split over its priorities, as percentages that add up to 100 unless
 * there is no endpoint at all. Immutable.
 *
 * <p>A priority takes load in proportion to its health times the overprovisioning factor; what the
 * higher priorities cannot take spills to the lower ones, and to degraded endpoints last. A
 * priority whose available share lies below the panic threshold sends to all its endpoints, unless
 * all priorities together are healthy enough for the whole load.
 *
 * @param healthy percent of requests for the healthy endpoints of each priority
 * @param degraded percent of requests for the degraded endpoints of each priority
 * @param panic whether a priority sends to all its endpoints whatever their health
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority">Envoy:
 *     priority levels</a>
 */
@SuppressWarnings("ArrayRecordComponent") // never handed out for writing, never compared
public record PriorityLoad(int[] healthy, int[] degraded, boolean[] panic) {

  /** The endpoints of one priority, counted. */
  public record Health(int total, int healthy, int degraded) {}

  /**
   * The split for {@code priorities}, highest first.
   *
   * @param overprovisioning percent, 140 by default
   * @param panicThreshold percent, 50 by default; 0 never panics
   */
  public static PriorityLoad of(Health[] priorities, int overprovisioning, double panicThreshold) {
    int count = priorities.length;
    var load = new PriorityLoad(new int[count], new int[count], new boolean[count]);
    int[] health = new int[count];
    int[] weakened = new int[count];
    int available = 0;
    int endpoints = 0;
    for (int i = 0; i < count; i++) {
      var counted = priorities[i];
      endpoints += counted.total();
      if (counted.total() > 0) {
        health[i] =
            (int) Math.min(100, (long) overprovisioning * counted.healthy() / counted.total());
        weakened[i] =
            (int) Math.min(100, (long) overprovisioning * counted.degraded() / counted.total());
      }
      available += health[i] + weakened[i];
    }
    available = Math.min(100, available);
    if (endpoints == 0) {
      return load;
    }
    if (panicThreshold == 0 && available == 0) {
      load.healthy[0] = 100; // nobody is there to take it: the pick finds an empty source
      return load;
    }
    boolean allPanic = true;
    for (int i = 0; i < count; i++) {
      load.panic[i] = available < 100 && inPanic(priorities[i], panicThreshold);
      allPanic &= load.panic[i];
    }
    if (allPanic) {
      byNumberOfEndpoints(load, priorities, endpoints);
    } else {
      byHealth(load, health, weakened, available);
    }
    return load;
  }

  private static boolean inPanic(Health counted, double panicThreshold) {
    double usable =
        counted.total() == 0
            ? 0
            : 100.0 * (counted.healthy() + counted.degraded()) / counted.total();
    return usable < panicThreshold;
  }

  private static void byNumberOfEndpoints(PriorityLoad load, Health[] priorities, int endpoints) {
    int left = 100;
    int first = -1;
    for (int i = 0; i < priorities.length; i++) {
      if (first < 0 && priorities[i].total() > 0) {
        first = i;
      }
      load.healthy[i] = 100 * priorities[i].total() / endpoints;
      left -= load.healthy[i];
    }
    load.healthy[first] += left;
  }

  private static void byHealth(PriorityLoad load, int[] health, int[] weakened, int available) {
    int left = spread(load.healthy, health, available, 100);
    left = spread(load.degraded, weakened, available, left);
    if (left > 0) { // what rounding lost goes to the first that takes anything
      for (int i = 0; i < health.length; i++) {
        if (health[i] > 0) {
          load.healthy[i] += left;
          return;
        }
      }
      for (int i = 0; i < weakened.length; i++) {
        if (weakened[i] > 0) {
          load.degraded[i] += left;
          return;
        }
      }
      load.healthy[0] += left;
    }
  }

  private static int spread(int[] load, int[] health, int available, int total) {
    int left = total;
    for (int i = 0; i < load.length; i++) {
      load[i] = available == 0 ? 0 : Math.min(left, health[i] * 100 / available);
      left -= load[i];
    }
    return left;
  }
}
