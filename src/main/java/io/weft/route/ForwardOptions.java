package io.weft.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a route forwards, besides where to. Immutable and shared.
 *
 * @param rewrite changes of host and path
 * @param weighted the clusters among which requests are split; null if there is one
 * @param highPriority whether the limits of high priority count
 * @param retry how failures are retried; null to leave it at what the virtual host says
 * @param hash what decides to which endpoint a request goes
 * @param requestBufferLimit how much of a request body is kept for another try; -1 if not said
 * @param mirrors where copies of requests go; empty to leave it at what the virtual host says
 * @param redirects which redirects of hosts are followed here; null for none
 * @param hedges whether a try that takes too long goes on beside the next one; null if not said
 */
public record ForwardOptions(
    Rewrite rewrite,
    @Nullable WeightedClusters weighted,
    boolean highPriority,
    @Nullable RetryPolicy retry,
    List<HashPolicy> hash,
    long requestBufferLimit,
    List<MirrorPolicy> mirrors,
    @Nullable RedirectPolicy redirects,
    @Nullable Boolean hedges) {
  /** Nothing said. */
  public static final ForwardOptions NONE =
      new ForwardOptions(Rewrite.NONE, null, false, null, List.of(), -1, List.of(), null, null);

  public ForwardOptions {
    hash = List.copyOf(hash);
    mirrors = List.copyOf(mirrors);
  }
}
