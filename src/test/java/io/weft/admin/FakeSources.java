package io.weft.admin;

import io.weft.accesslog.AccessLog;
import io.weft.explain.Explain;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.runtime.ServerStats;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.stats.export.TagExtractor;
import io.weft.tls.CertificateFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy that is not there: real statistics, runtime and drain, made up clusters and listeners.
 */
final class FakeSources implements AdminSources {
  final Stats stats = new Stats();
  final Drain drain = new Drain();
  final RuntimeLayers runtime;
  final AtomicInteger reopens = new AtomicInteger();
  final AtomicInteger quits = new AtomicInteger();
  final List<DrainListeners> drains = new ArrayList<>();
  private final ServerStats serverStats = new ServerStats(stats, drain, 2, () -> 7);

  FakeSources() {
    this(true);
  }

  FakeSources(boolean adminLayer) {
    this.runtime =
        adminLayer ? RuntimeLayers.withDefaults(stats) : new RuntimeLayers(List.of(), null, stats);
    drain.live();
  }

  @Override
  public Stats stats() {
    return stats;
  }

  final List<String> logged = new CopyOnWriteArrayList<>();

  @Override
  public List<AccessLog> accessLogs() {
    return List.of(call ->
        logged.add(
            Objects.requireNonNull(call.request()).method()
                + " "
                + call.request().path()
                + " "
                + call.responseCode()
                + " "
                + call.bytesSent()
                + " "
                + (call.endNanos() >= call.startNanos())));
  }

  @Override
  public TagExtractor tags() {
    return TagExtractor.defaults();
  }

  @Override
  public ServerStats serverStats() {
    return serverStats;
  }

  @Override
  public List<CertificateFacts> certificates() {
    return List.of();
  }

  @Override
  public Drain drain() {
    return drain;
  }

  @Override
  public RuntimeLayers runtime() {
    return runtime;
  }

  @Override
  public String version() {
    return "weft/test";
  }

  @Override
  public Map<String, ?> commandLineOptions() {
    return Map.of("concurrency", 2);
  }

  @Override
  public Map<String, ?> node() {
    return Map.of("id", "n\"1");
  }

  @Override
  public List<ListenerStatus> listeners() {
    return List.of(new ListenerStatus("ingress", List.of("127.0.0.1:10000", "[::1]:10000")));
  }

  @Override
  public List<ClusterStatus> clusters() {
    return List.of(cluster("web", List.of()), cluster("db", List.of("failed_active_hc")));
  }

  private static ClusterStatus cluster(String name, List<String> failures) {
    return new ClusterStatus(
        name,
        name,
        false,
        ClusterStatus.Thresholds.DEFAULT,
        ClusterStatus.Thresholds.DEFAULT,
        List.of(
            new ClusterStatus.Host(
                "10.0.0.1:80",
                "",
                failures,
                1,
                "eu",
                "",
                "",
                false,
                0,
                new ClusterStatus.HostStats(1, 2, 3, 4, 5, 6, 7, 8))));
  }

  @Override
  public List<Map<String, ?>> configDump(boolean withEndpoints) {
    return List.of(
        Map.of(
            "@type",
            "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
            "static_clusters",
            List.of(
                Map.of("cluster", Map.of("name", "web")), Map.of("cluster", Map.of("name", "db")))),
        Map.of(
            "@type",
            "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
            "static_secrets",
            List.of(
                Map.of(
                    "name",
                    "cert",
                    "secret",
                    Map.of("private_key", Map.of("inline_string", "CANARY")))),
            "with_endpoints",
            withEndpoints));
  }

  @Override
  public Map<String, Object> explain(Explain.Question question, Problems problems) {
    if (question.request().path().equals("/wrong")) {
      problems.error(new Place("a.yaml", 1, 1, ""), "wrong");
    }
    var told = new LinkedHashMap<String, Object>();
    told.put("asked", question.request().method() + " " + question.request().path());
    told.put("headers", String.join(",", question.request().headers().all("x-a")));
    told.put("listener", question.listener());
    told.put("body", question.bodySize() + " of " + question.random());
    told.put("runtime", question.runtime().toString());
    return told;
  }

  @Override
  public void drainListeners(DrainListeners how) {
    drains.add(how);
  }

  @Override
  public void reopenLogs() {
    reopens.incrementAndGet();
  }

  @Override
  public void quit() {
    quits.incrementAndGet();
  }
}
