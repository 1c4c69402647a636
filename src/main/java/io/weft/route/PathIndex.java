package io.weft.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the first of many routes whose exact path, prefix or path-separated prefix fits, in one
 * pass over the path. Immutable.
 *
 * <p>Its place in the table's bytes holds the longest prefix, the longest exact path (-1: there is
 * none), the mask of the slots, a bit for each length that some prefix has, and an open-addressing
 * table of the keys of all three kinds: four ints a slot (hash, place of the key's bytes, length
 * and kind, number of the route), so that a probe touches one cache line of the table and one of
 * the keys. The hash is {@link String#hashCode}'s, which every prefix of a path has along the way;
 * a prefix is looked up only at lengths that some key has. Routes with the same key are a chain
 * from the first one on, which ends with the first that has no condition beside its path: later
 * ones are never reached.
 */
final class PathIndex {
  /** No route. */
  static final int NONE = Integer.MAX_VALUE;

  private static final int EXACT = 0;
  private static final int PREFIX = 1;
  private static final int SEPARATED = 2;

  private static final int LONGEST_PREFIX = 0;
  private static final int LONGEST_EXACT = 4;
  private static final int MASK = 8;
  private static final int LENGTHS = 12;
  private static final int SLOT_BYTES = 16;

  private static final int[] NONE_FOLLOWS = {}; // shared: most indexes have no chains

  private final Packed packed;
  private final int place;
  private final boolean foldsCase;
  private final int[] following; // by route number: the next one of the same key; empty: none has

  private PathIndex(Packed packed, int place, boolean foldsCase, int[] following) {
    this.packed = packed;
    this.place = place;
    this.foldsCase = foldsCase;
    this.following = following;
  }

  /**
   * An index of the routes that {@code foldsCase} concerns, added to {@code packed}; patterns are
   * not in it.
   *
   * @return null if there is no such route
   */
  static @org.jspecify.annotations.Nullable PathIndex of(
      List<RouteConfig> routes, boolean foldsCase, Packed packed) {
    int count = 0;
    for (RouteConfig route : routes) {
      count += belongs(route.match(), foldsCase) ? 1 : 0;
    }
    if (count == 0) {
      return null;
    }
    var builder = new Builder(count, foldsCase);
    for (int i = 0; i < routes.size(); i++) {
      PathMatch match = routes.get(i).match();
      if (belongs(match, foldsCase)) {
        builder.add(match, i, routes);
      }
    }
    return new PathIndex(packed, builder.write(packed), foldsCase, builder.following);
  }

  private static boolean belongs(PathMatch match, boolean foldsCase) {
    return switch (match.kind()) {
      case EXACT, PREFIX, SEPARATED_PREFIX -> match.caseSensitive() != foldsCase;
      case REGEX, TEMPLATE, CONNECT -> false;
    };
  }

  /** The next route with the same key, or {@link #NONE}. */
  int next(int route) {
    return following.length == 0 ? NONE : following[route];
  }

  /**
   * Collects the first route of every key that fits the first {@code end} characters of {@code
   * path}.
   */
  void findAll(String path, int end, Heads into) {
    byte[] bytes = packed.bytes();
    int walk = Math.min(end, Packed.number(bytes, place + LONGEST_PREFIX));
    int hash = 0;
    for (int i = 0; i <= walk; i++) {
      if (isPrefixLength(bytes, place, i)) {
        into.add(probe(bytes, place, foldsCase, path, i, hash, PREFIX), this);
        if (i == end || path.charAt(i) == '/') {
          into.add(probe(bytes, place, foldsCase, path, i, hash, SEPARATED), this);
        }
      }
      if (i < walk) {
        hash = 31 * hash + fold(path.charAt(i), foldsCase);
      }
    }
    if (end <= Packed.number(bytes, place + LONGEST_EXACT)) {
      for (int i = Math.max(walk, 0); i < end; i++) {
        hash = 31 * hash + fold(path.charAt(i), foldsCase);
      }
      into.add(probe(bytes, place, foldsCase, path, end, hash, EXACT), this);
    }
  }

  /** Chains of routes that fit a path, taken in the order of their numbers. Of one match. */
  static final class Heads {
    private int[] routes = new int[8];
    private PathIndex[] of = new PathIndex[8];
    private int count;

    private void add(int route, PathIndex index) {
      if (route == NONE) {
        return;
      }
      if (count == routes.length) {
        routes = Arrays.copyOf(routes, count * 2);
        of = Arrays.copyOf(of, count * 2);
      }
      routes[count] = route;
      of[count++] = index;
    }

    /** The lowest number there is, which is then taken out; {@link #NONE} at the end. */
    int next() {
      int lowest = NONE;
      int at = -1;
      for (int i = 0; i < count; i++) {
        if (routes[i] < lowest) {
          lowest = routes[i];
          at = i;
        }
      }
      if (at >= 0) {
        routes[at] = of[at].next(lowest);
      }
      return lowest;
    }
  }

  /**
   * The number of the first route that fits the first {@code end} characters of {@code path}, if it
   * is below {@code best}; else {@code best}.
   */
  int find(String path, int end, int best) {
    return find(packed.bytes(), place, foldsCase, path, end, best);
  }

  /** As {@link #find(String, int, int)} for the index at a place of a table's bytes. */
  static int find(byte[] bytes, int place, boolean foldsCase, String path, int end, int best) {
    int walk = Math.min(end, Packed.number(bytes, place + LONGEST_PREFIX));
    int hash = 0;
    if (walk >= 0) {
      if (isPrefixLength(bytes, place, 0)) {
        best = Math.min(best, prefix(bytes, place, foldsCase, path, 0, end, 0));
      }
      for (int i = 0; i < walk; ) {
        hash = 31 * hash + fold(path.charAt(i), foldsCase);
        i++;
        if (isPrefixLength(bytes, place, i)) {
          best = Math.min(best, prefix(bytes, place, foldsCase, path, i, end, hash));
        }
      }
    }
    if (end > Packed.number(bytes, place + LONGEST_EXACT)) {
      return best;
    }
    if (end == path.length() && !foldsCase) {
      hash = path.hashCode();
    } else {
      for (int i = Math.max(walk, 0); i < end; i++) {
        hash = 31 * hash + fold(path.charAt(i), foldsCase);
      }
    }
    return Math.min(best, probe(bytes, place, foldsCase, path, end, hash, EXACT));
  }

  private static boolean isPrefixLength(byte[] bytes, int place, int length) {
    return (bytes[place + LENGTHS + (length >> 3)] & 1 << (length & 7)) != 0;
  }

  private static int prefix(
      byte[] bytes, int place, boolean foldsCase, String path, int length, int end, int hash) {
    int found = probe(bytes, place, foldsCase, path, length, hash, PREFIX);
    return length == end || path.charAt(length) == '/'
        ? Math.min(found, probe(bytes, place, foldsCase, path, length, hash, SEPARATED))
        : found;
  }

  private static int probe(
      byte[] bytes, int place, boolean foldsCase, String path, int length, int hash, int kind) {
    int packed = length << 2 | kind;
    int mask = Packed.number(bytes, place + MASK);
    int slots = place + LENGTHS + lengthBytes(Packed.number(bytes, place + LONGEST_PREFIX));
    for (int slot = slot(hash, kind, mask); ; slot = slot + 1 & mask) {
      int at = slots + slot * SLOT_BYTES;
      int route = Packed.number(bytes, at + 12);
      if (route < 0) {
        return NONE;
      }
      if (Packed.number(bytes, at) == hash
          && Packed.number(bytes, at + 8) == packed
          && equals(bytes, Packed.number(bytes, at + 4), foldsCase, path, length)) {
        return route;
      }
    }
  }

  private static boolean equals(byte[] bytes, int key, boolean foldsCase, String path, int length) {
    if (!foldsCase) {
      return Packed.holds(bytes, key, path, length);
    }
    for (int i = 0; i < length; i++) {
      if (lower(path.charAt(i)) != (bytes[key + i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  private static int fold(char c, boolean foldsCase) {
    return foldsCase ? lower(c) : c;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private static int slot(int hash, int kind, int mask) {
    int mixed = (hash ^ kind) * 0x9E3779B9;
    return (mixed >>> 15 ^ mixed) & mask;
  }

  /** How many bytes the bits of the lengths take: whole numbers, none if there is no prefix. */
  private static int lengthBytes(int longestPrefix) {
    return (longestPrefix >> 5) + 1 << 2;
  }

  private static final class Builder {
    private final boolean foldsCase;
    private final int[] slots; // route number -1: free
    private final int mask;
    private byte[] keys = new byte[64];
    private int keysUsed;
    private long[] lengths = new long[1];
    private int longestPrefix = -1;
    private int longestExact = -1;
    private int[] following = NONE_FOLLOWS;
    private int[] tails = new int[0]; // by the number of a chain's first route

    Builder(int count, boolean foldsCase) {
      this.foldsCase = foldsCase;
      int capacity = Integer.highestOneBit(Math.max(2, count * 2 - 1)) << 1;
      this.mask = capacity - 1;
      this.slots = new int[capacity * 4];
      Arrays.fill(slots, -1);
    }

    void add(PathMatch match, int number, List<RouteConfig> routes) {
      // A path comes as one character a byte, so a key is compared by its bytes, too.
      byte[] key = match.text().getBytes(StandardCharsets.UTF_8);
      int hash = 0;
      for (int i = 0; i < key.length; i++) {
        key[i] = foldsCase ? (byte) lower(key[i]) : key[i];
        hash = 31 * hash + (key[i] & 0xff);
      }
      int kind =
          switch (match.kind()) {
            case EXACT -> EXACT;
            case PREFIX -> PREFIX;
            case SEPARATED_PREFIX -> SEPARATED;
            case REGEX, TEMPLATE, CONNECT ->
                throw new IllegalArgumentException(match.kind() + " has no key");
          };
      int packed = key.length << 2 | kind;
      int at = slot(hash, kind, mask) * 4;
      while (slots[at + 3] >= 0) {
        if (slots[at] == hash && slots[at + 2] == packed && isKeyAt(slots[at + 1], key)) {
          chain(slots[at + 3], number, routes);
          return;
        }
        at = at + 4 & slots.length - 1;
      }
      slots[at] = hash;
      slots[at + 1] = store(key);
      slots[at + 2] = packed;
      slots[at + 3] = number;
      if (kind == EXACT) {
        longestExact = Math.max(longestExact, key.length);
      } else {
        longestPrefix = Math.max(longestPrefix, key.length);
        if (key.length >> 6 >= lengths.length) {
          lengths = Arrays.copyOf(lengths, (key.length >> 6) + 1);
        }
        lengths[key.length >> 6] |= 1L << key.length;
      }
    }

    private void chain(int first, int number, List<RouteConfig> routes) {
      int tail = tails.length == 0 || tails[first] == 0 ? first : tails[first];
      if (routes.get(tail).conditions().isEmpty()) {
        return; // the chain goes no further
      }
      if (following.length == 0) {
        following = new int[routes.size()];
        Arrays.fill(following, NONE);
        tails = new int[routes.size()];
      }
      following[tail] = number;
      tails[first] = number;
    }

    /** Adds the index to the bytes of a table; returns its place. */
    int write(Packed packed) {
      int place = packed.add(longestPrefix);
      packed.add(longestExact);
      packed.add(mask);
      for (int i = 0; i < lengthBytes(longestPrefix) / 4; i++) {
        int at = packed.add(0);
        for (int bit = 0; bit < 32; bit++) {
          int length = i * 32 + bit;
          if ((lengths[length >> 6] & 1L << length) != 0) {
            packed.bytes()[at + (bit >> 3)] |= (byte) (1 << (bit & 7));
          }
        }
      }
      int first = packed.add(-1, slots.length);
      int base = packed.add(Arrays.copyOf(keys, keysUsed));
      packed.align();
      for (int i = 0; i < slots.length; i++) {
        boolean isPlace = i % 4 == 1 && slots[i + 2] >= 0;
        packed.set(first + i * 4, isPlace ? base + slots[i] : slots[i]);
      }
      return place;
    }

    private boolean isKeyAt(int offset, byte[] key) {
      return Arrays.equals(keys, offset, offset + key.length, key, 0, key.length);
    }

    private int store(byte[] key) {
      if (keysUsed + key.length > keys.length) {
        keys = Arrays.copyOf(keys, Math.max(keysUsed + key.length, keys.length * 2));
      }
      System.arraycopy(key, 0, keys, keysUsed, key.length);
      keysUsed += key.length;
      return keysUsed - key.length;
    }
  }
}
