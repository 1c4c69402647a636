package io.weft.route;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a route forwards, besides where to. Immutable and shared.
 *
 * @param rewrite changes of host and path
 * @param weighted the clusters among which requests are split; null if there is one
 * @param highPriority whether the limits of high priority count
 * @param retry how failures are retried; null to leave it at what the virtual host says
 * @param hash what decides to which endpoint a request goes
 * @param mirrors where copies go; null to leave it at what virtual host and table say
 * @param redirects which redirects are followed here; null for none
 * @param requestBufferLimit how much of a request body is kept for another try; -1 if not said
 */
public record ForwardOptions(
    Rewrite rewrite,
    @Nullable WeightedClusters weighted,
    boolean highPriority,
    @Nullable RetryPolicy retry,
    List<HashPolicy> hash,
    @Nullable List<MirrorPolicy> mirrors,
    @Nullable InternalRedirects redirects,
    long requestBufferLimit) {
  /** Nothing said. */
  public static final ForwardOptions NONE =
      new ForwardOptions(Rewrite.NONE, null, false, null, List.of(), null, null, -1);

  /**
   * Which redirects are followed here and not by the client.
   *
   * @param max how many of one request
   * @param statuses of the responses that are followed
   * @param crossScheme whether one may lead from HTTP to HTTPS or back
   */
  public record InternalRedirects(
      int max, Set<Integer> statuses, boolean crossScheme, List<Predicate> predicates) {
    /** Where a redirect may not lead. */
    public enum Predicate {
      /** To a route that this request was redirected to before. */
      PREVIOUS_ROUTES,
      /** From HTTP to HTTPS. */
      SAFE_CROSS_SCHEME
    }

    public InternalRedirects {
      statuses = Set.copyOf(statuses);
      predicates = List.copyOf(predicates);
    }
  }

  public ForwardOptions {
    hash = List.copyOf(hash);
    mirrors = mirrors == null ? null : List.copyOf(mirrors);
  }
}
