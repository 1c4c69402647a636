package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.mutation.Mutations;
import java.util.List;

/**
 * What a route table says for all its virtual hosts. Immutable.
 *
 * @param headers changes of requests and responses
 * @param mostSpecificWins whether the route's changes come last, and not the table's
 * @param internalOnly headers that requests from outside may not bring
 * @param ignoreParameters whether a path is compared without what follows its first {@code ;}
 * @param mirrors where copies of the requests of virtual hosts go that say nothing of it
 */
public record TableOptions(
    Mutations headers,
    boolean mostSpecificWins,
    List<HeaderName> internalOnly,
    boolean ignoreParameters,
    List<MirrorPolicy> mirrors) {
  /** Nothing said. */
  public static final TableOptions NONE =
      new TableOptions(Mutations.NONE, false, List.of(), false, List.of());

  public TableOptions {
    internalOnly = List.copyOf(internalOnly);
    mirrors = List.copyOf(mirrors);
  }
}
