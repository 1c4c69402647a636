package io.weft.cluster.lb;

import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;

/**
 * The least loaded of a few, one thread's own. Equal weights: of some entries drawn at random the
 * one with the fewest requests under way. Unequal ones: a weighted turn in which an entry counts
 * for less the more requests it has under way.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#weighted-least-request">Envoy:
 *     weighted least request</a>
 */
public final class LeastRequest {
  private final int[] weights;
  private final boolean equal;
  private final int choices;
  private final double[] deadlines;

  /**
   * A choice among {@code weights.length} entries.
   *
   * @param choices how many are drawn, at least 2
   */
  public LeastRequest(int[] weights, int choices) {
    this.weights = weights.clone();
    this.choices = choices;
    boolean same = true;
    for (int weight : weights) {
      same &= weight == weights[0];
    }
    equal = same;
    deadlines = new double[equal ? 0 : weights.length];
    for (int i = 0; i < deadlines.length; i++) {
      deadlines[i] = 1.0 / weights[i];
    }
  }

  /**
   * The index of the entry to take, -1 when there is none.
   *
   * @param bias the power of the number of requests under way by which a weight is divided
   * @param active requests under way by index
   */
  public int next(RandomGenerator random, double bias, IntToLongFunction active) {
    if (weights.length == 0) {
      return -1;
    }
    return equal ? ofSome(random, active) : ofAll(bias, active);
  }

  private int ofSome(RandomGenerator random, IntToLongFunction active) {
    int best = random.nextInt(weights.length);
    long fewest = active.applyAsLong(best);
    for (int i = 1; i < choices; i++) {
      int drawn = random.nextInt(weights.length);
      long count = active.applyAsLong(drawn);
      if (count < fewest) {
        best = drawn;
        fewest = count;
      }
    }
    return best;
  }

  private int ofAll(double bias, IntToLongFunction active) {
    int first = 0;
    for (int i = 1; i < deadlines.length; i++) {
      if (deadlines[i] < deadlines[first]) {
        first = i;
      }
    }
    double load = active.applyAsLong(first) + 1.0;
    deadlines[first] += (bias == 1 ? load : Math.pow(load, bias)) / weights[first];
    return first;
  }
}
