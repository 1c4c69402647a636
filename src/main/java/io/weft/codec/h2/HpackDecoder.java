package io.weft.codec.h2;

import org.jspecify.annotations.Nullable;

/**
 * Decodes header blocks (RFC 7541 3). What goes wrong here ends the connection: the two tables
 * would differ from then on. Confined to its connection.
 */
final class HpackDecoder {
  /** RFC 7541 4.2: two are enough to say that a table was small for a while. */
  private static final int MAX_SIZE_UPDATES = 2;

  /** No length or index that is of use needs more. */
  private static final int MAX_INTEGER = 1 << 24;

  private static final int USUAL_LINE = 512;

  private final int maxTable;
  private final DynamicTable table;
  private byte[] data = new byte[0];
  private int at;
  private int until;

  /** A decoder whose peer was told that its table may take {@code maxTable} bytes. */
  HpackDecoder(int maxTable) {
    this.maxTable = maxTable;
    // what the peer may use before it has heard (RFC 9113 6.5.2)
    table = new DynamicTable(4096);
  }

  /** Decodes one whole block. */
  void decode(byte[] block, int from, int end, HeadBuilder into) throws ConnectionError {
    data = block;
    at = from;
    until = end;
    boolean first = true;
    int updates = 0;
    while (at < until) {
      int b = data[at] & 255;
      if (b >= 0x80) {
        into.add(field(integer(0x7f)));
        first = false;
      } else if (b >= 0x40) {
        literal(integer(0x3f), true, into);
        first = false;
      } else if (b >= 0x20) {
        if (!first || ++updates > MAX_SIZE_UPDATES) {
          throw error("a table size update behind a field, or too many of them");
        }
        int size = integer(0x1f);
        if (size > Math.max(maxTable, 4096)) {
          throw error("a table of " + size + " bytes (expected: at most " + maxTable + ")");
        }
        table.resize(size);
      } else {
        literal(integer(0x0f), false, into);
        first = false;
      }
    }
    data = new byte[0];
  }

  private Field field(int index) throws ConnectionError {
    if (index > 0 && index <= StaticTable.SIZE) {
      return StaticTable.get(index);
    }
    Field found = index == 0 ? null : table.get(index - StaticTable.SIZE - 1);
    if (found == null) {
      throw error(
          "index " + index + " (expected: 1 to " + (StaticTable.SIZE + table.count()) + ")");
    }
    return found;
  }

  private void literal(int nameIndex, boolean add, HeadBuilder into) throws ConnectionError {
    if (!add && into.isDropping()) {
      if (nameIndex == 0) {
        skip();
      }
      skip();
      return;
    }
    Field named = nameIndex == 0 ? null : field(nameIndex);
    byte[] line = new byte[named == null ? USUAL_LINE : named.nameLength + USUAL_LINE];
    int nameLength;
    if (named == null) {
      line = string(line, 0);
      nameLength = written;
    } else {
      nameLength = named.nameLength;
      System.arraycopy(named.line, 0, line, 0, nameLength);
    }
    line = string(line, nameLength + 2);
    int valueLength = written - nameLength - 2;
    line[nameLength] = ':';
    line[nameLength + 1] = ' ';
    line[written] = '\r';
    line[written + 1] = '\n';
    if (add) {
      var field = new Field(java.util.Arrays.copyOf(line, written + 2), nameLength, valueLength);
      into.add(field);
      table.add(field);
    } else {
      into.add(line, nameLength, valueLength);
    }
  }

  /** Where the string that was read last ends. */
  private int written;

  /** Reads a string to index {@code to} of the array, or of a longer one; room for 4 is left. */
  private byte[] string(byte[] line, int to) throws ConnectionError {
    int length = stringLength();
    boolean huffman = coded;
    int most = to + (huffman ? Huffman.mostDecoded(length) : length) + 4;
    byte[] out = most <= line.length ? line : java.util.Arrays.copyOf(line, most + USUAL_LINE);
    if (huffman) {
      written = Huffman.decode(data, at, length, out, to);
      if (written < 0) {
        throw error("a string that is no Huffman code");
      }
    } else {
      System.arraycopy(data, at, out, to, length);
      written = to + length;
    }
    at += length;
    return out;
  }

  private boolean coded;

  private int stringLength() throws ConnectionError {
    if (at >= until) {
      throw error("a block that ends before a string");
    }
    coded = (data[at] & 0x80) != 0;
    int length = integer(0x7f);
    if (length > until - at) {
      throw error("a string beyond the end of its block");
    }
    return length;
  }

  private void skip() throws ConnectionError {
    int length = stringLength(); // which moves on itself
    at += length;
  }

  /** An integer whose prefix has the bits of {@code mask} (RFC 7541 5.1). */
  private int integer(int mask) throws ConnectionError {
    int value = data[at++] & mask;
    if (value < mask) {
      return value;
    }
    for (int shift = 0; shift <= 28; shift += 7) {
      if (at >= until) {
        throw error("a block that ends within an integer");
      }
      int b = data[at++];
      value += (b & 0x7f) << shift;
      if (value > MAX_INTEGER || value < 0 || (shift == 28 && b != 0)) {
        throw error("an integer that is too large");
      }
      if (b >= 0) {
        return value;
      }
    }
    throw error("an integer that does not end");
  }

  private static ConnectionError error(String what) {
    return new ConnectionError(ErrorCode.COMPRESSION_ERROR, "header block: " + what);
  }

  /** For tests: the table. */
  @Nullable Field newest() {
    return table.get(0);
  }
}
