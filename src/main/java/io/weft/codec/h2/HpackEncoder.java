package io.weft.codec.h2;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Tokens;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Encodes header blocks (RFC 7541). A field goes into the table when it is sent the second time
 * within a while, so that values which never come again leave what is there alone. Blocks must be
 * written in the order in which they were encoded, but for those of {@link #trailers}. Confined to
 * its connection.
 */
final class HpackEncoder {
  private static final int MAX_TABLE = 4096;
  private static final byte[] SAME = new byte[256];
  private static final byte[] LOWER = new byte[256];
  private static final @Nullable Field[] STATUS = new @Nullable Field[1000];
  private static final int SLOTS = 64;

  static {
    for (int i = 0; i < 256; i++) {
      SAME[i] = (byte) i;
      LOWER[i] = Tokens.lower((byte) i);
    }
  }

  private final DynamicTable table = new DynamicTable(MAX_TABLE);

  /** Where a field of some hash may be: its number in the table. */
  private long @Nullable [] places;

  /** The hashes seen lately. */
  private int @Nullable [] seen;

  // the sizes to be told at the start of the next block: the smallest since then, and the last
  private int smallest = -1;
  private int last = -1;

  /** The peer's decoder takes a table of at most {@code bytes}. */
  void limit(long bytes) {
    int size = (int) Math.min(bytes, MAX_TABLE);
    if (size != (last >= 0 ? last : table.maxSize())) {
      smallest = smallest < 0 ? size : Math.min(smallest, size);
      last = size;
      table.resize(size);
    }
  }

  /** No block of these fields, or one more, is longer. */
  static int mostBytes(Headers headers) {
    return headers.wireLength() + headers.size() * 8 + 32;
  }

  /** Encodes {@code :status}, at the start of a block. */
  int status(int status, byte[] to, int at) {
    Field field = STATUS[status];
    if (field == null) {
      field = Field.of(":status", Integer.toString(status));
      STATUS[status] = field;
    }
    return encode(field.line, 0, 7, 9, 3, true, to, updates(to, at, true));
  }

  /** Encodes a pseudo field of a request. */
  int pseudo(String name, String value, boolean indexed, byte[] to, int at) {
    byte[] line = (name + value).getBytes(StandardCharsets.ISO_8859_1);
    return encode(line, 0, name.length(), name.length(), value.length(), indexed, to, at);
  }

  /** To be called at the start of a block: says what has become of the table. */
  int begin(byte[] to, int at) {
    return updates(to, at, true);
  }

  private int updates(byte[] to, int at, boolean told) {
    int end = at;
    if (last >= 0) {
      if (smallest < last) {
        end = integer(smallest, 0x1f, 0x20, to, end);
      }
      end = integer(last, 0x1f, 0x20, to, end);
      if (told) {
        smallest = -1;
        last = -1;
      }
    }
    return end;
  }

  /** Encodes all fields but {@code without}; returns the index behind the last byte. */
  int headers(Headers headers, @Nullable HeaderName without, byte[] to, int at) {
    byte[] data = headers.bytes();
    int end = at;
    for (int i = 0; i < headers.size(); i++) {
      if (without == null || headers.number(i) != without.number()) {
        end =
            encode(
                data,
                headers.nameOffset(i),
                headers.nameLength(i),
                headers.valueOffset(i),
                headers.valueLength(i),
                true,
                to,
                end);
      }
    }
    return end;
  }

  /**
   * Encodes trailers, a whole block, without use of the table: it may be written behind blocks that
   * were encoded later.
   */
  int trailers(Headers headers, byte[] to, int at) {
    byte[] data = headers.bytes();
    int end = updates(to, at, false);
    for (int i = 0; i < headers.size(); i++) {
      int name = headers.nameOffset(i);
      int length = headers.nameLength(i);
      end = name(StaticTable.indexOf(data, name, length), 0x0f, 0, data, name, length, to, end);
      end = plain(data, headers.valueOffset(i), headers.valueLength(i), SAME, to, end);
    }
    return end;
  }

  private int encode(
      byte[] data,
      int name,
      int nameLength,
      int value,
      int valueLength,
      boolean indexed,
      byte[] to,
      int at) {
    int fixed = StaticTable.indexOf(data, name, nameLength);
    for (int i = fixed; i > 0 && i <= 16; i++) {
      Field field = StaticTable.get(i);
      if (!field.isNamed(data, name, nameLength)) {
        break;
      }
      if (field.hasValue(data, value, valueLength)) {
        return integer(i, 0x7f, 0x80, to, at);
      }
    }
    if (isSecret(fixed)) {
      int end = name(fixed, 0x0f, 0x10, data, name, nameLength, to, at);
      return plain(data, value, valueLength, SAME, to, end);
    }
    int size = nameLength + valueLength + Field.OVERHEAD;
    if (indexed && size <= table.maxSize() / 4) {
      int hash = hash(data, name, nameLength, value, valueLength);
      int place = find(hash, data, name, nameLength, value, valueLength);
      if (place > 0) {
        return integer(place, 0x7f, 0x80, to, at);
      }
      if (isSeenAgain(hash)) {
        add(hash, data, name, nameLength, value, valueLength);
        int end = name(fixed, 0x3f, 0x40, data, name, nameLength, to, at);
        return string(data, value, valueLength, SAME, to, end);
      }
    }
    int end = name(fixed, 0x0f, 0, data, name, nameLength, to, at);
    return plain(data, value, valueLength, SAME, to, end);
  }

  /** Credentials are never put into a table (RFC 7541 7.1.3). */
  private static boolean isSecret(int fixed) {
    return fixed == 23 || fixed == 49 || fixed == 32 || fixed == 55;
  }

  private int find(int hash, byte[] data, int name, int nameLength, int value, int valueLength) {
    long[] at = places;
    if (at == null) {
      return 0;
    }
    long number = at[hash & (SLOTS - 1)];
    int age = (int) (table.added() - number);
    Field field = number == 0 ? null : table.get(age);
    return field != null
            && field.isNamed(data, name, nameLength)
            && field.hasValue(data, value, valueLength)
        ? StaticTable.SIZE + 1 + age
        : 0;
  }

  private boolean isSeenAgain(int hash) {
    int[] at = seen;
    if (at == null) {
      at = new int[SLOTS];
      seen = at;
    }
    int slot = hash & (SLOTS - 1);
    boolean again = at[slot] == hash;
    at[slot] = hash;
    return again;
  }

  private void add(int hash, byte[] data, int name, int nameLength, int value, int valueLength) {
    byte[] line = new byte[nameLength + valueLength + 4];
    for (int i = 0; i < nameLength; i++) {
      line[i] = LOWER[data[name + i] & 255];
    }
    line[nameLength] = ':';
    line[nameLength + 1] = ' ';
    System.arraycopy(data, value, line, nameLength + 2, valueLength);
    line[line.length - 2] = '\r';
    line[line.length - 1] = '\n';
    table.add(new Field(line, nameLength, valueLength));
    long[] at = places;
    if (at == null) {
      at = new long[SLOTS];
      places = at;
    }
    at[hash & (SLOTS - 1)] = table.added();
  }

  private static int hash(byte[] data, int name, int nameLength, int value, int valueLength) {
    int hash = nameLength * 31 + LOWER[data[name] & 255];
    hash = hash * 31 + LOWER[data[name + nameLength - 1] & 255];
    hash = hash * 31 + LOWER[data[name + (nameLength >> 1)] & 255];
    hash = hash * 31 + valueLength;
    int from = Math.max(0, valueLength - 24);
    for (int i = from; i < valueLength; i++) {
      hash = hash * 31 + data[value + i];
    }
    hash ^= hash >>> 15;
    return hash == 0 ? 1 : hash;
  }

  /** The first part of a literal: the index of the name, or the name itself. */
  private static int name(
      int index, int mask, int bits, byte[] data, int name, int length, byte[] to, int at) {
    int end = integer(index, mask, bits, to, at);
    if (index > 0) {
      return end;
    }
    return bits == 0x40
        ? string(data, name, length, LOWER, to, end)
        : plain(data, name, length, LOWER, to, end);
  }

  /** A string, Huffman coded where that is shorter. */
  private static int string(byte[] data, int offset, int length, byte[] map, byte[] to, int at) {
    int coded = Huffman.encodedLength(data, offset, length, map);
    if (coded >= length) {
      return plain(data, offset, length, map, to, at);
    }
    int end = integer(coded, 0x7f, 0x80, to, at);
    return Huffman.encode(data, offset, length, map, to, end);
  }

  @SuppressWarnings("ReferenceEquality") // one of two arrays
  private static int plain(byte[] data, int offset, int length, byte[] map, byte[] to, int at) {
    int end = integer(length, 0x7f, 0, to, at);
    if (map == SAME) {
      System.arraycopy(data, offset, to, end, length);
    } else {
      for (int i = 0; i < length; i++) {
        to[end + i] = map[data[offset + i] & 255];
      }
    }
    return end + length;
  }

  /** An integer behind the bits of its first byte (RFC 7541 5.1). */
  private static int integer(int value, int mask, int bits, byte[] to, int at) {
    int end = at;
    if (value < mask) {
      to[end++] = (byte) (bits | value);
      return end;
    }
    to[end++] = (byte) (bits | mask);
    int rest = value - mask;
    while (rest >= 128) {
      to[end++] = (byte) (rest & 127 | 128);
      rest >>>= 7;
    }
    to[end++] = (byte) rest;
    return end;
  }
}
