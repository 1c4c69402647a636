package io.weft.codec.h2;

import io.weft.http.HeaderName;
import io.weft.http.Tokens;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A field of a table of HPACK: its bytes laid out as an HTTP/1 line, which is what {@link
 * io.weft.http.Headers} keeps, and what was found out about it once. Immutable.
 */
final class Field {
  // what a name means to the head it stands in
  static final int REGULAR = 0;
  static final int METHOD = 1;
  static final int SCHEME = 2;
  static final int AUTHORITY = 3;
  static final int PATH = 4;
  static final int STATUS = 5;
  static final int PROTOCOL = 6;

  /** A pseudo field that no RFC knows. */
  static final int UNKNOWN_PSEUDO = 7;

  /** A regular field that has no place in HTTP/2 (RFC 9113 8.2.2). */
  static final int FORBIDDEN = 8;

  /** A regular field that a head looks at: te, host, cookie, content-length, expect. */
  static final int SPECIAL = 9;

  /** A name that is empty, has capitals, or is no token. */
  static final int BAD = 10;

  /** What a field counts beyond its bytes (RFC 9113 6.5.2, RFC 7541 4.1). */
  static final int OVERHEAD = 32;

  private static final byte[] NAME = new byte[256];
  private static final boolean[] VALUE = new boolean[256];

  static {
    for (int c = 0; c < 256; c++) {
      boolean capital = c >= 'A' && c <= 'Z';
      NAME[c] = (byte) (!Tokens.isTokenByte((byte) c) || capital ? 0 : c == '_' ? 3 : 1);
      VALUE[c] = Tokens.isValueByte((byte) c);
    }
  }

  final byte[] line;
  final int nameLength;
  final int valueLength;
  final int kind;

  /** {@link HeaderName#numberOf}. */
  final int number;

  final boolean validValue;
  final boolean underscore;

  private @Nullable String text;

  Field(byte[] line, int nameLength, int valueLength) {
    this.line = line;
    this.nameLength = nameLength;
    this.valueLength = valueLength;
    number = HeaderName.numberOf(line, 0, nameLength);
    kind = kind(line, 0, nameLength, number);
    validValue = isValue(line, nameLength + 2, valueLength);
    underscore = kind == REGULAR && hasUnderscore(line, 0, nameLength);
  }

  static Field of(String name, String value) {
    String line = name + ": " + value + "\r\n";
    return new Field(line.getBytes(StandardCharsets.ISO_8859_1), name.length(), value.length());
  }

  /** What it takes of a table. */
  int size() {
    return nameLength + valueLength + OVERHEAD;
  }

  /** The value, made once: paths and methods are asked for again and again. */
  String text() {
    String made = text;
    if (made == null) {
      made = new String(line, nameLength + 2, valueLength, StandardCharsets.ISO_8859_1);
      text = made;
    }
    return made;
  }

  /** Whether the name is this one, in small letters as the map makes them. */
  boolean isNamed(byte[] data, int offset, int length) {
    if (length != nameLength) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (line[i] != Tokens.lower(data[offset + i])) {
        return false;
      }
    }
    return true;
  }

  boolean hasValue(byte[] data, int offset, int length) {
    return length == valueLength
        && java.util.Arrays.equals(
            line, nameLength + 2, nameLength + 2 + length, data, offset, offset + length);
  }

  static int kind(byte[] data, int offset, int length, int number) {
    if (length == 0) {
      return BAD;
    }
    if (data[offset] == ':') {
      return pseudo(data, offset, length);
    }
    if (number >= 0) {
      for (int i = 0; i < length; i++) {
        if (NAME[data[offset + i] & 255] == 0) {
          return BAD; // a capital
        }
      }
      return ofKnown(number);
    }
    for (int i = 0; i < length; i++) {
      if (NAME[data[offset + i] & 255] == 0) {
        return BAD;
      }
    }
    return REGULAR;
  }

  private static int ofKnown(int number) {
    if (number == HeaderName.CONNECTION.number()
        || number == HeaderName.KEEP_ALIVE.number()
        || number == HeaderName.PROXY_CONNECTION.number()
        || number == HeaderName.TRANSFER_ENCODING.number()
        || number == HeaderName.UPGRADE.number()) {
      return FORBIDDEN;
    }
    if (number == HeaderName.HOST.number()
        || number == HeaderName.TE.number()
        || number == HeaderName.COOKIE.number()
        || number == HeaderName.EXPECT.number()
        || number == HeaderName.CONTENT_LENGTH.number()) {
      return SPECIAL;
    }
    return REGULAR;
  }

  private static int pseudo(byte[] data, int offset, int length) {
    return switch (new String(data, offset, length, StandardCharsets.ISO_8859_1)) {
      case ":method" -> METHOD;
      case ":scheme" -> SCHEME;
      case ":authority" -> AUTHORITY;
      case ":path" -> PATH;
      case ":status" -> STATUS;
      case ":protocol" -> PROTOCOL;
      default -> UNKNOWN_PSEUDO;
    };
  }

  /** Whether a value may be passed on (RFC 9113 8.2.1): no controls, no space at either end. */
  static boolean isValue(byte[] data, int offset, int length) {
    if (length == 0) {
      return true;
    }
    for (int i = offset; i < offset + length; i++) {
      if (!VALUE[data[i] & 255]) {
        return false;
      }
    }
    return !isSpace(data[offset]) && !isSpace(data[offset + length - 1]);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean hasUnderscore(byte[] data, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (data[i] == '_') {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return new String(line, 0, line.length - 2, StandardCharsets.ISO_8859_1);
  }
}
