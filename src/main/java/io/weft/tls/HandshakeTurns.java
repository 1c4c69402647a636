package io.weft.tls;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets the handshakes of a carrier compute one after the other, with all else that is ready between
 * them. What a handshake does in one go takes a tenth of a millisecond and more: with a thousand of
 * them in the run queue every other thread would wait for all of them. So whoever is about to
 * compute passes here first, and one passes each time the run queue has come round. Confined to its
 * carrier.
 */
final class HandshakeTurns {
  private static final CarrierLocal<HandshakeTurns> TURNS = new CarrierLocal<>(HandshakeTurns::new);

  private final Carrier carrier;
  private final Runnable next = this::next;
  private final ArrayDeque<Thread> waiting = new ArrayDeque<>();
  private @Nullable Thread turn;

  /** Whether somebody has computed since the run queue came round. */
  private boolean taken;

  private HandshakeTurns(Carrier carrier) {
    this.carrier = carrier;
  }

  static HandshakeTurns current() {
    return TURNS.get();
  }

  /** Blocks until it is this thread's turn, which lasts until the thread waits for anything. */
  @SuppressWarnings("ReferenceEquality") // of threads
  void await() {
    if (!taken) {
      taken = true;
      carrier.execute(next);
      return;
    }
    Thread me = Thread.currentThread();
    waiting.add(me);
    while (turn != me) {
      if (me.isInterrupted()) {
        carrier.yieldNow(); // the next wait comes upon it; a park would return at once
      } else {
        LockSupport.park(this);
      }
    }
    turn = null;
  }

  /** Behind those that were ready when somebody took a turn. */
  private void next() {
    Thread first = turn == null ? waiting.poll() : null;
    if (first != null) {
      turn = first;
      LockSupport.unpark(first);
    }
    if (turn != null) {
      carrier.execute(next);
    } else {
      taken = false;
    }
  }
}
