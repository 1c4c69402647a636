package io.weft.upstream;

import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointSet;
import io.weft.cluster.EndpointStats;
import io.weft.cluster.LbConfig;
import io.weft.cluster.lb.HashTable;
import io.weft.cluster.lb.LeastRequest;
import io.weft.cluster.lb.RoundRobin;
import io.weft.stream.StreamInfo;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Who is next among the endpoints of one set, for one carrier. */
final class Picker {
  private final EndpointSet set;
  private final EndpointSet.@Nullable Source only;
  private final RoundRobin[] turns;
  private final LeastRequest[] least;
  private final LbConfig.Policy policy;
  private final SplittableRandom random;
  private boolean panicked;

  Picker(EndpointSet set, SplittableRandom random) {
    this.set = set;
    this.random = random;
    policy = set.lb().policy();
    var sources = set.sources();
    only = sources.size() == 1 ? sources.getFirst() : null;
    turns = new RoundRobin[policy == LbConfig.Policy.ROUND_ROBIN ? sources.size() : 0];
    for (int i = 0; i < turns.length; i++) {
      turns[i] = new RoundRobin(sources.get(i).weights(), random.nextLong());
    }
    least = new LeastRequest[policy == LbConfig.Policy.LEAST_REQUEST ? sources.size() : 0];
    for (int i = 0; i < least.length; i++) {
      least[i] = new LeastRequest(sources.get(i).weights(), set.lb().choices());
    }
  }

  EndpointSet set() {
    return set;
  }

  /**
   * The index of an endpoint in the set, -1 if there is none that may be chosen.
   *
   * @param pick which pick it is for one request, from 0
   * @param stream whose runtime values count, null for a call that belongs to none
   */
  int next(HostChoice choice, int pick, @Nullable StreamInfo stream) {
    if (only != null) {
      return next(only, 0, choice, pick, stream);
    }
    int draw = set.sources().isEmpty() ? 0 : draw(choice);
    for (int i = 0; i < set.sources().size(); i++) {
      var source = set.sources().get(i);
      if (draw < source.upTo()) {
        return next(source, i, choice, pick, stream);
      }
    }
    return -1;
  }

  /** Which hundredth of the load it is; with a hash always the same one. */
  private int draw(HostChoice choice) {
    return choice.isHashed() && set.sources().getFirst().table() != null
        ? (int) Long.remainderUnsigned(choice.hash(), 100)
        : random.nextInt(100);
  }

  /** Whether the last pick set health aside. */
  boolean panicked() {
    return panicked;
  }

  private int next(
      EndpointSet.Source source,
      int number,
      HostChoice choice,
      int pick,
      @Nullable StreamInfo stream) {
    panicked = source.panic();
    int count = source.endpoints().length;
    int picked =
        switch (policy) {
          case ROUND_ROBIN -> turns[number].next();
          case RANDOM -> count == 0 ? -1 : random.nextInt(count);
          case LEAST_REQUEST -> least[number].next(random, bias(stream), i -> active(source, i));
          case CLUSTER_PROVIDED -> -1; // nothing to pick by: the stream has to say
          case RING_HASH, MAGLEV -> hashed(source.table(), choice, pick);
        };
    return picked < 0 ? -1 : source.endpoints()[picked];
  }

  private int hashed(@Nullable HashTable table, HostChoice choice, int pick) {
    if (table == null) {
      return -1;
    }
    return table.find(choice.isHashed() ? choice.hash() : random.nextLong(), pick);
  }

  private double bias(@Nullable StreamInfo stream) {
    LbConfig.Bias bias = set.lb().bias();
    return stream == null || bias.runtimeKey().isEmpty()
        ? bias.value()
        : Math.max(0, stream.runtime().number(bias.runtimeKey(), bias.value()));
  }

  private long active(EndpointSet.Source source, int index) {
    Endpoint endpoint = set.all().get(source.endpoints()[index]);
    return endpoint.stats().sum(EndpointStats.Fact.RQ_ACTIVE);
  }
}
