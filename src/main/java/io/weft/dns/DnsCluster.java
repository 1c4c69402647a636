package io.weft.dns;

import io.weft.cluster.HealthStatus;
import io.weft.cluster.Locality;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How the members of a cluster are found by name: types STRICT_DNS and LOGICAL_DNS, and {@code
 * envoy.clusters.dns}. Immutable.
 *
 * @param logical whether the name stands for one member, whose address is the first that DNS tells
 *     when a connection is opened, and not for a member an address
 * @param targets the names; exactly one if {@code logical}
 * @param family which addresses are wanted
 * @param refresh how long after an answer the names are looked up again
 * @param failureRefresh how long after a failure; null: as {@code refresh}
 * @param respectTtl whether the time to live of the answer counts in place of {@code refresh}
 * @param jitter up to how much longer, by chance
 * @param waitsAtStart whether listeners wait for the first answer
 * @param resolver who is asked
 */
public record DnsCluster(
    boolean logical,
    List<Target> targets,
    LookupFamily family,
    Duration refresh,
    @Nullable Backoff failureRefresh,
    boolean respectTtl,
    Duration jitter,
    boolean waitsAtStart,
    ResolverConfig resolver) {

  public static final Duration DEFAULT_REFRESH = Duration.ofSeconds(5);

  public DnsCluster {
    targets = List.copyOf(targets);
    if (logical && targets.size() != 1) {
      throw new IllegalArgumentException(
          "load_assignment: "
              + targets.size()
              + " endpoints (expected: exactly one in a LOGICAL_DNS cluster)");
    }
  }

  /** After failures in a row: twice as long each time, by chance between the base and that. */
  public record Backoff(Duration base, Duration max) {
    /**
     * How long to wait.
     *
     * @param failures how many there were in a row, at least 1
     */
    Duration next(int failures) {
      long from = base.toMillis();
      long most = Math.min(max.toMillis(), from << Math.min(failures - 1, 20));
      return Duration.ofMillis(
          ThreadLocalRandom.current().nextLong(from, Math.max(from, most) + 1));
    }
  }

  /**
   * A name with what holds for each member it stands for.
   *
   * @param host a host name, or an IP address, which needs no looking up
   * @param hostname what the member is called; the host where the configuration says nothing
   */
  public record Target(
      String host,
      int port,
      String hostname,
      int weight,
      HealthStatus health,
      Locality locality,
      int priority,
      Map<String, Object> metadata) {}
}
