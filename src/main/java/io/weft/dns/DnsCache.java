package io.weft.dns;

import io.weft.cluster.Cluster;
import io.weft.cluster.Permits;
import io.weft.logging.LimitedLog;
import io.weft.net.NetAddress;
import io.weft.stats.Scope;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names that clients ask for with their addresses: bounded in number, looked up again as their
 * time to live says, forgotten when nobody asks any more. Shared by all carriers.
 *
 * <p>What it tells are addresses that may be connected to; the clusters that were added have a
 * member for each, and connect to that address and no other, so a name that resolves differently
 * between the check and the connection gains nothing.
 *
 * <p>{@link #load} never waits: lookups run on threads of {@link DnsCaches}.
 */
public final class DnsCache {
  private static final Logger log = LoggerFactory.getLogger("dns");

  private static final LimitedLog refusals = LimitedLog.of(log);

  private final DnsCacheConfig config;
  private final Supplier<Resolver> resolver;
  private final AddressRules rules;
  private final ScheduledExecutorService threads;
  private final DnsCacheStats stats;
  private final Permits pending;
  private final Permits room;
  private final Map<String, DnsHost> hosts = new ConcurrentHashMap<>();
  private final List<ForwardMembers> members = new CopyOnWriteArrayList<>();

  DnsCache(
      DnsCacheConfig config,
      Supplier<Resolver> resolver,
      AddressRules rules,
      ScheduledExecutorService threads,
      Scope scope) {
    this.config = config;
    this.resolver = resolver;
    this.rules = rules;
    this.threads = threads;
    this.stats = new DnsCacheStats(scope);
    this.pending = new Permits(config.maxPending());
    this.room = new Permits(config.maxHosts());
    var breakers = scope.scope("circuit_breakers");
    breakers.gauge("rq_pending_open", () -> pending.remaining() == 0 ? 1 : 0);
    breakers.gauge("rq_pending_remaining", pending::remaining);
  }

  DnsCacheConfig config() {
    return config;
  }

  /** Gives the cluster a member for each name that has an address. At load only. */
  public void addCluster(Cluster cluster) {
    members.add(new ForwardMembers(cluster));
  }

  /** Whether the cluster has its members from here. */
  public boolean serves(Cluster cluster) {
    for (ForwardMembers each : members) {
      if (each.cluster().equals(cluster)) {
        return true;
      }
    }
    return false;
  }

  /**
   * What is known of a host; its first lookup begins with the first call. Never blocks.
   *
   * @param name a host name, or an IP address without brackets
   * @return null if there are as many names as there may be
   */
  public @Nullable DnsHost load(String name, int port) {
    String lower = name.toLowerCase(Locale.ROOT);
    String key = lower.indexOf(':') < 0 ? lower + ":" + port : "[" + lower + "]:" + port;
    long now = System.nanoTime();
    DnsHost known = hosts.get(key);
    if (known != null) {
      known.used(now);
      return known;
    }
    if (!room.tryAcquire()) {
      stats.hostOverflow.inc();
      return null;
    }
    var added = new DnsHost(key, lower, port, now);
    known = hosts.putIfAbsent(key, added);
    if (known != null) {
      room.release();
      return known;
    }
    stats.hostAdded.inc();
    stats.hosts.inc();
    start(added);
    return added;
  }

  /** Takes one of the permits to wait for a lookup, or says that there is none. */
  public boolean tryWait() {
    if (pending.tryAcquire()) {
      return true;
    }
    stats.requestPendingOverflow.inc();
    return false;
  }

  /** Gives the permit back. */
  public void endWait() {
    pending.release();
  }

  private void start(DnsHost host) {
    if (!config.queryTimeout().isZero()) {
      var _ =
          threads.schedule(
              () -> tooLate(host), config.queryTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }
    threads.execute(() -> visit(host));
  }

  private void tooLate(DnsHost host) {
    if (!host.isResolved()) {
      stats.queryTimeout.inc();
      host.late();
      host.resolved();
    }
  }

  /** Looks a host up again or, if nobody has asked for it in a while, forgets it. */
  private void visit(DnsHost host) {
    Duration wait = config.refresh();
    try {
      if (isUnused(host)) {
        forget(host);
        return;
      }
      wait = lookUp(host);
    } catch (RuntimeException e) {
      log.error("{}: looking it up failed", host, e);
      host.failed("internal_error");
    }
    host.resolved();
    if (host.address() == null && !config.refreshesFailures()) {
      forget(host); // who asks next starts anew
    } else {
      later(host, wait);
    }
  }

  private boolean isUnused(DnsHost host) {
    return host.isResolved() && System.nanoTime() - host.usedNanos() >= config.hostTtl().toNanos();
  }

  /** The next visit: for a lookup, or before, to see whether the host is still in use. */
  private void later(DnsHost host, Duration lookup) {
    long unused = System.nanoTime() - host.usedNanos();
    long left = Math.max(1_000_000, config.hostTtl().toNanos() - unused);
    boolean early = left < lookup.toNanos();
    Runnable next = early ? () -> check(host, lookup.minusNanos(left)) : () -> visit(host);
    if (!threads.isShutdown()) {
      var _ = threads.schedule(next, early ? left : lookup.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void check(DnsHost host, Duration lookup) {
    if (isUnused(host)) {
      forget(host);
    } else {
      later(host, lookup);
    }
  }

  private void forget(DnsHost host) {
    if (hosts.remove(host.key(), host)) {
      members.forEach(each -> each.remove(host));
      room.release();
      stats.hostRemoved.inc();
      stats.hosts.dec();
    }
  }

  /** Blocks; returns how long to wait before the next lookup. */
  private Duration lookUp(DnsHost host) {
    NetAddress.Ip literal = NetAddress.Ip.parse(host.name(), host.port());
    if (literal != null) {
      take(host, List.of(literal));
      return config.hostTtl();
    }
    stats.queryAttempt.inc();
    try {
      Answer answer = resolver.get().lookUp(host.name(), config.family());
      stats.querySuccess.inc();
      host.succeeded();
      take(host, answer.addresses().stream().map(each -> address(each, host.port())).toList());
      long ttl = Math.max(answer.ttlSeconds(), config.minRefresh().toSeconds());
      return Duration.ofSeconds(Math.min(ttl, Integer.MAX_VALUE));
    } catch (LookupException e) {
      stats.queryFailure.inc();
      int failures = host.failed(e.reason().name().toLowerCase(Locale.ROOT));
      log.debug("{}: {}", host, e.getMessage());
      var backoff = config.failureRefresh();
      return backoff == null ? config.refresh() : backoff.next(failures);
    }
  }

  private static NetAddress.Ip address(InetAddress address, int port) {
    return NetAddress.Ip.of(address.getHostAddress(), port);
  }

  /** Takes over the first address that may be connected to. */
  private void take(DnsHost host, List<NetAddress.Ip> addresses) {
    for (NetAddress.Ip address : addresses) {
      if (rules.allows(address)) {
        moveTo(host, address);
        return;
      }
    }
    stats.addressRefused.inc();
    host.failed("address_not_allowed");
    refusals.warn(
        "{}: {} may not be connected to (forward_proxy.allow)", host, addresses.getFirst());
    if (host.address() != null) {
      members.forEach(each -> each.remove(host));
      host.lost();
    }
  }

  private void moveTo(DnsHost host, NetAddress.Ip address) {
    NetAddress.Ip known = host.address();
    if (known != null && address.equals(known)) {
      return;
    }
    members.forEach(each -> each.put(host, address)); // before anybody is told that it is there
    host.found(address);
    stats.hostAddressChanged.inc();
  }
}
