package io.weft.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What {@code /clusters} tells of an endpoint. Each carrier that uses the endpoint writes a {@link
 * Shard} of its own with plain additions; readers sum them at any time.
 */
@SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
public final class EndpointStats {
  private final List<Shard> shards = new CopyOnWriteArrayList<>();

  /** A new part for one carrier, counted from now on and for good. */
  public Shard shard() {
    var shard = new Shard();
    shards.add(shard);
    return shard;
  }

  /** Open connections, or one of the other counts, over all carriers. */
  public long sum(Fact fact) {
    long sum = 0;
    for (Shard shard : shards) {
      sum += shard.get(fact.ordinal());
    }
    return sum;
  }

  /** What is counted of an endpoint, by its name in {@code /clusters}. */
  public enum Fact {
    /** Open connections. */
    CX_ACTIVE,
    /** Connections that could not be opened. */
    CX_CONNECT_FAIL,
    /** Connections begun. */
    CX_TOTAL,
    /** Requests under way. */
    RQ_ACTIVE,
    /** Requests that failed or were answered with a 5xx. */
    RQ_ERROR,
    /** Requests answered with anything else. */
    RQ_SUCCESS,
    /** Requests not answered in time. */
    RQ_TIMEOUT,
    /** Requests sent. */
    RQ_TOTAL;

    private final String text = name().toLowerCase(Locale.ROOT);

    public String text() {
      return text;
    }
  }

  /** One carrier's counts; only that carrier writes. */
  public static final class Shard {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int COUNT = Fact.values().length;

    private final long[] counts = new long[COUNT];

    private Shard() {}

    /** Adds {@code n}, which may be negative. */
    public void add(Fact fact, long n) {
      int i = fact.ordinal();
      CELL.setOpaque(counts, i, (long) CELL.getOpaque(counts, i) + n);
    }

    private long get(int i) {
      return (long) CELL.getOpaque(counts, i);
    }
  }
}
