package io.weft.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.Carrier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BufferTest {
  @Test
  void appendsAtItsEndAndCompactsToItsFront() {
    Buffer buffer = Buffer.unpooled();
    Carried.put(buffer, "abcdef");
    buffer.start = 2;
    buffer.compact();
    assertThat(Carried.text(buffer)).isEqualTo("cdef");
    buffer.put((byte) 'g');
    assertThat(buffer.at(4)).isEqualTo((byte) 'g');
    Buffer other = Buffer.unpooled();
    other.copyIn(buffer, 1, 3);
    assertThat(Carried.text(other)).isEqualTo("def");
    assertThat(buffer.readable()).isEqualTo(5);
    assertThat(buffer.writable()).isEqualTo(Buffer.SIZE - 5);
  }

  @Test
  void refusesToLeaveItsMemory() {
    Buffer buffer = Buffer.unpooled();
    byte[] bytes = new byte[Buffer.SIZE + 1];
    assertThatThrownBy(() -> buffer.copyIn(bytes, 0, bytes.length))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> buffer.copyOut(Buffer.SIZE - 1, bytes, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> buffer.at(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> buffer.at(Buffer.SIZE)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void isReleasedOnce() throws Exception {
    try (var carried = new Carried(Carried.Setup.EPOLL_1)) {
      carried.on(() -> {
        Buffer buffer = Buffer.borrow();
        buffer.release();
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void borrowersWaitWhileTheBudgetIsSpent(Carried.Setup setup) throws Exception {
    long before = BufferBudget.limitBytes();
    try (var carried = new Carried(setup)) {
      Carrier holder = carried.carriers.all().getFirst();
      Carrier waiter = carried.carriers.all().getLast();
      BufferBudget.limitBytes(BufferBudget.usedBytes() + 32 * Buffer.SIZE);
      List<Buffer> held =
          carried.on(
              holder,
              () -> {
                List<Buffer> all = new ArrayList<>();
                for (Buffer b = Buffer.tryBorrow(); b != null; b = Buffer.tryBorrow()) {
                  all.add(b);
                }
                return all;
              });
      assertThat(held).hasSize(32);
      long waits = BufferBudget.waits();
      var got = new CompletableFuture<Buffer>();
      waiter.start(() -> {
        try {
          got.complete(Buffer.borrow());
        } catch (java.io.IOException e) {
          got.completeExceptionally(e);
        }
      });
      await().until(() -> BufferBudget.waits() > waits);
      assertThat(got).isNotDone();
      carried.on(
          holder,
          () -> {
            held.getFirst().release();
            return null;
          });
      assertThat(got.get(5, TimeUnit.SECONDS).isEmpty()).isTrue();
    } finally {
      BufferBudget.limitBytes(before);
    }
  }
}
