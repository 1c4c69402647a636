package io.weft.listener;

import io.weft.carrier.Carriers;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Scope;
import io.weft.stats.Stats;
import io.weft.time.Deadline;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The listeners of a process. For the main thread; what only reads is for any. */
public final class Listeners {
  private static final long LOOK_NANOS = 20_000_000;

  private final Carriers carriers;
  private final Stats stats;
  private final Load load;
  private final List<Listener> all = new CopyOnWriteArrayList<>();
  private final Counter added;
  private final Counter removed;
  private final Counter created;
  private final Counter failed;
  private final Gauge active;
  private final Gauge workersStarted;

  /**
   * @param connectionLimit most downstream connections over all listeners, asked at each accept;
   *     {@link Long#MAX_VALUE} for no limit
   */
  public Listeners(Carriers carriers, Stats stats, LongSupplier connectionLimit) {
    this.carriers = carriers;
    this.stats = stats;
    load = new Load(carriers.size(), connectionLimit);
    Scope scope = stats.scope("listener_manager");
    added = scope.counter("listener_added");
    removed = scope.counter("listener_removed");
    created = scope.counter("listener_create_success");
    failed = scope.counter("listener_create_failure");
    active = scope.gauge("total_listeners_active");
    workersStarted = scope.gauge("workers_started");
  }

  /**
   * Binds a listener; it accepts after {@link #start}.
   *
   * @throws IOException with the listener, the address and the reason
   * @throws IllegalArgumentException if a listener has this name
   */
  public Listener open(ListenerConfig config) throws IOException {
    if (find(config.name()) != null) {
      throw new IllegalArgumentException(
          "listener " + config.name() + " twice (expected: unique names)");
    }
    try {
      Listener listener = Listener.open(config, carriers, load, stats.scope("listener"));
      all.add(listener);
      added.inc();
      return listener;
    } catch (IOException e) {
      failed.inc();
      throw e;
    }
  }

  /** Lets all listeners opened so far accept; to be called once. */
  public void start() {
    for (Listener listener : all) {
      listener.start();
      // Envoy counts one a worker
      created.add(carriers.size());
    }
    active.set(all.size());
    workersStarted.set(1);
  }

  public List<Listener> all() {
    return List.copyOf(all);
  }

  public @Nullable Listener find(String name) {
    for (Listener listener : all) {
      if (listener.name().equals(name)) {
        return listener;
      }
    }
    return null;
  }

  /** Number of open downstream connections. */
  public int activeConnections() {
    int sum = 0;
    for (Listener listener : all) {
      sum += listener.activeConnections();
    }
    return sum;
  }

  /**
   * Accepts what waits in the queues of all listeners, closes their sockets, and wakes idle
   * connections so that they see the drain. Blocks until the sockets are closed.
   */
  public void stopAccepting() {
    for (Listener listener : all) {
      listener.stopAccepting();
      listener.wakeConnections();
      removed.inc();
    }
    active.set(0);
  }

  /** Blocks until no connection is left; false if the deadline came first. */
  public boolean awaitNoConnections(Deadline deadline) {
    while (activeConnections() > 0) {
      if (deadline.expired()) {
        return false;
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
    return true;
  }

  /** Closes all connections. Soon. */
  public void closeConnections() {
    all.forEach(Listener::closeConnections);
  }
}
