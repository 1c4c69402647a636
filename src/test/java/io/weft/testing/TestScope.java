package io.weft.testing;

import io.weft.accesslog.AccessLog;
import io.weft.cluster.Clusters;
import io.weft.extension.Extensions;
import io.weft.extension.FactoryScope;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import java.util.List;
import java.util.function.Supplier;

/** What a factory of a filter finds in a test: statistics and problems, and no clusters. */
public final class TestScope implements FactoryScope {
  private final Stats stats = new Stats();
  private final Problems problems = new Problems();
  private final RuntimeLayers runtime = RuntimeLayers.withDefaults(stats);

  @Override
  public Stats stats() {
    return stats;
  }

  @Override
  public Supplier<Clusters> clusters() {
    throw new UnsupportedOperationException("no clusters in this test");
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
    return List.of();
  }

  @Override
  public Extensions extensions() {
    return new Extensions(List.of(), List.of(), List.of());
  }

  @Override
  public boolean edgeDefaults() {
    return true;
  }
}
