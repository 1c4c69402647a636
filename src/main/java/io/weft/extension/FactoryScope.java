package io.weft.extension;

import io.weft.accesslog.AccessLog;
import io.weft.cluster.Clusters;
import io.weft.dns.DnsCaches;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import java.util.List;
import java.util.function.Supplier;

/** What a factory may use while it makes a filter, and what the filter may keep. */
public interface FactoryScope {
  /** Where the filter counts. */
  Stats stats();

  /** The clusters as they are now; asked anew for each stream. */
  Supplier<Clusters> clusters();

  /**
   * Whether the configuration has a cluster of that name, be it one that is refused: what is wrong
   * with that one has been said, and what names it is right.
   */
  default boolean namesCluster(String name) {
    return clusters().get().find(name) != null;
  }

  /** The drain of the listener the filter serves. */
  Drain drain();

  /** Runtime values; a snapshot is taken for each stream. */
  RuntimeLayers runtime();

  /** Where a factory reports what is wrong with its configuration, with its place. */
  Problems problems();

  /** The access logs that a repeated {@code access_log} field asks for. */
  List<AccessLog> accessLogs(List<Message> configs);

  /** The name of the service that this process is part of, as configured; empty if it is not. */
  String nodeCluster();

  /** The name of this process, as configured; empty if it has none. */
  String nodeId();

  /** Everything that can be named in a configuration. */
  Extensions extensions();

  /** The caches of names that clients ask for. */
  DnsCaches dnsCaches();

  /** How many bytes of one stream the listener lets a filter keep. */
  default int bufferLimitBytes() {
    return 1024 * 1024;
  }

  /** The process-wide defaults for what a configuration leaves out: true for {@code edge}. */
  boolean edgeDefaults();
}
