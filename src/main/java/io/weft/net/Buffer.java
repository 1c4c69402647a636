package io.weft.net;

import io.weft.sys.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * 64 KiB of memory off the heap, with a readable region {@code [start, end)}; bytes are appended at
 * {@code end} and consumed at {@code start}. Borrowed from the current carrier and given back with
 * {@link #release}; after that nobody touches it. Confined to its carrier.
 */
public final class Buffer {
  /** Bytes in a buffer. */
  public static final int SIZE = 65536;

  /** Index of the first readable byte. */
  public int start;

  /** Index after the last readable byte. */
  public int end;

  private final long address;
  private final ByteBuffer bytes;
  private final @Nullable BufferPool pool;
  private boolean lent;

  /** Whether its pages may be in memory, for the pool. */
  boolean touched;

  Buffer(long address, @Nullable BufferPool pool) {
    this.address = address;
    this.pool = pool;
    bytes = Memory.view(address, SIZE);
  }

  /**
   * An empty buffer of the current carrier. Where the process-wide budget is spent, waits until
   * another one is released, up to ten seconds.
   *
   * @throws NetTimeoutException if none was
   */
  public static Buffer borrow() throws IOException {
    return BufferPool.current().borrow();
  }

  /** An empty buffer of the current carrier, null where the process-wide budget is spent. */
  public static @Nullable Buffer tryBorrow() {
    return BufferPool.current().tryBorrow();
  }

  /** How many buffers the current carrier has borrowed and not given back. */
  public static int lent() {
    return BufferPool.current().lent();
  }

  /** A buffer outside any budget that works on any thread and is never freed: for tests. */
  public static Buffer unpooled() {
    var buffer = new Buffer(Memory.allocate(SIZE), null);
    buffer.lend();
    return buffer;
  }

  void lend() {
    start = 0;
    end = 0;
    lent = true;
    touched = true;
  }

  /** Gives it back. */
  public void release() {
    if (!lent) {
      throw new IllegalStateException("buffer released twice");
    }
    if (pool != null) {
      lent = false;
      pool.release(this);
    }
  }

  /** Address of index 0. */
  public long address() {
    return address;
  }

  /** The whole buffer; its position and limit mean nothing and change. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Number of readable bytes. */
  public int readable() {
    return end - start;
  }

  /** Number of bytes that can be appended. */
  public int writable() {
    return SIZE - end;
  }

  public boolean isEmpty() {
    return start == end;
  }

  /** Drops the readable bytes. */
  public void clear() {
    start = 0;
    end = 0;
  }

  /** Moves the readable bytes to the front. */
  public void compact() {
    if (start > 0) {
      int length = end - start;
      if (length > 0) {
        Memory.copy(address + start, address, length);
      }
      start = 0;
      end = length;
    }
  }

  /** The byte at {@code index}, counted from the start of the buffer. */
  public byte at(int index) {
    checkRange(index, 1);
    return Memory.getByte(address + index);
  }

  /** Copies {@code length} bytes from {@code index}, counted from the start of the buffer. */
  public void copyOut(int index, byte[] to, int offset, int length) {
    checkRange(index, length);
    Memory.copy(address + index, to, offset, length);
  }

  /** Appends bytes. */
  public void copyIn(byte[] from, int offset, int length) {
    checkRange(end, length);
    Memory.copy(from, offset, address + end, length);
    end += length;
  }

  /** Appends one byte. */
  public void put(byte value) {
    checkRange(end, 1);
    Memory.putByte(address + end++, value);
  }

  /** Appends {@code length} bytes of another buffer from its index {@code index}; consumes none. */
  public void copyIn(Buffer from, int index, int length) {
    from.checkRange(index, length);
    checkRange(end, length);
    Memory.copy(from.address + index, address + end, length);
    end += length;
  }

  private void checkRange(int index, int length) {
    if ((index | length | (SIZE - index - length)) < 0) {
      throw new IndexOutOfBoundsException(
          length + " bytes at " + index + " (expected: within " + SIZE + ")");
    }
  }

  @Override
  public String toString() {
    return "Buffer[" + start + "," + end + ")";
  }
}
