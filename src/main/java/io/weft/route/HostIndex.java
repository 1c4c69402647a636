package io.weft.route;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what belongs to a host by its exact name. Immutable.
 *
 * <p>An open-addressing table of two ints a slot: the hash of the name, which is {@link
 * String#hashCode}'s, and the place of its entry in the table's bytes (0: free). An entry is the
 * place of what is found, the length of the name and the name; what is found lies behind it where
 * the name is the first of its virtual host. So a look-up reads one line of slots and one of bytes,
 * of which the second brings along what is asked next.
 */
final class HostIndex {
  private static final int HEAD = 8;
  private static final int NONE = 0;

  private final Packed packed;
  private final int[] slots;
  private final int mask;

  private HostIndex(Packed packed, int[] slots) {
    this.packed = packed;
    this.slots = slots;
    mask = slots.length / 2 - 1;
  }

  /** The place that belongs to a name, in lower case; 0 if none does. */
  int find(String name) {
    int hash = name.hashCode();
    byte[] bytes = packed.bytes();
    for (int slot = slot(hash, mask); ; slot = slot + 1 & mask) {
      int entry = slots[slot * 2 + 1];
      if (entry == NONE) {
        return NONE;
      }
      if (slots[slot * 2] == hash) {
        int length = Packed.number(bytes, entry + 4);
        if (length == name.length() && Packed.holds(bytes, entry + HEAD, name, length)) {
          return Packed.number(bytes, entry);
        }
      }
    }
  }

  private static int slot(int hash, int mask) {
    int mixed = hash * 0x9E3779B9;
    return (mixed >>> 15 ^ mixed) & mask;
  }

  /** Collects the names of an index. */
  static final class Builder {
    private final Packed packed;
    private final List<Integer> hashes = new ArrayList<>();
    private final List<Integer> entries = new ArrayList<>();

    Builder(Packed packed) {
      this.packed = packed;
    }

    /** Adds a name of ISO 8859-1 characters; returns its entry. */
    int add(String name) {
      int entry = packed.add(NONE);
      packed.add(name.length());
      packed.add(name.getBytes(StandardCharsets.ISO_8859_1));
      packed.align();
      hashes.add(name.hashCode());
      entries.add(entry);
      return entry;
    }

    /** Says what belongs to the name of an entry. */
    void set(int entry, int place) {
      packed.set(entry, place);
    }

    HostIndex build() {
      int capacity = Integer.highestOneBit(Math.max(2, entries.size() * 2 - 1)) << 1;
      int[] slots = new int[capacity * 2];
      for (int i = 0; i < entries.size(); i++) {
        int slot = slot(hashes.get(i), capacity - 1);
        while (slots[slot * 2 + 1] != NONE) {
          slot = slot + 1 & capacity - 1;
        }
        slots[slot * 2] = hashes.get(i);
        slots[slot * 2 + 1] = entries.get(i);
      }
      return new HostIndex(packed, slots);
    }
  }
}
