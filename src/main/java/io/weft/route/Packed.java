package io.weft.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Numbers and bytes of a route table in one array, so that what one match reads lies together and
 * is found by adding, not by following references. Written while the table is compiled, by one
 * thread; immutable and shared from then on.
 */
final class Packed {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final int UNIT = Integer.BYTES;
  private static final int FEW = 8;

  private byte[] bytes = new byte[1024];
  private int used = UNIT; // so that no place is 0

  /** All of it; shared, not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** The number at a place. */
  static int number(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  /**
   * Whether the bytes at a place are the first {@code length} characters of a text, which come one
   * a byte. Both have the same hash: a text that does not fit is rare.
   */
  @SuppressWarnings("deprecation") // the one way to the bytes of a part of a text without a charset
  static boolean holds(byte[] bytes, int at, String text, int length) {
    if (length > FEW) {
      // a copy costs less than asking for so many characters one by one
      byte[] copy = new byte[length];
      text.getBytes(0, length, copy, 0);
      return Arrays.equals(copy, 0, length, bytes, at, at + length);
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) != (bytes[at + i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /** Where the next addition goes. */
  int end() {
    return used;
  }

  /** Adds a number; returns its place. */
  int add(int number) {
    int at = room(UNIT);
    set(at, number);
    return at;
  }

  /** Adds room for so many numbers, all the same; returns the place of the first. */
  int add(int number, int count) {
    int at = room(Math.multiplyExact(count, UNIT));
    for (int i = 0; i < count; i++) {
      set(at + i * UNIT, number);
    }
    return at;
  }

  /** Adds bytes; returns their place. */
  int add(byte[] more) {
    int at = room(more.length);
    System.arraycopy(more, 0, bytes, at, more.length);
    return at;
  }

  /** Changes the number at a place. */
  void set(int at, int number) {
    INTS.set(bytes, at, number);
  }

  /** Ends what was added last, so that numbers that follow lie well. */
  void align() {
    room(-used & UNIT - 1);
  }

  /** Gives back what was too much. */
  void trim() {
    bytes = Arrays.copyOf(bytes, used);
  }

  /** Adds room; returns its place. Fails where a table is larger than an array can be. */
  private int room(int length) {
    int at = used;
    used = Math.addExact(used, length);
    if (used > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(2L * used, Integer.MAX_VALUE - 8));
    }
    return at;
  }
}
