package io.weft.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermitsTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 127, 128, 129, 1024, 4096})
  void everyPermitCanBeTakenAndNoneMoreThroughSeveralLeases(long limit) {
    var permits = new Permits(limit);
    var a = permits.lease();
    var b = permits.lease();
    for (int i = 0; i < limit; i++) {
      assertThat((i % 3 == 0 ? a : b).tryAcquire()).as("permit %d", i).isTrue();
    }
    assertThat(permits.inUse()).isEqualTo(limit);
    assertThat(permits.remaining()).isZero();
    assertThat(a.tryAcquire()).isFalse();
    assertThat(b.tryAcquire()).isFalse();
    assertThat(permits.tryAcquire()).isFalse();
    for (int i = 0; i < limit; i++) {
      b.release();
    }
    assertThat(permits.inUse()).isZero();
    for (int i = 0; i < limit; i++) {
      assertThat(a.tryAcquire()).as("permit %d of another lease", i).isTrue();
    }
    assertThat(a.tryAcquire()).isFalse();
  }

  @Test
  void onePermitTakenBeyondTheLimitBlocksUntilTwoCameBack() {
    var permits = new Permits(1);
    assertThat(permits.tryAcquire()).isTrue();
    permits.acquireBeyondLimit();
    assertThat(permits.inUse()).isEqualTo(2);
    permits.release();
    assertThat(permits.tryAcquire()).isFalse();
    permits.release();
    assertThat(permits.tryAcquire()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 200})
  void threadsThatTakeAndGiveAtOnceNeverHoldMoreThanTheLimit(long limit) throws Exception {
    var permits = new Permits(limit);
    var held = new AtomicLong();
    var most = new LongAccumulator(Long::max, 0);
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      int seed = t;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                var lease = permits.lease();
                int mine = 0;
                for (int i = 0; i < 200_000; i++) {
                  if ((i * 31 + seed) % 5 < 3 && lease.tryAcquire()) {
                    mine++;
                    most.accumulate(held.incrementAndGet());
                  } else if (mine > 0) {
                    held.decrementAndGet();
                    lease.release();
                    mine--;
                  }
                }
                held.addAndGet(-mine);
                for (; mine > 0; mine--) {
                  lease.release();
                }
              }));
    }
    for (var thread : threads) {
      thread.join();
    }
    assertThat(most.get()).isBetween(1L, limit);
    assertThat(permits.inUse()).isZero();
  }

  @Test
  void aNegativeLimitIsRefused() {
    assertThatThrownBy(() -> new Permits(-1)).hasMessage("limit: -1 (expected: at least 0)");
  }
}
