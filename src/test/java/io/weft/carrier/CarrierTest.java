package io.weft.carrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CarrierTest {
  enum Setup {
    EPOLL_1(PollerKind.EPOLL, 1),
    EPOLL_2(PollerKind.EPOLL, 2),
    NIO_1(PollerKind.NIO, 1),
    NIO_2(PollerKind.NIO, 2);

    private final PollerKind poller;
    private final int carriers;

    Setup(PollerKind poller, int carriers) {
      this.poller = poller;
      this.carriers = carriers;
    }

    Carriers start() {
      return Carriers.start(new CarriersConfig(carriers, poller, false));
    }
  }

  private static <T extends @Nullable Object> T on(Carrier carrier, Callable<T> work)
      throws Exception {
    var task = new FutureTask<>(work);
    carrier.start(task);
    return task.get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource
  void threadsStayOnTheirCarrierWhateverParksThem(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      for (Carrier carrier : carriers.all()) {
        var queue = new LinkedBlockingQueue<Integer>();
        var other = carriers.all().getLast();
        other.start(() -> queue.add(1));
        on(
            carrier,
            () -> {
              assertThat(Carrier.current()).isSameAs(carrier);
              assertThat(queue.take()).isEqualTo(1);
              assertThat(Carrier.current()).isSameAs(carrier);
              LockSupport.parkNanos(1_000_000);
              assertThat(Carrier.current()).isSameAs(carrier);
              var child = new CompletableFuture<Carrier>();
              Thread.startVirtualThread(() -> child.complete(Carrier.current()));
              assertThat(child.get()).isSameAs(carrier);
              return null;
            });
      }
      assertThat(Carrier.currentOrNull()).isNull();
      assertThatThrownBy(Carrier::current)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is not on a carrier");
    }
  }

  @ParameterizedTest
  @EnumSource
  void codeOnOneCarrierNeverRunsAtTheSameTime(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getFirst();
      var inside = new AtomicBoolean();
      var clashes = new AtomicInteger();
      int threads = 200;
      var done = new CountDownLatch(threads);
      for (int i = 0; i < threads; i++) {
        carrier.start(() -> {
          for (int turn = 0; turn < 50; turn++) {
            if (!inside.compareAndSet(false, true)) {
              clashes.incrementAndGet();
            }
            inside.set(false);
            carrier.yieldNow();
          }
          done.countDown();
        });
      }
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(clashes).hasValue(0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tasksFromOtherThreadsWakeASleepingCarrier(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getLast();
      for (int i = 0; i < 2000; i++) {
        var ran = new CountDownLatch(1);
        carrier.execute(ran::countDown);
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void timersRunInOrderOnTheCarrierAndCanBeCancelled(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getLast();
      var ran = new CompletableFuture<List<Integer>>();
      List<Integer> order = new ArrayList<>();
      long start = System.nanoTime();
      carrier.execute(() -> {
        carrier.schedule(
            60_000_000,
            () -> {
              assertThat(Carrier.current()).isSameAs(carrier);
              assertThat(Thread.currentThread().isVirtual()).isFalse();
              order.add(60);
              ran.complete(order);
            });
        carrier.schedule(20_000_000, () -> order.add(20));
        TimerTask cancelled = carrier.schedule(30_000_000, () -> order.add(30));
        carrier.schedule(5_000_000, () -> order.add(5));
        cancelled.cancel();
        assertThat(cancelled.isPending()).isFalse();
      });
      assertThat(ran.get(5, TimeUnit.SECONDS)).containsExactly(5, 20, 60);
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(60_000_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void timersRunWhileThreadsNeverPark(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getFirst();
      var stop = new AtomicBoolean();
      for (int i = 0; i < 3; i++) {
        carrier.start(() -> {
          while (!stop.get()) {
            carrier.yieldNow();
          }
        });
      }
      var ran = new CountDownLatch(1);
      carrier.execute(() -> carrier.schedule(10_000_000, ran::countDown));
      assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
      stop.set(true);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatATaskThrowsEndsThatTaskOnly(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getFirst();
      carrier.execute(() -> {
        throw new IllegalStateException("expected in a test: task");
      });
      carrier.start(() -> {
        throw new IllegalStateException("expected in a test: thread");
      });
      carrier.execute(() ->
          carrier.schedule(
              0,
              () -> {
                throw new IllegalStateException("expected in a test: timer");
              }));
      for (int i = 0; i < 10; i++) {
        assertThat(on(carrier, () -> 1)).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void clocksFollowTheRealOnes(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      Carrier carrier = carriers.all().getFirst();
      on(
          carrier,
          () -> {
            assertThat(Math.abs(System.nanoTime() - carrier.nowNanos())).isLessThan(1_000_000_000L);
            assertThat(Math.abs(System.currentTimeMillis() - carrier.nowMillis()))
                .isLessThan(1000L);
            return null;
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void carrierLocalsAreOneACarrier(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var locals = new ArrayList<CarrierLocal<Integer>>();
      for (int i = 0; i < 100; i++) {
        int base = i * 1000;
        locals.add(new CarrierLocal<>(carrier -> base + carrier.index()));
      }
      for (Carrier carrier : carriers.all()) {
        for (int i = 0; i < 100; i++) {
          CarrierLocal<Integer> local = locals.get(i);
          int value = on(carrier, local::get);
          assertThat(value).isEqualTo(i * 1000 + carrier.index());
        }
      }
      var sum = new AtomicInteger();
      locals.get(7).forEach(carriers, (_, value) -> sum.addAndGet(value));
      assertThat(sum.get()).isEqualTo(carriers.size() == 1 ? 7000 : 14001);
    }
  }

  @Test
  void blockingWorkRunsOnAPlatformThreadAndThrowsWhatItThrows() throws Exception {
    try (var carriers = Setup.EPOLL_1.start()) {
      Carrier carrier = carriers.all().getFirst();
      on(
          carrier,
          () -> {
            assertThat(Blocking.call(() -> Thread.currentThread().isVirtual())).isFalse();
            assertThat(Carrier.current()).isSameAs(carrier);
            assertThatThrownBy(() ->
                    Blocking.call(() -> {
                      throw new IOException("expected");
                    }))
                .isInstanceOf(IOException.class)
                .hasMessage("expected");
            return null;
          });
    }
  }

  @Test
  void watchdogNamesWhatHoldsACarrier() throws Exception {
    try (var carriers = Setup.EPOLL_1.start()) {
      Carrier carrier = carriers.all().getFirst();
      var stop = new AtomicBoolean();
      carrier.start(() -> {
        while (!stop.get()) {
          Thread.onSpinWait();
        }
      });
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> carriers.watchdog().lastCause() == Watchdog.Cause.BURNING);
      assertThat(carriers.watchdog().stalls()).isEqualTo(1);
      stop.set(true);
      assertThat(on(carrier, () -> 1)).isEqualTo(1);

      // a class whose initialiser waits: its thread cannot leave the carrier
      var initialised = new CompletableFuture<Integer>();
      carrier.start(() -> initialised.complete(Pinning.VALUE));
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> carriers.watchdog().lastCause() == Watchdog.Cause.PINNED);
      GATE.countDown();
      assertThat(initialised.get(5, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  private static final CountDownLatch GATE = new CountDownLatch(1);

  private static final class Pinning {
    static final int VALUE = awaitGate();

    private static int awaitGate() {
      try {
        GATE.await();
        return 1;
      } catch (InterruptedException e) {
        return 0;
      }
    }
  }

  @Test
  void refusesAnImpossibleNumberOfCarriers() {
    assertThatThrownBy(() -> new CarriersConfig(0, PollerKind.AUTO, false))
        .hasMessage("carriers: 0 (expected: 1-1024)");
  }
}
