package io.weft.dns;

import io.weft.net.NetAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A host and port that clients asked for, and what is known of its address. Shared: streams of any
 * carrier read it and wait for it, one thread of the cache at a time looks it up.
 */
public final class DnsHost {
  /** A use is noted at most this often, so that a busy host's line stays in every core's cache. */
  private static final long USE_STEP_NANOS = 100_000_000;

  private final String key;
  private final String name;
  private final int port;
  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();
  private volatile NetAddress.@Nullable Ip address;
  private volatile String failure = "not_resolved";
  private volatile boolean resolved;
  private volatile long usedNanos;
  private int failures;

  DnsHost(String key, String name, int port, long nowNanos) {
    this.key = key;
    this.name = name;
    this.port = port;
    usedNanos = nowNanos;
  }

  /** Name and port, {@code example.com:80}: what members of clusters are called. */
  public String key() {
    return key;
  }

  /** The name alone, in lower case. */
  String name() {
    return name;
  }

  int port() {
    return port;
  }

  /** Where it is, an address that may be connected to; null while none is known. */
  public NetAddress.@Nullable Ip address() {
    return address;
  }

  /** Why no address is known, in snake_case. */
  public String failure() {
    return failure;
  }

  /** Whether the first lookup has ended, well or not. */
  public boolean isResolved() {
    return resolved;
  }

  /** Has {@code thread} unparked when the first lookup has ended; now, if it has. */
  public void wake(Thread thread) {
    waiting.add(thread);
    if (resolved) {
      LockSupport.unpark(thread);
    }
  }

  /** The thread does not wait any more. */
  public void forget(Thread thread) {
    waiting.remove(thread);
  }

  void used(long nowNanos) {
    if (nowNanos - usedNanos > USE_STEP_NANOS) {
      usedNanos = nowNanos;
    }
  }

  long usedNanos() {
    return usedNanos;
  }

  void found(NetAddress.Ip at) {
    address = at;
  }

  /** The name has moved to where nobody may go. */
  void lost() {
    address = null;
  }

  /** The first lookup takes longer than anybody waits; it goes on. */
  void late() {
    failure = "timeout";
  }

  /** Counts a failure; returns how many there were in a row. */
  int failed(String why) {
    failure = why;
    return ++failures;
  }

  void succeeded() {
    failures = 0;
  }

  /** Lets go who waits. */
  void resolved() {
    resolved = true;
    for (Thread thread = waiting.poll(); thread != null; thread = waiting.poll()) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public String toString() {
    return key;
  }
}
