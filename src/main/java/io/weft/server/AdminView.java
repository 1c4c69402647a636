package io.weft.server;

import io.weft.accesslog.AccessLog;
import io.weft.admin.AdminSources;
import io.weft.admin.ClusterStatus;
import io.weft.admin.ListenerStatus;
import io.weft.cluster.CircuitBreakerConfig;
import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.HealthStatus;
import io.weft.config.Setting;
import io.weft.explain.Explain;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.ServerStats;
import io.weft.schema.JsonForm;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.stats.export.TagExtractor;
import io.weft.tls.CertificateFacts;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What a running server lets the admin server see and do. */
final class AdminView implements AdminSources {
  private final Server server;
  private final ServerStats serverStats;
  private final ConfigDump dump;
  private final TagExtractor tags;

  AdminView(Server server) {
    this.server = server;
    this.serverStats =
        new ServerStats(
            server.stats(),
            server.drain(),
            server.carriers().size(),
            () -> server.listeners().activeConnections());
    this.dump = new ConfigDump(server.configuration());
    this.tags = new StatsConfigReader(server.configuration().bootstrap(), new Problems()).tags();
  }

  @Override
  public Stats stats() {
    return server.stats();
  }

  @Override
  public TagExtractor tags() {
    return tags;
  }

  @Override
  public ServerStats serverStats() {
    return serverStats;
  }

  @Override
  public Drain drain() {
    return server.drain();
  }

  @Override
  public RuntimeLayers runtime() {
    return server.runtime();
  }

  @Override
  public String version() {
    return "weft/" + Version.TEXT;
  }

  @Override
  public Map<String, ?> commandLineOptions() {
    var options = new LinkedHashMap<String, Object>();
    options.put("config_path", server.options().config().toString());
    options.put("concurrency", server.carriers().size());
    options.put("drain_time", server.drainTime().toSeconds() + "s");
    options.put("mode", "Serve");
    options.put("service_cluster", server.configuration().nodeCluster());
    options.put("service_node", server.configuration().nodeId());
    server
        .options()
        .given()
        .forEach((name, value) -> options.putIfAbsent(name.replace('-', '_'), value));
    return options;
  }

  @Override
  public Map<String, ?> node() {
    var node = new LinkedHashMap<String, Object>();
    node.put("id", server.configuration().nodeId());
    node.put("cluster", server.configuration().nodeCluster());
    var configured = server.configuration().node();
    if (configured != null) {
      JsonForm.tree(configured).forEach(node::putIfAbsent);
    }
    node.put("user_agent_name", "weft");
    return node;
  }

  @Override
  public List<ListenerStatus> listeners() {
    return server.listeners().all().stream()
        .map(listener ->
            new ListenerStatus(
                listener.name(), listener.addresses().stream().map(Object::toString).toList()))
        .toList();
  }

  @Override
  public List<CertificateFacts> certificates() {
    return server.tls().certificates();
  }

  @Override
  public List<ClusterStatus> clusters() {
    return server.assembly().clusters().all().stream().map(AdminView::status).toList();
  }

  private static ClusterStatus status(Cluster cluster) {
    return new ClusterStatus(
        cluster.name(),
        cluster.config().statName(),
        false,
        thresholds(cluster.config().defaults()),
        thresholds(cluster.config().high()),
        cluster.endpoints().all().stream().map(AdminView::host).toList());
  }

  private static ClusterStatus.Thresholds thresholds(CircuitBreakerConfig limits) {
    return new ClusterStatus.Thresholds(
        limits.maxConnections(),
        limits.maxPendingRequests(),
        limits.maxRequests(),
        limits.maxRetries());
  }

  private static ClusterStatus.Host host(Endpoint endpoint) {
    var config = endpoint.config();
    var stats = endpoint.stats();
    var locality = config.locality();
    return new ClusterStatus.Host(
        endpoint.address().toString(),
        config.hostname(),
        failures(config.health()),
        config.weight(),
        locality.region(),
        locality.zone(),
        locality.subZone(),
        false,
        config.priority(),
        new ClusterStatus.HostStats(
            stats.sum(Fact.CX_ACTIVE),
            stats.sum(Fact.CX_CONNECT_FAIL),
            stats.sum(Fact.CX_TOTAL),
            stats.sum(Fact.RQ_ACTIVE),
            stats.sum(Fact.RQ_ERROR),
            stats.sum(Fact.RQ_SUCCESS),
            stats.sum(Fact.RQ_TIMEOUT),
            stats.sum(Fact.RQ_TOTAL)));
  }

  private static List<String> failures(HealthStatus health) {
    return switch (health) {
      case HEALTHY -> List.of();
      case DEGRADED -> List.of("degraded_eds_health");
      case UNHEALTHY -> List.of("failed_eds_health");
    };
  }

  @Override
  public List<Map<String, ?>> configDump(boolean withEndpoints) {
    return dump.messages(withEndpoints);
  }

  @Override
  public Map<String, Object> explain(Explain.Question question, Problems problems) {
    var live =
        new Explain.Live() {
          @Override
          public Clusters clusters() {
            return server.assembly().clusters();
          }

          @Override
          public RuntimeSnapshot runtime() {
            return server.runtime().snapshot();
          }
        };
    return Explain.of(server.configuration(), question, live, problems);
  }

  @Override
  public void drainListeners(DrainListeners how) {
    var chosen =
        server.assembly().listeners().stream()
            .filter(bound ->
                !how.inboundOnly()
                    || bound.message().enumName("traffic_direction").equals("INBOUND"))
            .toList();
    if (!how.graceful()) {
      chosen.forEach(this::stopAccepting);
      return;
    }
    var over = server.drainTime();
    var strategy =
        server.configuration().settings().text(Setting.DRAIN_STRATEGY).equals("immediate")
            ? Drain.Strategy.IMMEDIATE
            : Drain.Strategy.GRADUAL;
    for (var bound : chosen) {
      bound.drain().start(over, strategy);
    }
    if (!how.skipExit()) {
      CompletableFuture.delayedExecutor(over.toMillis(), TimeUnit.MILLISECONDS)
          .execute(() -> chosen.forEach(this::stopAccepting));
    }
  }

  private void stopAccepting(Assembly.Bound bound) {
    var listener = server.listeners().find(bound.config().name());
    if (listener != null) {
      listener.stopAccepting();
    }
  }

  @Override
  public List<AccessLog> accessLogs() {
    return server.assembly().adminLogs();
  }

  @Override
  public void reopenLogs() {
    server.logFiles().reopen();
  }

  @Override
  public void quit() {
    server.quit(Duration.ZERO);
  }
}
