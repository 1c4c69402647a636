package io.weft.stats.export;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Text on its way out, in one buffer and without a string a line. For one thread. */
final class Lines {
  private static final int SIZE = 32 * 1024;

  private final OutputStream out;
  private final byte[] buffer = new byte[SIZE];
  private int used;

  Lines(OutputStream out) {
    this.out = out;
  }

  Lines text(String text) throws IOException {
    int length = text.length();
    if (length > SIZE - used) {
      flushBuffer();
      if (length > SIZE) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        return this;
      }
    }
    int start = used;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        used = start;
        return bytes(text.getBytes(StandardCharsets.UTF_8));
      }
      buffer[used++] = (byte) c;
    }
    return this;
  }

  Lines bytes(byte[] bytes) throws IOException {
    return bytes(bytes, 0, bytes.length);
  }

  /** The bytes {@code [from, to)}. */
  Lines bytes(byte[] bytes, int from, int to) throws IOException {
    int length = to - from;
    if (length > SIZE - used) {
      flushBuffer();
      if (length > SIZE) {
        out.write(bytes, from, length);
        return this;
      }
    }
    System.arraycopy(bytes, from, buffer, used, length);
    used += length;
    return this;
  }

  Lines ascii(char c) throws IOException {
    if (used == SIZE) {
      flushBuffer();
    }
    buffer[used++] = (byte) c;
    return this;
  }

  Lines number(long value) throws IOException {
    if (value >= 0 && value < 10) {
      return ascii((char) ('0' + value)); // most of them are
    }
    if (value == Long.MIN_VALUE) {
      return text(Long.toString(value));
    }
    if (SIZE - used < 20) {
      flushBuffer();
    }
    if (value < 0) {
      buffer[used++] = '-';
      value = -value;
    }
    int digits = 1;
    for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
      digits++;
    }
    for (int i = used + digits - 1; i >= used; i--) {
      buffer[i] = (byte) ('0' + value % 10);
      value /= 10;
    }
    used += digits;
    return this;
  }

  /** As C++'s shortest form: no fraction where there is none, no exponent. */
  Lines number(double value) throws IOException {
    return text(plain(value));
  }

  static String plain(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return new java.math.BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /** A JSON string with its quotes. */
  Lines json(String text) throws IOException {
    ascii('"');
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || c == 0x7f) {
        text(text.substring(plain, i)).text(String.format("\\u%04x", (int) c));
        plain = i + 1;
      }
    }
    return (plain == 0 ? text(text) : text(text.substring(plain))).ascii('"');
  }

  /** Hands everything to the output. */
  void flush() throws IOException {
    flushBuffer();
    out.flush();
  }

  private void flushBuffer() throws IOException {
    out.write(buffer, 0, used);
    used = 0;
  }
}
