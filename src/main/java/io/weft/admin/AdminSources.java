package io.weft.admin;

import io.weft.accesslog.AccessLog;
import io.weft.explain.Explain;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.runtime.ServerStats;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.stats.export.TagExtractor;
import io.weft.tls.CertificateFacts;
import java.util.List;
import java.util.Map;

/**
 * What the admin server shows and may change. The composition root fills it; called from any
 * thread, often, so it answers from snapshots and does not wait for a carrier. Maps and lists are
 * JSON trees of strings, numbers, booleans, maps and lists, with Envoy's field names.
 */
public interface AdminSources {
  Stats stats();

  TagExtractor tags();

  /** What is told of every call of the admin server. */
  List<AccessLog> accessLogs();

  ServerStats serverStats();

  Drain drain();

  RuntimeLayers runtime();

  /** Version as in {@code weft version}. */
  String version();

  /** {@code envoy.admin.v3.CommandLineOptions}. */
  Map<String, ?> commandLineOptions();

  /** {@code envoy.config.core.v3.Node}. */
  Map<String, ?> node();

  List<ListenerStatus> listeners();

  List<ClusterStatus> clusters();

  /** The certificates of listeners and clusters. */
  List<CertificateFacts> certificates();

  /**
   * The messages of {@code envoy.admin.v3.ConfigDump.configs}, each with its {@code @type}. Secrets
   * among them are left out by whoever makes them, and once more by the admin server.
   *
   * @param withEndpoints whether an {@code EndpointsConfigDump} is wanted
   */
  List<Map<String, ?>> configDump(boolean withEndpoints);

  /**
   * What happens to a request, by part ({@code weft explain}); what is wrong goes to {@code
   * problems}. Takes as long as reading the route table does.
   */
  Map<String, Object> explain(Explain.Question question, Problems problems);

  /** Stops accepting; returns once that is begun. */
  void drainListeners(DrainListeners how);

  /** Opens access logs anew behind what has been logged so far. */
  void reopenLogs();

  /** Ends the process in an orderly way; returns at once. */
  void quit();

  /**
   * How listeners are drained.
   *
   * @param inboundOnly only those with {@code traffic_direction: INBOUND}
   * @param graceful connections are drained for the drain time before the sockets close
   * @param skipExit after a graceful drain the sockets stay open
   */
  record DrainListeners(boolean inboundOnly, boolean graceful, boolean skipExit) {}
}
