package io.weft.route;

import io.weft.mutation.Mutations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a virtual host says for all its routes. Immutable.
 *
 * @param requireTls whom it sends to HTTPS
 * @param headers changes of requests and responses
 * @param virtualClusters kinds of requests that are counted apart, the first one that fits
 * @param attemptCount whether hosts are told which try a request is
 * @param attemptCountInResponse whether clients are told how many tries it took
 * @param timeoutRetryHeader whether hosts are told that a try follows a timeout
 * @param retry how its routes retry that say nothing of it; null for not at all
 * @param requestBufferLimit how much of a request body is kept for another try; -1 if not said
 * @param mirrors where copies of the requests of routes go that say nothing of it
 * @param hedges whether, for routes that say nothing of it, a try that takes too long goes on
 *     beside the next one
 */
public record VirtualHostOptions(
    RequireTls requireTls,
    Mutations headers,
    List<VirtualCluster> virtualClusters,
    boolean attemptCount,
    boolean attemptCountInResponse,
    boolean timeoutRetryHeader,
    @Nullable RetryPolicy retry,
    long requestBufferLimit,
    List<MirrorPolicy> mirrors,
    boolean hedges) {
  /** Nothing said. */
  public static final VirtualHostOptions NONE =
      new VirtualHostOptions(
          RequireTls.NONE,
          Mutations.NONE,
          List.of(),
          false,
          false,
          false,
          null,
          -1,
          List.of(),
          false);

  /** Whom a virtual host sends to HTTPS. */
  public enum RequireTls {
    NONE,
    EXTERNAL_ONLY,
    ALL
  }

  /** A kind of requests that is counted apart. */
  public record VirtualCluster(String name, List<HeaderMatch> headers) {
    public VirtualCluster {
      headers = List.copyOf(headers);
    }
  }

  public VirtualHostOptions {
    virtualClusters = List.copyOf(virtualClusters);
    mirrors = List.copyOf(mirrors);
  }
}
