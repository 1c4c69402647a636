package io.weft.cluster.lb;

/**
 * Weighted round robin over the indexes 0 to n-1, one thread's own.
 *
 * <p>Equal weights turn in strict order. Unequal ones are scheduled earliest deadline first: an
 * entry of weight w comes up again 1/w later, so that over one turn every entry is picked in
 * proportion to its weight and picks of one entry are spread out. Both start at a place the seed
 * names, so that many carriers (and many processes) do not begin with the same endpoint.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers">Envoy:
 *     supported load balancers</a>
 */
public final class RoundRobin {
  private final int count;
  private int next;

  /** A binary heap of entries ordered by deadline, then by age; empty when weights are equal. */
  private final int[] heap;

  // The deadline of an entry is whole + (part + 1) / weight: fractions, because sums of rounded
  // numbers drift and let picks of one entry bunch.
  private final int[] weights;
  private final long[] whole;
  private final int[] part;

  /** When the entry was put back, for entries whose deadlines are equal. */
  private final long[] age;

  private long puts;

  /**
   * A schedule over {@code weights.length} entries.
   *
   * @param weights each at least 1
   * @param seed any number; its remainder is the place to start at
   */
  public RoundRobin(int[] weights, long seed) {
    count = weights.length;
    int start = count == 0 ? 0 : (int) Long.remainderUnsigned(seed, count);
    boolean equal = true;
    for (int weight : weights) {
      if (weight < 1) {
        throw new IllegalArgumentException("weight: " + weight + " (expected: at least 1)");
      }
      equal &= weight == weights[0];
    }
    if (equal) {
      next = start;
      heap = new int[0];
      this.weights = heap;
      part = heap;
      whole = new long[0];
      age = whole;
      return;
    }
    heap = new int[count];
    this.weights = weights.clone();
    part = new int[count];
    whole = new long[count];
    age = new long[count];
    for (int i = 0; i < count; i++) {
      age[i] = puts++;
      heap[i] = i;
    }
    for (int i = count / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    for (int i = 0; i < start; i++) {
      next();
    }
  }

  /** How many entries take part. */
  public int size() {
    return count;
  }

  /** The index of the entry whose turn it is, -1 when there is none. */
  public int next() {
    if (heap.length == 0) {
      if (count == 0) {
        return -1;
      }
      int picked = next;
      next = picked + 1 == count ? 0 : picked + 1;
      return picked;
    }
    int picked = heap[0];
    if (++part[picked] == weights[picked]) {
      part[picked] = 0;
      whole[picked]++;
    }
    age[picked] = puts++;
    siftDown(0);
    return picked;
  }

  private void siftDown(int from) {
    int hole = from;
    int moving = heap[hole];
    while (true) {
      int child = 2 * hole + 1;
      if (child >= count) {
        break;
      }
      if (child + 1 < count && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], moving)) {
        break;
      }
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = moving;
  }

  private boolean before(int a, int b) {
    if (whole[a] != whole[b]) {
      return whole[a] < whole[b]; // the fractions lie above 0 and at most at 1
    }
    long left = (part[a] + 1L) * weights[b];
    long right = (part[b] + 1L) * weights[a];
    return left < right || (left == right && age[a] < age[b]);
  }
}
