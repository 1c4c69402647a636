package io.weft.cluster;

import io.weft.stats.Counter;
import io.weft.stats.Scope;

/** How the membership of a cluster is kept up to date, by Envoy's names. Any thread may count. */
public final class UpdateStats {
  public final Counter attempt;
  public final Counter success;
  public final Counter failure;
  public final Counter empty;
  public final Counter noRebuild;

  UpdateStats(Scope cluster) {
    attempt = cluster.counter("update_attempt");
    success = cluster.counter("update_success");
    failure = cluster.counter("update_failure");
    empty = cluster.counter("update_empty");
    noRebuild = cluster.counter("update_no_rebuild");
  }
}
