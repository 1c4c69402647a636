package io.weft.testing;

import io.weft.carrier.Carrier;
import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import io.weft.sys.Os;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Carriers for one test, and a way to run code on them that fails rather than hangs. */
public final class TestCarriers implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 20;

  private final Carriers carriers;
  private final PollerKind poller;

  private TestCarriers(Carriers carriers, PollerKind poller) {
    this.carriers = carriers;
    this.poller = poller;
  }

  /** {@code count} carriers with the poller of the platform. */
  public static TestCarriers start(int count) {
    return start(count, Os.isLinux() ? PollerKind.EPOLL : PollerKind.NIO);
  }

  public static TestCarriers start(int count, PollerKind poller) {
    return new TestCarriers(Carriers.start(new CarriersConfig(count, poller, false)), poller);
  }

  public Carriers all() {
    return carriers;
  }

  /** What they poll with. */
  public PollerKind poller() {
    return poller;
  }

  public Carrier get(int index) {
    return carriers.all().get(index);
  }

  /** Runs {@code work} in a virtual thread of the first carrier and waits for it. */
  public <T extends @Nullable Object> T run(Callable<T> work) throws Exception {
    return run(0, work);
  }

  /** Runs {@code work} in a virtual thread of a carrier; returns or throws what it does. */
  public <T extends @Nullable Object> T run(int carrier, Callable<T> work) throws Exception {
    return result(start(carrier, work));
  }

  /** Starts {@code work} in a virtual thread of a carrier. */
  public <T extends @Nullable Object> Future<T> start(int carrier, Callable<T> work) {
    var task = new FutureTask<T>(work);
    get(carrier).start(task);
    return task;
  }

  /** Waits for what {@link #start} began. */
  public static <T extends @Nullable Object> T result(Future<T> task) throws Exception {
    try {
      return task.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("nothing happened for " + TIMEOUT_SECONDS + " s", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }

  @Override
  public void close() {
    carriers.close();
  }
}
