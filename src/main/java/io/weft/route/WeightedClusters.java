package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.mutation.Mutations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Clusters among which the requests of a route are split. Immutable.
 *
 * @param runtimePrefix of the runtime keys {@code <prefix>.<cluster>} that override weights; empty
 *     for none
 * @param lotHeader a request header that holds the lot; null for the stream's own
 */
public record WeightedClusters(
    List<Share> shares, String runtimePrefix, @Nullable HeaderName lotHeader) {
  /**
   * One of them.
   *
   * @param cluster its name; empty if a header names it
   * @param clusterHeader the request header that names it; empty if {@code cluster} does
   * @param host the host that its requests get; empty to leave it at what the route says
   */
  public record Share(
      String cluster,
      String clusterHeader,
      long weight,
      String host,
      Mutations headers,
      Map<String, FilterOverride> filters) {
    public Share {
      filters = Map.copyOf(filters);
    }
  }

  public WeightedClusters {
    shares = List.copyOf(shares);
    long total = 0;
    for (Share share : shares) {
      total += share.weight;
    }
    if (total <= 0 || total > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "sum of weights: " + total + " (expected: 1-" + 0xffff_ffffL + ")");
    }
  }
}
