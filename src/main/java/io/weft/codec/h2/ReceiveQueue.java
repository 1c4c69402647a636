package io.weft.codec.h2;

import io.weft.net.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Data of one stream that has come and was not read. On the heap and as large as what it holds: a
 * peer that sends a byte on each of many streams must not make them take a buffer each.
 */
final class ReceiveQueue {
  private static final int LEAST = 512;

  private final ArrayDeque<byte[]> full = new ArrayDeque<>(4);
  private byte @Nullable [] last;
  private int lastEnd;
  private int start;
  private int size;

  int size() {
    return size;
  }

  void append(Buffer from, int index, int length) {
    int at = index;
    int left = length;
    byte[] to = last;
    if (to != null && lastEnd < to.length) {
      int count = Math.min(left, to.length - lastEnd);
      from.copyOut(at, to, lastEnd, count);
      lastEnd += count;
      at += count;
      left -= count;
    }
    if (left > 0) {
      if (to != null) {
        full.addLast(to);
      }
      to = new byte[Math.max(left, LEAST)];
      from.copyOut(at, to, 0, left);
      last = to;
      lastEnd = left;
    }
    size += length;
  }

  /** Moves at most {@code most} bytes; returns how many. */
  int read(ByteBuffer target, int most) {
    int moved = 0;
    while (moved < most && target.hasRemaining()) {
      byte[] from = full.peekFirst();
      boolean isLast = from == null;
      if (isLast) {
        from = last;
      }
      if (from == null) {
        break;
      }
      int end = isLast ? lastEnd : from.length;
      int count = Math.min(Math.min(end - start, most - moved), target.remaining());
      target.put(target.position(), from, start, count);
      target.position(target.position() + count);
      start += count;
      moved += count;
      if (start == end) {
        start = 0;
        if (isLast) {
          last = null;
          lastEnd = 0;
        } else {
          full.removeFirst();
        }
      }
    }
    size -= moved;
    return moved;
  }

  /** Drops everything; returns how many bytes that was. */
  int clear() {
    int dropped = size;
    full.clear();
    last = null;
    lastEnd = 0;
    start = 0;
    size = 0;
    return dropped;
  }
}
