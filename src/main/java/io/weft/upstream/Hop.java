package io.weft.upstream;

import io.weft.carrier.Carrier;
import io.weft.net.CanceledException;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The way to a carrier for whoever calls an upstream from another thread. */
public final class Hop {
  private Hop() {}

  /** What is to be done there. */
  @FunctionalInterface
  public interface Task<T> {
    T run() throws IOException;
  }

  /**
   * Does {@code task} in a virtual thread of {@code on} and blocks until it is done; at once if
   * this is one. From any thread. An interrupt of the caller interrupts the task.
   *
   * @param what it is, for the message of an interrupt
   * @throws CanceledException if the caller was interrupted; the task ends by itself
   */
  public static <T> T to(Carrier on, String what, Task<T> task) throws IOException {
    if (on.isCurrent() && Thread.currentThread().isVirtual()) {
      return task.run();
    }
    var there = new FutureTask<>(task::run);
    var thread = on.start(there);
    try {
      return there.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new CanceledException(what + ": interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IOException(e.getCause());
      }
    }
  }
}
