package io.weft.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Memory by address, in the machine's byte order. Nothing is checked: an address that is not one
 * the caller has allocated ends the process.
 */
@SuppressWarnings("restricted")
public final class Memory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}

  /** Address of {@code bytes} zeroed bytes that are never freed, aligned to 16. */
  public static long allocate(long bytes) {
    return Arena.global().allocate(bytes, 16).address();
  }

  /** A direct buffer over memory that is never freed, in network byte order. */
  public static ByteBuffer view(long address, int bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes).asByteBuffer();
  }

  /** The address of a direct buffer's index 0. The caller keeps the buffer reachable. */
  public static long address(ByteBuffer direct) {
    // a segment starts at the position
    return MemorySegment.ofBuffer(direct).address() - direct.position();
  }

  public static byte getByte(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  public static short getShort(long address) {
    return ALL.get(JAVA_SHORT_UNALIGNED, address);
  }

  public static int getInt(long address) {
    return ALL.get(JAVA_INT_UNALIGNED, address);
  }

  public static long getLong(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  public static void putByte(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  public static void putShort(long address, short value) {
    ALL.set(JAVA_SHORT_UNALIGNED, address, value);
  }

  public static void putInt(long address, int value) {
    ALL.set(JAVA_INT_UNALIGNED, address, value);
  }

  public static void putLong(long address, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, address, value);
  }

  /** Copies from memory into an array. */
  public static void copy(long from, byte[] to, int offset, int length) {
    MemorySegment.copy(ALL, JAVA_BYTE, from, to, offset, length);
  }

  /** Copies from an array into memory. */
  public static void copy(byte[] from, int offset, long to, int length) {
    MemorySegment.copy(from, offset, ALL, JAVA_BYTE, to, length);
  }

  /** Copies within memory; the two regions may overlap. */
  public static void copy(long from, long to, long length) {
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  /** Sets {@code length} bytes to zero. */
  public static void clear(long address, long length) {
    ALL.asSlice(address, length).fill((byte) 0);
  }
}
