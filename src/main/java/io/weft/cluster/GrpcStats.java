package io.weft.cluster;

import io.weft.http.Grpc;
import io.weft.stats.Counter;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of the gRPC calls to a cluster, under {@code cluster.<name>.grpc.}: of each
 * method that has statistics of its own, and of all others together. Shared; any thread may count.
 * Those of a method come into being with its first call.
 */
public final class GrpcStats {
  /** Clients may choose the names: beyond so many, a method counts among the others. */
  private static final int MAX_METHODS = 1000;

  private final Scope scope;
  private final ConcurrentMap<String, Method> methods = new ConcurrentHashMap<>();
  private volatile @Nullable Method others;

  GrpcStats(Scope scope) {
    this.scope = scope;
  }

  /** The statistics of calls whose method has none of its own. */
  public Method others() {
    Method found = others;
    if (found == null) {
      found = new Method(scope); // two that two threads make hold the same counters
      others = found;
    }
    return found;
  }

  /**
   * The statistics of a method, {@link #others} if there are too many methods already.
   *
   * @param service as it is to be named
   */
  public Method method(String service, String method) {
    String name = service + "." + method;
    Method found = methods.get(name);
    if (found != null) {
      return found;
    }
    return methods.size() >= MAX_METHODS
        ? others()
        : methods.computeIfAbsent(name, _ -> new Method(scope.scope(service).scope(method)));
  }

  /** Of one method, or of several. */
  public static final class Method {
    private static final int CODES = Grpc.STATUS_NAMES.size();

    private final Scope scope;
    private final Counter total;
    private final Counter success;
    private final Counter failure;
    private final Counter requestMessages;
    private final Counter responseMessages;
    private final @Nullable Counter[] codes = new @Nullable Counter[CODES];
    private @Nullable Histogram time;

    Method(Scope scope) {
      this.scope = scope;
      total = scope.counter("total");
      success = scope.counter("success");
      failure = scope.counter("failure");
      requestMessages = scope.counter("request_message_count");
      responseMessages = scope.counter("response_message_count");
    }

    /** Counts a call that has ended: by its status, and as success or failure. */
    public void onStatus(int code) {
      total.inc();
      (code == 0 ? success : failure).inc();
      if (code >= 0 && code < CODES) {
        Counter counter = codes[code];
        if (counter == null) {
          counter = scope.counter(Integer.toString(code)); // two that two threads make are the same
          codes[code] = counter;
        }
        counter.inc();
      }
    }

    /** Counts messages that went to the cluster. */
    public void onRequestMessages(int count) {
      requestMessages.add(count);
    }

    /** Counts messages that came from the cluster. */
    public void onResponseMessages(int count) {
      responseMessages.add(count);
    }

    /** Records how long a call took after its request was out, milliseconds. */
    public void onTime(long millis) {
      Histogram histogram = time;
      if (histogram == null) {
        histogram = scope.histogram("upstream_rq_time");
        time = histogram;
      }
      histogram.record(millis);
    }
  }
}
