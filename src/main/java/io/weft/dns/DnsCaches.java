package io.weft.dns;

import io.weft.cluster.Cluster;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The caches of names that clients ask for, by their names, and the threads that look them up:
 * started by the first lookup, ended when there is nothing to do. One per process; lives as long as
 * the server.
 */
public final class DnsCaches implements AutoCloseable {
  /** So many names are looked up at a time: a name server that is slow holds back no more. */
  private static final int THREADS = 32;

  private final Stats stats;
  private final @Nullable Message bootstrapResolver;
  private final AddressRules rules;
  private final Map<String, DnsCache> caches = new HashMap<>();
  private final Map<ResolverConfig, Resolver> resolvers = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor threads;

  /**
   * No cache so far.
   *
   * @param bootstrapResolver who is asked where a cache does not say
   * @param rules which addresses may be connected to
   */
  public DnsCaches(Stats stats, @Nullable Message bootstrapResolver, AddressRules rules) {
    this.stats = stats;
    this.bootstrapResolver = bootstrapResolver;
    this.rules = rules;
    threads =
        new ScheduledThreadPoolExecutor(
            THREADS, Thread.ofPlatform().daemon().name("dns-cache-", 0).factory());
    threads.setKeepAliveTime(30, TimeUnit.SECONDS);
    threads.allowCoreThreadTimeOut(true);
  }

  /** Gives a cluster of a dynamic forward proxy its members; what is wrong is reported. */
  public void addCluster(Cluster cluster, Message config, Problems problems) {
    DnsCache cache = cache(config, problems);
    var tls = cluster.config().tls();
    if (tls != null
        && !(tls.autoServerName() && tls.autoCheckedName())
        && !config.bool("allow_insecure_cluster_options")) {
      problems.error(
          config.place(),
          "connections are not checked to be to the host that was asked for (expected: auto_sni"
              + " and auto_san_validation, or allow_insecure_cluster_options)");
    }
    if (cache != null) {
      cache.addCluster(cluster);
    }
  }

  /**
   * The cache that the {@code dns_cache_config} of a message asks for, the same one for each
   * message that says the same; null if {@code problems} was told why not.
   */
  public synchronized @Nullable DnsCache cache(Message holder, Problems problems) {
    Message message = holder.message("dns_cache_config");
    if (message == null) {
      problems.error(holder.place("dns_cache_config"), "must be set");
      return null;
    }
    int before = problems.errors().size();
    DnsCacheConfig config = read(message, problems);
    if (problems.errors().size() > before) {
      return null;
    }
    DnsCache known = caches.get(config.name());
    if (known == null) {
      known =
          new DnsCache(
              config,
              () -> resolvers.computeIfAbsent(config.resolver(), Resolver::new),
              rules,
              threads,
              stats.scope("dns_cache").scope(config.name()));
      caches.put(config.name(), known);
    } else if (!known.config().equals(config)) {
      problems.error(
          message.place(),
          "another DNS cache '"
              + config.name()
              + "' has other settings (expected: the same wherever it is named)");
    }
    return known;
  }

  private DnsCacheConfig read(Message message, Problems problems) {
    Duration ttl = message.duration("host_ttl", DnsCacheConfig.DEFAULT_HOST_TTL);
    Message breaker = message.message("dns_cache_circuit_breaker");
    return new DnsCacheConfig(
        message.string("name"),
        DnsClusterReader.family(message),
        message.duration("dns_refresh_rate", DnsCacheConfig.DEFAULT_REFRESH),
        message.duration("dns_min_refresh_rate", DnsCacheConfig.DEFAULT_MIN_REFRESH),
        ttl,
        message.integer("max_hosts", DnsCacheConfig.DEFAULT_MAX_HOSTS),
        DnsClusterReader.backoff(message, problems),
        !message.bool("disable_dns_refresh_on_failure"),
        breaker == null
            ? DnsCacheConfig.DEFAULT_MAX_PENDING
            : breaker.integer("max_pending_requests", DnsCacheConfig.DEFAULT_MAX_PENDING),
        message.duration("dns_query_timeout", DnsCacheConfig.DEFAULT_QUERY_TIMEOUT),
        resolver(message, problems));
  }

  private ResolverConfig resolver(Message message, Problems problems) {
    Message typed = message.message("typed_dns_resolver_config");
    Message old = message.message("dns_resolution_config");
    if (typed == null && old != null) {
      return ResolverReader.resolvers(old, false, problems);
    }
    typed = typed == null ? bootstrapResolver : typed;
    Message config = typed == null ? null : typed.any("typed_config");
    return config == null
        ? new ResolverConfig(List.of(), false, message.bool("use_tcp_for_dns_lookups"), true)
        : ResolverReader.typed(config, problems);
  }

  /** Looks up no more. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
