package io.weft.codec.h2;

/**
 * The Huffman code of HPACK (RFC 7541 appendix B). The code is canonical, so the lengths of the
 * codes say all of it. Pure functions.
 */
final class Huffman {
  private static final int EOS = 256;

  /** The length of the code of each byte and of the end, 'A' for 5 bits. */
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHFIBCCCCCCCCCCCCCCCCCCCCCCDCDIOI"
          + "JBKABABABBBACCBBBABCBAABCCCCCKGJIXPRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRR"
          + "RSRRSVVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWVZ";

  private static final int[] CODES = new int[EOS + 1];
  private static final byte[] BITS = new byte[EOS + 1];

  /**
   * Tables of 256 for eight bits each, one behind the other: 0 is no code; a positive entry is a
   * byte and, in its low four bits, how many of the eight bits belong to it; a negative one is the
   * table for the next eight bits.
   */
  private static final short[] TABLES;

  static {
    for (int i = 0; i <= EOS; i++) {
      BITS[i] = (byte) (LENGTHS.charAt(i) - 'A' + 5);
    }
    int code = 0;
    for (int length = 5; length <= 30; length++) {
      code <<= 1;
      for (int i = 0; i <= EOS; i++) {
        if (BITS[i] == length) {
          CODES[i] = code++;
        }
      }
    }
    short[] tables = new short[256 * 64];
    int count = 1;
    for (int i = 0; i < EOS; i++) {
      count = enter(tables, count, i);
    }
    TABLES = java.util.Arrays.copyOf(tables, count * 256);
  }

  private Huffman() {}

  private static int enter(short[] tables, int count, int symbol) {
    int made = count;
    int table = 0;
    int left = BITS[symbol];
    while (left > 8) {
      int slot = table * 256 + (CODES[symbol] >>> (left - 8) & 255);
      if (tables[slot] == 0) {
        tables[slot] = (short) -made++;
      }
      table = -tables[slot];
      left -= 8;
    }
    int first = CODES[symbol] << (8 - left) & 255;
    for (int i = 0; i < 1 << (8 - left); i++) {
      tables[table * 256 + first + i] = (short) (symbol << 4 | left);
    }
    return made;
  }

  /** How many bytes {@code length} bytes take when encoded, in small letters where asked for. */
  static int encodedLength(byte[] data, int offset, int length, byte[] map) {
    long bits = 0;
    for (int i = offset; i < offset + length; i++) {
      bits += BITS[map[data[i] & 255] & 255];
    }
    return (int) ((bits + 7) >>> 3);
  }

  /** Encodes; returns the index behind the last byte written. */
  static int encode(byte[] data, int offset, int length, byte[] map, byte[] to, int at) {
    long pending = 0;
    int bits = 0;
    int out = at;
    for (int i = offset; i < offset + length; i++) {
      int symbol = map[data[i] & 255] & 255;
      pending = pending << BITS[symbol] | CODES[symbol];
      bits += BITS[symbol];
      while (bits >= 8) {
        bits -= 8;
        to[out++] = (byte) (pending >>> bits);
      }
    }
    if (bits > 0) {
      to[out++] = (byte) (pending << (8 - bits) | 255 >>> bits);
    }
    return out;
  }

  /** How many bytes at most {@code length} encoded bytes decode to. */
  static int mostDecoded(int length) {
    return length * 8 / 5 + 1;
  }

  /**
   * Decodes; returns the index behind the last byte written, or -1 if it is no Huffman code: the
   * end symbol within, or padding that is too long or not of ones (RFC 7541 5.2).
   */
  static int decode(byte[] data, int offset, int length, byte[] to, int at) {
    long pending = 0;
    int bits = 0;
    int sinceSymbol = 0;
    int table = 0;
    int out = at;
    for (int i = offset; i < offset + length; i++) {
      pending = pending << 8 | data[i] & 255;
      bits += 8;
      sinceSymbol += 8;
      while (bits >= 8) {
        int entry = TABLES[table + ((int) (pending >>> (bits - 8)) & 255)];
        if (entry > 0) {
          to[out++] = (byte) (entry >> 4);
          bits -= entry & 15;
          table = 0;
          sinceSymbol = bits;
        } else if (entry < 0) {
          bits -= 8;
          table = -entry * 256;
        } else {
          return -1;
        }
      }
    }
    while (bits > 0) {
      int entry = TABLES[table + ((int) (pending << (8 - bits)) & 255)];
      if (entry <= 0 || (entry & 15) > bits) {
        break;
      }
      to[out++] = (byte) (entry >> 4);
      bits -= entry & 15;
      table = 0;
      sinceSymbol = bits;
    }
    int mask = (1 << bits) - 1;
    return sinceSymbol > 7 || ((int) pending & mask) != mask ? -1 : out;
  }
}
