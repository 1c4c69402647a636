package io.weft.runtime;

import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The statistics of the process itself, {@code server.*}. They are read from the JVM when somebody
 * wants them; call {@link #update} before showing or flushing statistics. Shared.
 */
public final class ServerStats {
  private final Drain drain;
  private final LongSupplier connections;
  private final long startNanos = System.nanoTime();
  private final Gauge uptime;
  private final Gauge live;
  private final Gauge state;
  private final Gauge memoryAllocated;
  private final Gauge memoryHeapSize;
  private final Gauge totalConnections;

  /** What the heap holds and what it has from the system. */
  public record Memory(long allocatedBytes, long heapBytes) {}

  /**
   * @param concurrency number of carriers
   * @param connections how many downstream connections are open
   */
  public ServerStats(Stats stats, Drain drain, int concurrency, LongSupplier connections) {
    this.drain = drain;
    this.connections = connections;
    this.uptime = stats.gauge("server.uptime");
    this.live = stats.gauge("server.live");
    this.state = stats.gauge("server.state");
    this.memoryAllocated = stats.gauge("server.memory_allocated");
    this.memoryHeapSize = stats.gauge("server.memory_heap_size");
    this.totalConnections = stats.gauge("server.total_connections");
    stats.gauge("server.concurrency").set(concurrency);
    stats.gauge("server.hot_restart_epoch").set(0);
    stats.gauge("server.parent_connections").set(0);
    update();
  }

  /** Sets the gauges to what is true now. */
  public void update() {
    var memory = memory();
    var now = drain.state();
    uptime.set(uptime().toSeconds());
    live.set(now == Drain.State.LIVE ? 1 : 0);
    state.set(
        switch (now) {
          case LIVE -> 0;
          case DRAINING -> 1;
          case PRE_INITIALIZING -> 2;
          case INITIALIZING -> 3;
        });
    memoryAllocated.set(memory.allocatedBytes);
    memoryHeapSize.set(memory.heapBytes);
    totalConnections.set(connections.getAsLong());
  }

  /** Time since this object was made, near the start of the process. */
  public Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  public Memory memory() {
    var runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory();
    return new Memory(heap - runtime.freeMemory(), heap);
  }
}
