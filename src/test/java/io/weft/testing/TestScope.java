package io.weft.testing;

import io.weft.accesslog.AccessLog;
import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.dns.DnsCaches;
import io.weft.extension.Extensions;
import io.weft.extension.FactoryScope;
import io.weft.format.Facts;
import io.weft.format.ResponseFlag;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/** What a filter factory gets in a test; what would be logged is kept. */
public final class TestScope implements FactoryScope {
  private final Stats stats;
  private final Clusters clusters;
  private final RuntimeLayers runtime;
  private final Problems problems = new Problems();
  private final LinkedBlockingQueue<Logged> logged = new LinkedBlockingQueue<>();

  /** Without clusters, with statistics of its own. */
  public TestScope() {
    this(new Stats(), Clusters.NONE);
  }

  private TestScope(Stats stats, Clusters clusters) {
    this.stats = stats;
    this.clusters = clusters;
    this.runtime = RuntimeLayers.withDefaults(stats);
  }

  public static TestScope of(Stats stats, Cluster... clusters) {
    return new TestScope(stats, Clusters.of(List.of(clusters)));
  }

  /**
   * What a log would have said.
   *
   * @param flags the short names of the response flags, joined by commas
   */
  public record Logged(
      String flags, String cluster, String host, long received, long sent, int attempts) {
    static Logged of(Facts facts) {
      return new Logged(
          ResponseFlag.text(facts.responseFlags()),
          String.valueOf(facts.upstreamCluster()),
          String.valueOf(facts.upstreamHost()),
          facts.bytesReceived(),
          facts.bytesSent(),
          facts.upstreamAttempts());
    }
  }

  @Override
  public DnsCaches dnsCaches() {
    throw new UnsupportedOperationException("no DNS caches in this test");
  }

  @Override
  public String nodeCluster() {
    return "";
  }

  @Override
  public String nodeId() {
    return "";
  }

  /** What was logged, in order. */
  public LinkedBlockingQueue<Logged> logged() {
    return logged;
  }

  @Override
  public Stats stats() {
    return stats;
  }

  @Override
  public Supplier<Clusters> clusters() {
    return () -> clusters;
  }

  @Override
  public Drain drain() {
    throw new UnsupportedOperationException("no drain in this test");
  }

  @Override
  public RuntimeLayers runtime() {
    return runtime;
  }

  @Override
  public Problems problems() {
    return problems;
  }

  @Override
  public List<AccessLog> accessLogs(List<Message> configs) {
    return List.of(facts -> logged.add(Logged.of(facts)));
  }

  @Override
  public Extensions extensions() {
    return new Extensions(List.of(), List.of(), List.of(), new io.weft.extension.UserFilters());
  }

  @Override
  public boolean edgeDefaults() {
    return true;
  }
}
