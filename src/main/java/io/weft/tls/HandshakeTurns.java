package io.weft.tls;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets one handshake of a carrier compute at a time. A step of a handshake takes a tenth of a
 * millisecond and more: with a thousand of them ready to run, every other thread would wait for all
 * of them. So there is at most one in the run queue, and the others stand in line here. Confined to
 * its carrier.
 */
final class HandshakeTurns {
  private static final CarrierLocal<HandshakeTurns> TURNS =
      new CarrierLocal<>(_ -> new HandshakeTurns());

  private final ArrayDeque<Thread> waiting = new ArrayDeque<>();
  private @Nullable Thread turn;

  static HandshakeTurns current() {
    return TURNS.get();
  }

  /** Blocks until it is this thread's turn. */
  @SuppressWarnings("ReferenceEquality") // of threads
  void take() {
    Thread me = Thread.currentThread();
    if (turn == null) {
      turn = me;
      return;
    }
    waiting.add(me);
    while (turn != me) {
      if (me.isInterrupted()) {
        Carrier.current().yieldNow(); // the step comes upon it; a park would return at once
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** Lets the next one compute, after those that are ready now. */
  void give() {
    Thread next = waiting.poll();
    turn = next;
    if (next != null) {
      LockSupport.unpark(next);
    }
  }
}
