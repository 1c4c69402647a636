package io.weft.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private static final class Entry extends Timed {
    private long due;
    private long expiredAt = -1;
    private int looks;

    Entry(long due) {
      this.due = due;
    }

    @Override
    protected long due() {
      looks++;
      return due;
    }

    @Override
    protected void expire(long nowNanos) {
      expiredAt = nowNanos;
      due = Long.MAX_VALUE;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999, 5_000_000_000L, 1_234_567_890_123_456L})
  void expiresEachEntryOnceAndNeverEarly(long start) {
    var random = new Random(start);
    for (int round = 0; round < 50; round++) {
      var wheel = new TimerWheel(start);
      long now = start;
      List<Entry> entries = new ArrayList<>();
      List<Long> deadlines = new ArrayList<>();
      long step = 1 + random.nextLong(1L << (10 + random.nextInt(24)));
      for (int i = 0; i < 3000; i++) {
        if (i < 2000) {
          long due = now + random.nextLong(1L << (1 + random.nextInt(36)));
          var entry = new Entry(due);
          entries.add(entry);
          deadlines.add(due);
          wheel.file(entry, due);
        }
        now += random.nextLong(step) + 1;
        wheel.advance(now);
      }
      // to the end of the furthest
      while (wheel.untilNext(now) != Long.MAX_VALUE) {
        now += wheel.untilNext(now);
        wheel.advance(now);
      }
      for (int i = 0; i < entries.size(); i++) {
        long lateness = entries.get(i).expiredAt - deadlines.get(i);
        assertThat(lateness)
            .as("entry %s due %s, step %s", i, deadlines.get(i) - start, step)
            .isBetween(0L, (1L << 20) + step);
      }
    }
  }

  @Test
  void movingADeadlineBackCostsNothingUntilItsSlotComesUp() {
    var wheel = new TimerWheel(0);
    var entry = new Entry(15 * SECOND);
    long now = 0;
    wheel.file(entry, entry.due);
    for (int i = 0; i < 10_000; i++) {
      now += MILLI;
      entry.due = now + 15 * SECOND;
      wheel.file(entry, entry.due);
      wheel.advance(now);
    }
    assertThat(entry.looks).isLessThan(3);
    assertThat(entry.expiredAt).isEqualTo(-1);
  }

  @Test
  void movingADeadlineForwardTakesEffect() {
    var wheel = new TimerWheel(0);
    var entry = new Entry(100 * SECOND);
    wheel.file(entry, entry.due);
    entry.due = 5 * MILLI;
    wheel.file(entry, entry.due);
    assertThat(wheel.untilNext(0)).isBetween(5 * MILLI, 7 * MILLI);
    wheel.advance(8 * MILLI);
    assertThat(entry.expiredAt).isEqualTo(8 * MILLI);
    assertThat(wheel.untilNext(8 * MILLI)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void removedEntriesAreForgotten() {
    var wheel = new TimerWheel(0);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      var entry = new Entry(MILLI);
      entries.add(entry);
      wheel.file(entry, entry.due);
    }
    wheel.remove(entries.get(4));
    wheel.remove(entries.get(2));
    wheel.remove(entries.get(0));
    wheel.remove(entries.get(0));
    wheel.advance(SECOND);
    assertThat(entries.stream().map(entry -> entry.expiredAt >= 0).toList())
        .containsExactly(false, true, false, true, false);
    assertThat(wheel.untilNext(SECOND)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void anEntryMayFileItselfAgainWhileItExpires() {
    var wheel = new TimerWheel(0);
    var runs = new ArrayList<Long>();
    var repeating =
        new Timed() {
          private long due = MILLI;

          @Override
          protected long due() {
            return due;
          }

          @Override
          protected void expire(long nowNanos) {
            runs.add(nowNanos);
            due = nowNanos + 10 * MILLI;
            wheel.file(this, due);
          }
        };
    wheel.file(repeating, MILLI);
    for (long now = 0; now < 105 * MILLI; now += MILLI) {
      wheel.advance(now);
    }
    assertThat(runs).hasSizeBetween(8, 11);
  }
}
