package io.weft.upstream;

import io.weft.cluster.EndpointSet;
import io.weft.cluster.lb.RoundRobin;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Who is next among the endpoints of one set, for one carrier. */
final class Picker {
  private final EndpointSet set;
  private final EndpointSet.@Nullable Source only;
  private final RoundRobin[] turns;
  private final SplittableRandom random;
  private boolean panicked;

  Picker(EndpointSet set, SplittableRandom random) {
    this.set = set;
    this.random = random;
    var sources = set.sources();
    only = sources.size() == 1 ? sources.getFirst() : null;
    turns = new RoundRobin[sources.size()];
    for (int i = 0; i < turns.length; i++) {
      turns[i] = new RoundRobin(sources.get(i).weights(), random.nextLong());
    }
  }

  EndpointSet set() {
    return set;
  }

  /** The index of an endpoint in the set, -1 if there is none that may be chosen. */
  int next(HostChoice choice, int pick) {
    if (only != null) {
      return next(only, turns[0]);
    }
    int draw = turns.length == 0 ? 0 : random.nextInt(100);
    for (int i = 0; i < turns.length; i++) {
      var source = set.sources().get(i);
      if (draw < source.upTo()) {
        return next(source, turns[i]);
      }
    }
    return -1;
  }

  /** Whether the last pick set health aside. */
  boolean panicked() {
    return panicked;
  }

  private int next(EndpointSet.Source source, RoundRobin turn) {
    panicked = source.panic();
    int picked = turn.next();
    return picked < 0 ? -1 : source.endpoints()[picked];
  }
}
