package io.weft.codec.h2;

import io.weft.http.Tokens;

/** The static table of HPACK (RFC 7541 appendix A). Immutable. */
final class StaticTable {
  private static final String[] NAMES_AND_VALUES = {
    ":authority", "",
    ":method", "GET",
    ":method", "POST",
    ":path", "/",
    ":path", "/index.html",
    ":scheme", "http",
    ":scheme", "https",
    ":status", "200",
    ":status", "204",
    ":status", "206",
    ":status", "304",
    ":status", "400",
    ":status", "404",
    ":status", "500",
    "accept-charset", "",
    "accept-encoding", "gzip, deflate",
    "accept-language", "",
    "accept-ranges", "",
    "accept", "",
    "access-control-allow-origin", "",
    "age", "",
    "allow", "",
    "authorization", "",
    "cache-control", "",
    "content-disposition", "",
    "content-encoding", "",
    "content-language", "",
    "content-length", "",
    "content-location", "",
    "content-range", "",
    "content-type", "",
    "cookie", "",
    "date", "",
    "etag", "",
    "expect", "",
    "expires", "",
    "from", "",
    "host", "",
    "if-match", "",
    "if-modified-since", "",
    "if-none-match", "",
    "if-range", "",
    "if-unmodified-since", "",
    "last-modified", "",
    "link", "",
    "location", "",
    "max-forwards", "",
    "proxy-authenticate", "",
    "proxy-authorization", "",
    "range", "",
    "referer", "",
    "refresh", "",
    "retry-after", "",
    "server", "",
    "set-cookie", "",
    "strict-transport-security", "",
    "transfer-encoding", "",
    "user-agent", "",
    "vary", "",
    "via", "",
    "www-authenticate", ""
  };

  /** How many entries there are; the first has index 1. */
  static final int SIZE = NAMES_AND_VALUES.length / 2;

  private static final Field[] FIELDS = new Field[SIZE + 1];

  /** The first index of each name, at a slot that its length and letters lead to. */
  private static final byte[] SLOTS = new byte[256];

  static {
    FIELDS[0] = Field.of("", "");
    for (int i = 1; i <= SIZE; i++) {
      Field field = Field.of(NAMES_AND_VALUES[i * 2 - 2], NAMES_AND_VALUES[i * 2 - 1]);
      FIELDS[i] = field;
      if (indexOf(field.line, 0, field.nameLength) == 0) {
        int slot = slot(field.line, 0, field.nameLength);
        while (SLOTS[slot] != 0) {
          slot = (slot + 1) & 255;
        }
        SLOTS[slot] = (byte) i;
      }
    }
  }

  private StaticTable() {}

  /** The entry at {@code index}, from 1. */
  static Field get(int index) {
    return FIELDS[index];
  }

  /** The first index of a name in any case, 0 if there is none. */
  static int indexOf(byte[] data, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    for (int slot = slot(data, offset, length); ; slot = (slot + 1) & 255) {
      int index = SLOTS[slot];
      if (index == 0 || FIELDS[index].isNamed(data, offset, length)) {
        return index;
      }
    }
  }

  private static int slot(byte[] data, int offset, int length) {
    int first = Tokens.lower(data[offset]);
    int last = Tokens.lower(data[offset + length - 1]);
    int middle = Tokens.lower(data[offset + (length >> 1)]);
    return (length * 61 + first * 37 + last * 17 + middle * 5) & 255;
  }
}
