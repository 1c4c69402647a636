package io.weft.dns;

import io.weft.cluster.Cluster;
import io.weft.cluster.EndpointConfig;
import io.weft.cluster.UpdateStats;
import io.weft.net.NetAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the members of one cluster as DNS names them. A lookup that fails, or that finds nothing,
 * leaves the members that were there (Envoy's STRICT_DNS drops them when a name ceases to exist).
 *
 * <p>{@link #lookUp} is called by one thread at a time; what it publishes is a snapshot.
 */
final class DnsMembers {
  private static final Logger log = LoggerFactory.getLogger("dns");

  private final Cluster cluster;
  private final DnsCluster config;
  private final Resolver resolver;
  private final UpdateStats stats;
  private final CountDownLatch first = new CountDownLatch(1);

  /** What each target was last known to be, in the order of the configuration. */
  private final SequencedMap<DnsCluster.Target, List<InetAddress>> known = new LinkedHashMap<>();

  private int failures;
  private String said = "";

  DnsMembers(Cluster cluster, DnsCluster config, Resolver resolver) {
    this.cluster = cluster;
    this.config = config;
    this.resolver = resolver;
    stats = cluster.stats().updates();
  }

  /** Reached when the first lookup has ended, well or not. */
  CountDownLatch first() {
    return first;
  }

  Cluster cluster() {
    return cluster;
  }

  boolean waitsAtStart() {
    return config.waitsAtStart();
  }

  /** Looks every name up and publishes what has changed; blocks. Returns when to come again. */
  Duration lookUp() {
    try {
      long ttl = Long.MAX_VALUE;
      boolean failed = false;
      var failure = "";
      for (DnsCluster.Target target : config.targets()) {
        NetAddress.Ip literal = NetAddress.Ip.parse(target.host(), target.port());
        if (literal != null) {
          known.put(target, List.of(InetAddress.ofLiteral(literal.host())));
          continue;
        }
        stats.attempt.inc();
        try {
          Answer answer = resolver.lookUp(target.host(), config.family());
          stats.success.inc();
          known.put(target, answer.addresses());
          ttl = Math.min(ttl, answer.ttlSeconds());
        } catch (LookupException e) {
          (e.isEmpty() ? stats.empty : stats.failure).inc();
          failed = true;
          failure = String.valueOf(e.getMessage());
        }
      }
      publish();
      tell(failed, failure);
      return again(failed, ttl);
    } finally {
      first.countDown();
    }
  }

  private void publish() {
    Map<NetAddress, EndpointConfig> members = new LinkedHashMap<>(); // an address counts once
    for (DnsCluster.Target target : config.targets()) {
      for (InetAddress each : known.getOrDefault(target, List.of())) {
        var address = NetAddress.Ip.of(each.getHostAddress(), target.port());
        members.putIfAbsent(
            address,
            new EndpointConfig(
                address,
                target.hostname(),
                target.weight(),
                target.health(),
                target.locality(),
                target.priority(),
                target.metadata()));
        if (config.logical()) {
          break;
        }
      }
    }
    List<EndpointConfig> found = new ArrayList<>(members.values());
    boolean changed =
        config.logical() && !found.isEmpty()
            ? cluster.moveOnlyMember(found.getFirst())
            : cluster.update(found);
    if (!changed) {
      stats.noRebuild.inc();
    }
  }

  /** One line when it begins to fail, one when it works again. */
  private void tell(boolean failed, String failure) {
    if (failed && !failure.equals(said)) {
      log.warn(
          "cluster {}: {}; {} endpoints are kept",
          cluster.name(),
          failure,
          cluster.endpoints().all().size());
    } else if (!failed && !said.isEmpty()) {
      log.info("cluster {}: resolved again: {}", cluster.name(), cluster.endpoints().all());
    }
    said = failed ? failure : "";
  }

  private Duration again(boolean failed, long ttlSeconds) {
    failures = failed ? failures + 1 : 0;
    DnsCluster.Backoff backoff = config.failureRefresh();
    if (failed && backoff != null) {
      return backoff.next(failures);
    }
    boolean byTtl = config.respectTtl() && !failed && ttlSeconds > 0 && ttlSeconds < 1L << 31;
    Duration wait = byTtl ? Duration.ofSeconds(ttlSeconds) : config.refresh();
    long jitter = config.jitter().toMillis();
    return jitter == 0 ? wait : wait.plusMillis(ThreadLocalRandom.current().nextLong(jitter + 1));
  }
}
