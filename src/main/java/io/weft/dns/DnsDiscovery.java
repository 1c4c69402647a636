package io.weft.dns;

import io.weft.cluster.Cluster;
import io.weft.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the names of all clusters that have some, again and again, on a few threads of its own.
 * Lives as long as the server.
 */
public final class DnsDiscovery implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger("dns");
  private static final int MAX_THREADS = 16;

  private final List<DnsMembers> all = new ArrayList<>();
  private final ScheduledThreadPoolExecutor threads;

  /** A discovery for these clusters; nothing is looked up before {@link #start}. */
  public DnsDiscovery(Map<Cluster, DnsCluster> clusters) {
    Map<ResolverConfig, Resolver> resolvers = new HashMap<>();
    clusters.forEach((cluster, config) ->
        all.add(
            new DnsMembers(
                cluster, config, resolvers.computeIfAbsent(config.resolver(), Resolver::new))));
    threads =
        new ScheduledThreadPoolExecutor(
            Math.max(1, Math.min(MAX_THREADS, all.size())),
            Thread.ofPlatform().daemon().name("dns-", 0).factory());
    threads.setRemoveOnCancelPolicy(true);
  }

  /**
   * Starts to look up; blocks until every cluster that listeners wait for has had its first answer
   * or failure, for {@code most} at most.
   */
  public void start(Duration most) throws InterruptedException {
    all.forEach(members -> threads.execute(() -> lookUp(members)));
    Deadline deadline = Deadline.after(most);
    for (DnsMembers members : all) {
      if (members.waitsAtStart()
          && !members.first().await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        log.warn(
            "cluster {}: no answer from DNS in {} s, listening without its endpoints",
            members.cluster().name(),
            most.toSeconds());
      }
    }
  }

  private void lookUp(DnsMembers members) {
    Duration wait = Duration.ofSeconds(5);
    try {
      wait = members.lookUp();
    } catch (RuntimeException e) {
      log.error("cluster {}: looking up its names failed", members.cluster().name(), e);
    } finally {
      if (!threads.isShutdown()) {
        var _ = threads.schedule(() -> lookUp(members), wait.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Looks up no more; a lookup that is going on publishes nothing new to anybody who listens. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
