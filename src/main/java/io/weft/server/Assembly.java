package io.weft.server;

import io.weft.accesslog.AccessLog;
import io.weft.accesslog.AccessLogReader;
import io.weft.accesslog.LogFiles;
import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterConfig;
import io.weft.cluster.ClusterReader;
import io.weft.cluster.Clusters;
import io.weft.config.Configuration;
import io.weft.config.Defaults;
import io.weft.config.Setting;
import io.weft.dns.AddressRules;
import io.weft.dns.DnsCaches;
import io.weft.dns.DnsCluster;
import io.weft.dns.DnsClusterReader;
import io.weft.extension.Extensions;
import io.weft.extension.FactoryScope;
import io.weft.listener.ListenerConfig;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.tls.Tls;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A configuration made into clusters and listeners, filters included, without opening a socket:
 * what {@code validate} checks is what {@code run} runs.
 *
 * @param namedByDns the clusters whose members DNS tells, with what they say of it
 * @param listeners those that could be read
 * @param adminLogs what is told of every call of the admin server
 */
record Assembly(
    Clusters clusters,
    Map<Cluster, DnsCluster> namedByDns,
    List<Bound> listeners,
    List<AccessLog> adminLogs) {
  /** A listener with the drain that its filters ask. */
  record Bound(ListenerConfig config, Drain drain, Message message) {}

  /**
   * What all parts of a process share.
   *
   * @param logFiles where access logs go; null where nothing is to be opened
   */
  record Shared(
      Stats stats,
      Drain drain,
      RuntimeLayers runtime,
      Extensions extensions,
      @Nullable LogFiles logFiles,
      Tls tls,
      DnsCaches names) {}

  /** The caches of a configuration, without any so far. */
  static DnsCaches names(Configuration configuration, Stats stats) {
    var allowed = configuration.settings().ranges(Setting.FORWARD_PROXY_ALLOW);
    return new DnsCaches(stats, configuration.dnsResolver(), new AddressRules(allowed));
  }

  /** Builds everything; what is wrong goes to {@code problems}, and the part is left out. */
  static Assembly of(Configuration configuration, Shared shared, Problems problems) {
    var statistics = new StatsConfigReader(configuration.bootstrap(), problems);
    statistics.tags(); // read again when the admin starts; here for what is wrong with it
    shared.stats().show(statistics.shown());
    shared.tls().secrets(configuration.secrets());
    List<Cluster> built = new ArrayList<>();
    Map<Cluster, DnsCluster> namedByDns = new LinkedHashMap<>();
    Set<String> refused = new HashSet<>();
    for (Message message : configuration.clusters()) {
      ClusterConfig config =
          ClusterReader.read(
              message,
              (context, statName, protocols) ->
                  shared
                      .tls()
                      .client(
                          context,
                          protocols,
                          shared.stats().scope("cluster").scope(statName),
                          configuration.defaults() == Defaults.EDGE,
                          problems),
              problems);
      DnsCluster dns = DnsClusterReader.read(message, configuration.dnsResolver(), problems);
      if (config == null) {
        refused.add(message.string("name"));
      } else {
        var cluster = new Cluster(config, shared.stats());
        built.add(cluster);
        if (dns != null) {
          namedByDns.put(cluster, dns);
        }
        Message forward = ClusterReader.forwardProxy(message);
        if (forward != null) {
          shared.names().addCluster(cluster, forward, problems);
        }
      }
    }
    Clusters clusters = Clusters.of(built);
    List<Bound> listeners = new ArrayList<>();
    for (Message message : configuration.listeners()) {
      Drain drain = shared.drain().ofListener(message.enumName("drain_type").equals("MODIFY_ONLY"));
      int buffer =
          (int)
              Math.min(
                  Integer.MAX_VALUE,
                  message.integer(
                      "per_connection_buffer_limit_bytes",
                      ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES));
      var scope = new Scope(configuration, shared, clusters, refused, drain, buffer, problems);
      LongSupplier limit = connectionLimit(configuration, shared.runtime(), message);
      ListenerConfig config = new ListenerReader(scope, shared.tls()).read(message, limit);
      if (config != null) {
        listeners.add(new Bound(config, drain, message));
      }
    }
    var admin =
        new AccessLogReader(shared.runtime()::snapshot, problems)
            .openIf(configuration.adminAccessLogs(), shared.logFiles());
    return new Assembly(clusters, namedByDns, listeners, admin);
  }

  /** Row 2.9: the runtime key of the listener, else the default of the set. */
  private static LongSupplier connectionLimit(
      Configuration configuration, RuntimeLayers runtime, Message listener) {
    String key = "envoy.resource_limits.listener." + listener.string("name") + ".connection_limit";
    long set = configuration.defaults().listenerConnectionLimit();
    long ifAbsent = set < 0 ? Long.MAX_VALUE : set;
    return () -> runtime.snapshot().integer(key, ifAbsent);
  }

  private record Scope(
      Configuration configuration,
      Shared shared,
      Clusters all,
      Set<String> refused,
      Drain drain,
      int bufferLimitBytes,
      Problems problems)
      implements FactoryScope {
    @Override
    public Stats stats() {
      return shared.stats();
    }

    @Override
    public Supplier<Clusters> clusters() {
      return () -> all;
    }

    @Override
    public boolean namesCluster(String name) {
      return all.find(name) != null || refused.contains(name);
    }

    @Override
    public RuntimeLayers runtime() {
      return shared.runtime();
    }

    @Override
    public List<AccessLog> accessLogs(List<Message> configs) {
      return new AccessLogReader(shared.runtime()::snapshot, problems)
          .openIf(configs, shared.logFiles());
    }

    @Override
    public DnsCaches dnsCaches() {
      return shared.names();
    }

    @Override
    public String nodeCluster() {
      return configuration.nodeCluster();
    }

    @Override
    public String nodeId() {
      return configuration.nodeId();
    }

    @Override
    public Extensions extensions() {
      return shared.extensions();
    }

    @Override
    public boolean edgeDefaults() {
      return configuration.defaults() == Defaults.EDGE;
    }
  }
}
