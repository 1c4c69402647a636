package io.weft.stats.export;

import java.util.List;

/**
 * A statistic's name without the parts that became tags, {@code cluster.upstream_rq_total}, and
 * those.
 */
public record TaggedName(String name, List<Tag> tags) {
  public TaggedName {
    tags = List.copyOf(tags);
  }
}
