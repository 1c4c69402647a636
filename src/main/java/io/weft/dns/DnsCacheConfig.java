package io.weft.dns;

import io.weft.dns.DnsCluster.Backoff;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the names that clients ask for are looked up and kept: {@code
 * envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig}. Immutable.
 *
 * @param name by which a filter and a cluster mean the same cache, and its name in statistics
 * @param family which addresses are wanted
 * @param refresh how long after a failure a name is looked up again, where {@code failureRefresh}
 *     does not say
 * @param minRefresh the least time between two lookups of a name that was found, whatever the
 *     answer's time to live
 * @param hostTtl how long a name is kept that nobody asks for
 * @param maxHosts how many names are kept
 * @param failureRefresh how long after a failure; null: {@code refresh}
 * @param refreshesFailures whether a name that was not found is looked up again by itself, and not
 *     only when somebody asks
 * @param maxPending how many streams may wait for lookups
 * @param queryTimeout how long a stream waits for a name; zero: as long as the resolver takes
 * @param resolver who is asked
 */
public record DnsCacheConfig(
    String name,
    LookupFamily family,
    Duration refresh,
    Duration minRefresh,
    Duration hostTtl,
    long maxHosts,
    @Nullable Backoff failureRefresh,
    boolean refreshesFailures,
    long maxPending,
    Duration queryTimeout,
    ResolverConfig resolver) {
  static final Duration DEFAULT_REFRESH = Duration.ofSeconds(60);
  static final Duration DEFAULT_MIN_REFRESH = Duration.ofSeconds(5);
  static final Duration DEFAULT_HOST_TTL = Duration.ofMinutes(5);
  static final Duration DEFAULT_QUERY_TIMEOUT = Duration.ofSeconds(5);
  static final long DEFAULT_MAX_HOSTS = 1024;
  static final long DEFAULT_MAX_PENDING = 1024;
}
