package io.weft.filter.http.router;

import io.weft.codec.BodyBrokenException;
import io.weft.http.Body;
import io.weft.http.Headers;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The body of a copy of a request: what has passed on its way to the host and the copy has not sent
 * yet, up to a limit. Filled by who reads the original, read by the thread of the copy; both are of
 * one carrier and never run at the same time.
 */
final class MirrorBody extends Body {
  private final long length;
  private final long limit;
  private final MirrorLoad load;
  private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
  private int start; // of the first piece
  private long waiting;
  private boolean ended;
  private boolean broken;
  private @Nullable Headers trailers;
  private @Nullable Thread reader;

  /**
   * A body of which at most {@code limit} bytes wait.
   *
   * @param length of the original, -1 if that is not known
   */
  MirrorBody(long length, long limit, MirrorLoad load) {
    this.length = length;
    this.limit = limit;
    this.load = load;
  }

  /** Takes bytes that have passed, not to be changed any more; false if that was too much. */
  boolean feed(byte[] piece) {
    if (broken || ended) {
      return true; // nobody wants them
    }
    if (waiting + piece.length > limit || !load.take(piece.length)) {
      giveUp();
      return false;
    }
    pieces.add(piece);
    waiting += piece.length;
    LockSupport.unpark(reader);
    return true;
  }

  /** The original has passed to its end. */
  void end(@Nullable Headers last) {
    if (!broken && !ended) {
      trailers = last;
      ended = true;
      LockSupport.unpark(reader);
    }
  }

  /** Whether its end is here. */
  boolean isEnded() {
    return ended;
  }

  /** The rest will not come, or nobody wants it. */
  void giveUp() {
    broken = true;
    load.give(waiting);
    waiting = 0;
    pieces.clear();
    LockSupport.unpark(reader);
  }

  @Override
  public int readNow(ByteBuffer target) throws IOException {
    if (broken) {
      throw new BodyBrokenException(true, new EOFException("the original has ended before"));
    }
    byte[] first = pieces.peek();
    if (first == null) {
      return ended ? -1 : 0;
    }
    int count = Math.min(first.length - start, target.remaining());
    target.put(first, start, count);
    start += count;
    waiting -= count;
    load.give(count);
    if (start == first.length) {
      pieces.remove();
      start = 0;
    }
    return count;
  }

  @Override
  public boolean awaitData() {
    reader = Thread.currentThread();
    while (pieces.isEmpty() && !ended && !broken) {
      LockSupport.park(this);
      if (Thread.interrupted()) {
        broken = true; // the answer is here: what is left is not sent
      }
    }
    reader = null;
    return true;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    awaitData();
    return readNow(target);
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public @Nullable Headers trailers() {
    return trailers;
  }

  @Override
  public void close() {
    giveUp();
  }
}
