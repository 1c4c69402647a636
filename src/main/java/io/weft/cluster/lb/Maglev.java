package io.weft.cluster.lb;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The lookup table of Google's Maglev as Envoy fills it: each entry takes its next free place in an
 * order of its own, those of more weight more often. Immutable.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#maglev">Envoy:
 *     Maglev</a>
 */
public final class Maglev implements HashTable {
  /** Envoy's size of the table, a prime number. */
  public static final int DEFAULT_SIZE = 65_537;

  private final int[] table;
  private final int[] counts;

  /**
   * A table over entries with these names.
   *
   * @param weights beside {@code keys}, each at least 1
   * @param size a prime number
   */
  public Maglev(String[] keys, int[] weights, int size) {
    counts = new int[keys.length];
    table = new int[keys.length == 0 ? 0 : size];
    Arrays.fill(table, -1);
    long[] offset = new long[keys.length];
    long[] skip = new long[keys.length];
    long[] next = new long[keys.length];
    double[] target = new double[keys.length];
    double total = Arrays.stream(weights).asLongStream().sum();
    double most = Arrays.stream(weights).max().orElse(1) / Math.max(1, total);
    for (int i = 0; i < keys.length; i++) {
      byte[] key = keys[i].getBytes(StandardCharsets.UTF_8);
      offset[i] = Long.remainderUnsigned(XxHash64.of(key, 0), size);
      skip[i] = Long.remainderUnsigned(XxHash64.of(key, 1), size - 1) + 1;
    }
    int filled = 0;
    for (int turn = 1; filled < table.length; turn++) {
      for (int i = 0; i < keys.length && filled < table.length; i++) {
        if (turn * (weights[i] / total) < target[i]) {
          continue;
        }
        target[i] += most;
        int place = (int) ((offset[i] + skip[i] * next[i]) % size);
        while (table[place] >= 0) {
          next[i]++;
          place = (int) ((offset[i] + skip[i] * next[i]) % size);
        }
        table[place] = i;
        next[i]++;
        counts[i]++;
        filled++;
      }
    }
  }

  @Override
  public int find(long hash, int pick) {
    if (table.length == 0) {
      return -1;
    }
    long turned = pick == 0 ? hash : hash ^ -(long) pick;
    return table[(int) Long.remainderUnsigned(turned, table.length)];
  }

  @Override
  public int size() {
    return table.length;
  }

  @Override
  public int fewest() {
    return Arrays.stream(counts).min().orElse(0);
  }

  @Override
  public int most() {
    return Arrays.stream(counts).max().orElse(0);
  }
}
