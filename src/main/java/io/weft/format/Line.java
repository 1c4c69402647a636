package io.weft.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that formats render into; grows as needed and is meant to be used again and again. Belongs
 * to one thread at a time.
 *
 * <p>Text of a format goes in as it is ({@link #text}), what came from a peer goes in as a value
 * and is escaped on the way: no value can end a line or leave a JSON string.
 */
public final class Line {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int length;
  private Escaping escaping = Escaping.TEXT;

  /** What is done to the bytes of a value. */
  enum Escaping {
    /** Nothing: for bodies, where lines are welcome. */
    NONE,
    /** Control characters become {@code \n}, {@code \r}, {@code \t} or {@code \x1b}. */
    TEXT,
    /** As JSON strings want it; bytes that are not UTF-8 become U+FFFD. */
    JSON
  }

  /** An empty line with room for {@code capacity} bytes before it grows. */
  public Line(int capacity) {
    bytes = new byte[capacity];
  }

  /** The array that holds the bytes, until the next append; the first {@link #length()} count. */
  public byte[] bytes() {
    return bytes;
  }

  /** How many bytes there are. */
  public int length() {
    return length;
  }

  /** Forgets the bytes from {@code length} on. */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException(
          "length: " + length + " (expected: 0-" + this.length + ")");
    }
    this.length = length;
  }

  /** The bytes as a string of one character a byte (ISO-8859-1). */
  public String latin1() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** The bytes as a string in UTF-8. */
  public String utf8() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  Escaping escaping() {
    return escaping;
  }

  Line escaping(Escaping next) {
    escaping = next;
    return this;
  }

  /** Appends one byte as it is. */
  void put(int value) {
    room(1);
    bytes[length++] = (byte) value;
  }

  /** Appends bytes as they are. */
  void text(byte[] literal) {
    room(literal.length);
    System.arraycopy(literal, 0, bytes, length, literal.length);
    length += literal.length;
  }

  /** Appends the bytes of another line as they are. */
  void append(Line other) {
    room(other.length);
    System.arraycopy(other.bytes, 0, bytes, length, other.length);
    length += other.length;
  }

  /** Appends a number in decimal. */
  void number(long value) {
    room(20);
    if (value < 0) {
      if (value == Long.MIN_VALUE) {
        ascii("-9223372036854775808");
        return;
      }
      bytes[length++] = '-';
      value = -value;
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    int at = length + digits;
    length = at;
    do {
      long rest = value / 10;
      bytes[--at] = (byte) ('0' + (value - rest * 10));
      value = rest;
    } while (value != 0);
  }

  /** Appends a number from 0 to 10^width - 1 with leading zeros. */
  void digits(long value, int width) {
    room(width);
    for (int at = length + width - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + value % 10);
      value /= 10;
    }
    length += width;
  }

  /** Appends Weft's own text, known to be ASCII with nothing to escape. */
  @SuppressWarnings(
      "deprecation") // the one call that copies Latin-1 characters with no other array
  void ascii(String text) {
    int count = text.length();
    room(count);
    text.getBytes(0, count, bytes, length);
    length += count;
  }

  /**
   * Appends the first {@code max} characters of a value of one character a byte, as {@link
   * io.weft.http.Headers} and requests have them.
   */
  @SuppressWarnings("deprecation") // as in ascii
  void value(String value, int max) {
    int count = Math.min(value.length(), max);
    room(count);
    value.getBytes(0, count, bytes, length);
    taken(count);
  }

  /** Appends a value that may hold any character, in UTF-8. */
  void unicode(String value, int max) {
    byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
    value(encoded, 0, Math.min(encoded.length, max));
  }

  /** Appends a value. */
  void value(byte[] data, int offset, int count) {
    room(count);
    System.arraycopy(data, offset, bytes, length, count);
    taken(count);
  }

  /** Checks {@code count} raw bytes that have just been laid down behind the end. */
  private void taken(int count) {
    int end = length + count;
    switch (escaping) {
      case NONE -> length = end;
      case TEXT -> {
        if (hasControl(end)) {
          escapeText(length, end);
        } else {
          length = end;
        }
      }
      case JSON -> {
        for (int i = length; i < end; i++) {
          int c = bytes[i];
          if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
            escapeJson(i, end);
            return;
          }
        }
        length = end;
      }
    }
  }

  /** Whether a byte from the length to {@code end} is below 0x20 or 0x7f: eight at a time. */
  private boolean hasControl(int end) {
    int i = length;
    for (; i + 8 <= end; i += 8) {
      long eight = (long) EIGHT.get(bytes, i);
      long small = eight - 0x2020202020202020L & ~eight;
      long other = eight ^ 0x7f7f7f7f7f7f7f7fL;
      long delete = other - 0x0101010101010101L & ~other;
      if (((small | delete) & 0x8080808080808080L) != 0) {
        return true;
      }
    }
    for (; i < end; i++) {
      int c = bytes[i];
      if (c >= 0 && c < 0x20 || c == 0x7f) {
        return true;
      }
    }
    return false;
  }

  private void escapeText(int from, int end) {
    byte[] raw = Arrays.copyOfRange(bytes, from, end);
    length = from;
    for (byte c : raw) {
      if (c >= 0x20 && c != 0x7f || c < 0) {
        put(c);
      } else {
        put('\\');
        switch (c) {
          case '\n' -> put('n');
          case '\r' -> put('r');
          case '\t' -> put('t');
          default -> {
            put('x');
            put(HEX[c >> 4]);
            put(HEX[c & 15]);
          }
        }
      }
    }
  }

  private void escapeJson(int from, int end) {
    byte[] raw = Arrays.copyOfRange(bytes, from, end);
    length = from;
    int i = 0;
    while (i < raw.length) {
      int c = raw[i];
      if (c < 0) {
        int width = utf8Width(raw, i);
        if (width == 0) {
          ascii("\\ufffd");
          i++;
        } else {
          for (int k = 0; k < width; k++) {
            put(raw[i++]);
          }
        }
        continue;
      }
      i++;
      if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
        put(c);
        continue;
      }
      put('\\');
      switch (c) {
        case '"', '\\' -> put(c);
        case '\n' -> put('n');
        case '\r' -> put('r');
        case '\t' -> put('t');
        case '\b' -> put('b');
        case '\f' -> put('f');
        default -> {
          ascii("u00");
          put(HEX[c >> 4]);
          put(HEX[c & 15]);
        }
      }
    }
  }

  /** Bytes of the UTF-8 character at {@code at} (RFC 3629 4), or 0 if there is none. */
  private static int utf8Width(byte[] raw, int at) {
    int first = raw[at] & 0xff;
    int width = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (width == 0 || at + width > raw.length) {
      return 0;
    }
    for (int k = 1; k < width; k++) {
      if ((raw[at + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = raw[at + 1] & 0xff;
    boolean isBad =
        first == 0xe0 && second < 0xa0 // overlong
            || first == 0xed && second > 0x9f // surrogates
            || first == 0xf0 && second < 0x90 // overlong
            || first == 0xf4 && second > 0x8f; // above U+10FFFF
    return isBad ? 0 : width;
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
    }
  }
}
