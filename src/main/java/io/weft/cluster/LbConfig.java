package io.weft.cluster;

import io.weft.cluster.lb.HashTable;
import io.weft.cluster.lb.Maglev;
import io.weft.cluster.lb.MurmurHash2;
import io.weft.cluster.lb.RingHash;
import io.weft.cluster.lb.XxHash64;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster chooses among its endpoints. Immutable.
 *
 * @param minSize points of a ring, or places of a Maglev table
 * @param maxSize most points of a ring
 * @param choices how many endpoints LEAST_REQUEST draws
 * @param murmur whether a ring is made with MurmurHash2 and not with xxHash
 * @param bias how much requests under way count against an endpoint's weight
 */
public record LbConfig(
    Policy policy, long minSize, long maxSize, int choices, boolean murmur, Bias bias) {
  /** In turn. */
  public static final LbConfig ROUND_ROBIN = new LbConfig(Policy.ROUND_ROBIN, 0, 0, 2);

  /**
   * The power of the number of requests under way by which weights are divided, 0 for not at all.
   *
   * @param runtimeKey of the runtime value that overrides it; empty for none
   */
  public record Bias(double value, String runtimeKey) {
    /** Envoy's default. */
    public static final Bias ONE = new Bias(1, "");
  }

  /** Envoy's {@code lb_policy}. */
  public enum Policy {
    ROUND_ROBIN,
    LEAST_REQUEST,
    RANDOM,
    RING_HASH,
    MAGLEV,
    /** The stream says which member it goes to ({@code StreamInfo.wantedHost}). */
    CLUSTER_PROVIDED
  }

  /** With Envoy's defaults of what is not said. */
  public LbConfig(Policy policy, long minSize, long maxSize, int choices) {
    this(policy, minSize, maxSize, choices, false, Bias.ONE);
  }

  public LbConfig {
    if (minSize > maxSize) {
      throw new IllegalArgumentException(
          "minimum_ring_size: "
              + minSize
              + " (expected: at most maximum_ring_size, "
              + maxSize
              + ")");
    }
  }

  /** Whether nobody chooses here: the stream names the member it goes to. */
  public boolean isByHost() {
    return policy == Policy.CLUSTER_PROVIDED;
  }

  /** The table by which hashes choose; null for a policy that looks at none. */
  @Nullable HashTable table(String[] keys, int[] weights) {
    return switch (policy) {
      case RING_HASH ->
          new RingHash(
              keys,
              weights,
              minSize,
              maxSize,
              murmur ? MurmurHash2::of : bytes -> XxHash64.of(bytes, 0));
      case MAGLEV -> new Maglev(keys, weights, (int) minSize);
      case ROUND_ROBIN, LEAST_REQUEST, RANDOM, CLUSTER_PROVIDED -> null;
    };
  }
}
