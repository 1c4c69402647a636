package io.weft.cluster.lb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * A ring of hashes as Envoy and libketama make it: each entry stands at as many points as its
 * weight says, a hash falls to the next point at or behind it. An entry that comes or goes moves
 * its own share of the hashes and no other. Immutable.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#ring-hash">Envoy:
 *     ring hash</a>
 */
public final class RingHash implements HashTable {
  private final long[] points; // sorted as unsigned numbers
  private final int[] entries;
  private final int fewest;
  private final int most;

  private record Point(long hash, int entry) {}

  /**
   * A ring over entries with these names, made with xxHash.
   *
   * @param weights beside {@code keys}, each at least 1
   * @param minSize how many points there are at least
   * @param maxSize how many points there are at most
   */
  public RingHash(String[] keys, int[] weights, long minSize, long maxSize) {
    this(keys, weights, minSize, maxSize, bytes -> XxHash64.of(bytes, 0));
  }

  /** As {@link #RingHash(String[], int[], long, long)} with another hash function. */
  public RingHash(
      String[] keys, int[] weights, long minSize, long maxSize, ToLongFunction<byte[]> hash) {
    double total = Arrays.stream(weights).asLongStream().sum();
    double least = Arrays.stream(weights).min().orElse(1) / Math.max(1, total);
    double scale = Math.min(Math.ceil(least * minSize) / least, (double) maxSize);
    var ring = new ArrayList<Point>((int) Math.ceil(scale) + 1);
    double target = 0;
    int fewestYet = Integer.MAX_VALUE;
    int mostYet = 0;
    for (int i = 0; i < keys.length; i++) {
      target += scale * weights[i] / total;
      int before = ring.size();
      for (int k = 0; ring.size() < target; k++) {
        byte[] name = (keys[i] + "_" + k).getBytes(StandardCharsets.UTF_8);
        ring.add(new Point(hash.applyAsLong(name), i));
      }
      fewestYet = Math.min(fewestYet, ring.size() - before);
      mostYet = Math.max(mostYet, ring.size() - before);
    }
    ring.sort((a, b) -> Long.compareUnsigned(a.hash, b.hash));
    points = ring.stream().mapToLong(Point::hash).toArray();
    entries = ring.stream().mapToInt(Point::entry).toArray();
    fewest = keys.length == 0 ? 0 : fewestYet;
    most = mostYet;
  }

  @Override
  public int find(long hash, int pick) {
    if (points.length == 0) {
      return -1;
    }
    int low = 0;
    int high = points.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(points[middle], hash) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return entries[(low + pick) % points.length];
  }

  @Override
  public int size() {
    return points.length;
  }

  @Override
  public int fewest() {
    return fewest;
  }

  @Override
  public int most() {
    return most;
  }
}
