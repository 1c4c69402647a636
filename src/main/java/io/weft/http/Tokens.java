package io.weft.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Character classes of RFC 9110 5.6.2 and 5.5, and comparisons that ignore the case of ASCII. */
public final class Tokens {
  private static final boolean[] TOKEN = new boolean[256];
  private static final byte[] LOWER = new byte[256];
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long ONES = 0x0101010101010101L;

  static {
    for (int c = 0; c < 256; c++) {
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      TOKEN[c] = letter || c >= '0' && c <= '9' || c > 0 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      LOWER[c] = (byte) (c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }

  private Tokens() {}

  /** Whether a byte may stand in a token: a field name or a method. */
  public static boolean isTokenByte(byte b) {
    return TOKEN[b & 0xff];
  }

  /** Whether the text is a token of at least one character. */
  public static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 255 || !TOKEN[c]) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Whether a byte may stand in a field value: visible, space, tab or obs-text (RFC 9110 5.5). */
  public static boolean isValueByte(byte b) {
    return b >= ' ' && b != 127 || b < 0 || b == '\t';
  }

  /** A byte with an ASCII capital turned into its small letter. */
  public static byte lower(byte b) {
    return LOWER[b & 0xff];
  }

  /** Whether {@code data[offset, offset + length)} equals the small letters in any case. */
  public static boolean equalsLowerCase(byte[] data, int offset, int length, byte[] small) {
    if (length != small.length) {
      return false;
    }
    if (length < Long.BYTES) {
      for (int i = 0; i < length; i++) {
        if (LOWER[data[offset + i] & 0xff] != small[i]) {
          return false;
        }
      }
      return true;
    }
    int last = length - Long.BYTES; // the last eight overlap those before
    for (int i = 0; i < last; i += Long.BYTES) {
      if (lower((long) EIGHT.get(data, offset + i)) != (long) EIGHT.get(small, i)) {
        return false;
      }
    }
    return lower((long) EIGHT.get(data, offset + last)) == (long) EIGHT.get(small, last);
  }

  /** Eight bytes at once: bit 7 of a byte says whether it is a capital, and gives it bit 5. */
  private static long lower(long eight) {
    long low = eight & ~HIGH_BITS;
    long fromA = low + ONES * (0x80 - 'A');
    long behindZ = low + ONES * (0x7f - 'Z');
    return eight | ((fromA ^ behindZ) & ~eight & HIGH_BITS) >>> 2;
  }
}
