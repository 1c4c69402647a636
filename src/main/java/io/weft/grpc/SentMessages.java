package io.weft.grpc;

import io.weft.http.Body;
import io.weft.net.CanceledException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a call on their way out, as the body of its request: one thread puts them in,
 * another takes the bytes out. Confined to a carrier.
 */
final class SentMessages extends Body {
  /** A sender waits once this much is unsent. */
  private static final int MAX_UNSENT = 64 * 1024;

  private static final int PREFIX_BYTES = 5;

  private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();
  private long bytes;
  private int messages;
  private boolean ended;
  private boolean over;
  private @Nullable Thread sender;
  private @Nullable Thread taker;

  /** Puts a message in; never blocks. */
  void put(byte[] message) {
    var prefix = ByteBuffer.allocate(PREFIX_BYTES).put((byte) 0).putInt(message.length).flip();
    unsent.addLast(prefix);
    if (message.length > 0) {
      unsent.addLast(ByteBuffer.wrap(message));
    }
    bytes += PREFIX_BYTES + message.length;
    messages++;
    LockSupport.unpark(taker);
  }

  /**
   * Blocks until there is room for another message.
   *
   * @return false if no more messages are taken: the call is over
   * @throws CanceledException if the thread was interrupted
   */
  boolean awaitRoom() throws CanceledException {
    sender = Thread.currentThread();
    try {
      while (bytes >= MAX_UNSENT && !over) {
        if (Thread.currentThread().isInterrupted()) {
          throw new CanceledException("wait to send a message: interrupted");
        }
        LockSupport.park(this);
      }
      return !over;
    } finally {
      sender = null;
    }
  }

  /** No more messages follow. */
  void end() {
    ended = true;
    LockSupport.unpark(taker);
  }

  /** How many messages were put in so far. */
  int messages() {
    return messages;
  }

  boolean isEnded() {
    return ended;
  }

  /** The call is over: nothing more is sent. */
  @Override
  public void close() {
    over = true;
    unsent.clear();
    bytes = 0;
    LockSupport.unpark(taker);
    LockSupport.unpark(sender);
  }

  @Override
  public int read(ByteBuffer target) throws CanceledException {
    int count = readNow(target);
    while (count == 0 && target.hasRemaining()) {
      awaitData();
      count = readNow(target);
    }
    return count;
  }

  @Override
  public int readNow(ByteBuffer target) throws CanceledException {
    checkOpen();
    int before = target.position();
    for (var first = unsent.peekFirst(); first != null; first = unsent.peekFirst()) {
      int count = Math.min(first.remaining(), target.remaining());
      target.put(target.position(), first, first.position(), count);
      target.position(target.position() + count);
      first.position(first.position() + count);
      if (first.hasRemaining()) {
        break;
      }
      unsent.removeFirst();
    }
    int taken = target.position() - before;
    bytes -= taken;
    if (bytes < MAX_UNSENT) {
      LockSupport.unpark(sender);
    }
    return taken == 0 && ended && unsent.isEmpty() ? -1 : taken;
  }

  @Override
  public boolean awaitData() throws CanceledException {
    taker = Thread.currentThread();
    try {
      while (unsent.isEmpty() && !ended) {
        checkOpen();
        LockSupport.park(this);
      }
      return true;
    } finally {
      taker = null;
    }
  }

  private void checkOpen() throws CanceledException {
    if (over) {
      throw new CanceledException("the call is over");
    }
  }
}
