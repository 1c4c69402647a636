package io.weft.carrier;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Work that would stop a carrier - files, native code, long computing - on a bounded pool of
 * platform threads.
 */
public final class Blocking {
  private static final int THREADS = Math.max(8, 4 * Runtime.getRuntime().availableProcessors());
  private static final int QUEUED = 1024;

  private static final ThreadPoolExecutor POOL = pool();

  private Blocking() {}

  private static ThreadPoolExecutor pool() {
    var pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            60,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(QUEUED),
            Thread.ofPlatform().daemon().name("blocking-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * What {@code work} returns or throws. Blocks the calling thread until then, or until it is
   * interrupted, which interrupts the work.
   *
   * @throws java.util.concurrent.RejectedExecutionException if 1024 others are waiting already
   */
  public static <T> T call(Callable<T> work) throws Exception {
    var task = new FutureTask<>(work);
    POOL.execute(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      task.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }
}
