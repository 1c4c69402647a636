package io.weft.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the first of many routes whose exact path, prefix or path-separated prefix fits, in one
 * pass over the path. Immutable.
 *
 * <p>One open-addressing table holds the keys of all three kinds: four ints a slot (hash, offset of
 * the key's bytes, length and kind, number of the route), so that a probe touches one cache line of
 * the table and one of the keys. The hash is {@link String#hashCode}'s, which every prefix of a
 * path has along the way; a prefix is looked up only at lengths that some key has. Routes with the
 * same key are a chain from the first one on, which ends with the first that has no condition
 * beside its path: later ones are never reached.
 */
final class PathIndex {
  /** No route. */
  static final int NONE = Integer.MAX_VALUE;

  private static final int EXACT = 0;
  private static final int PREFIX = 1;
  private static final int SEPARATED = 2;
  private static final int STRIDE = 4;

  private static final int[] NONE_FOLLOWS = {}; // shared: most indexes have no chains

  private final boolean foldsCase;
  private final int[] slots; // route number -1: free
  private final int mask;
  private final byte[] keys;
  private final int[] following; // by route number: the next one of the same key; empty: none has
  private final long[] prefixLengths;
  private final int longestPrefix; // -1: there is none
  private final int longestExact; // -1: there is none

  private PathIndex(Builder from) {
    this.foldsCase = from.foldsCase;
    this.slots = from.slots;
    this.mask = from.mask;
    this.keys = Arrays.copyOf(from.keys, from.keysUsed);
    this.following = from.following;
    this.prefixLengths = from.lengths;
    this.longestPrefix = from.longestPrefix;
    this.longestExact = from.longestExact;
  }

  /**
   * An index of the routes that {@code foldsCase} concerns; patterns are not in it.
   *
   * @return null if there is no such route
   */
  static @org.jspecify.annotations.Nullable PathIndex of(
      List<RouteConfig> routes, boolean foldsCase) {
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
    return new PathIndex(builder);
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
    int walk = Math.min(end, longestPrefix);
    int hash = 0;
    for (int i = 0; i <= walk; i++) {
      if ((prefixLengths[i >> 6] & 1L << i) != 0) {
        into.add(probe(path, i, hash, PREFIX), this);
        if (i == end || path.charAt(i) == '/') {
          into.add(probe(path, i, hash, SEPARATED), this);
        }
      }
      if (i < walk) {
        hash = 31 * hash + fold(path.charAt(i));
      }
    }
    if (end <= longestExact) {
      for (int i = Math.max(walk, 0); i < end; i++) {
        hash = 31 * hash + fold(path.charAt(i));
      }
      into.add(probe(path, end, hash, EXACT), this);
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
    int walk = Math.min(end, longestPrefix);
    int hash = 0;
    if (longestPrefix >= 0) {
      if ((prefixLengths[0] & 1) != 0) {
        best = Math.min(best, prefix(path, 0, end, 0));
      }
      for (int i = 0; i < walk; ) {
        hash = 31 * hash + fold(path.charAt(i));
        i++;
        if ((prefixLengths[i >> 6] & 1L << i) != 0) {
          best = Math.min(best, prefix(path, i, end, hash));
        }
      }
    }
    if (end > longestExact) {
      return best;
    }
    if (end == path.length() && !foldsCase) {
      hash = path.hashCode();
    } else {
      for (int i = Math.max(walk, 0); i < end; i++) {
        hash = 31 * hash + fold(path.charAt(i));
      }
    }
    return Math.min(best, probe(path, end, hash, EXACT));
  }

  private int prefix(String path, int length, int end, int hash) {
    int found = probe(path, length, hash, PREFIX);
    return length == end || path.charAt(length) == '/'
        ? Math.min(found, probe(path, length, hash, SEPARATED))
        : found;
  }

  private int probe(String path, int length, int hash, int kind) {
    int packed = length << 2 | kind;
    for (int slot = slot(hash, kind, mask); ; slot = slot + 1 & mask) {
      int at = slot * STRIDE;
      int route = slots[at + 3];
      if (route < 0) {
        return NONE;
      }
      if (slots[at] == hash && slots[at + 2] == packed && equals(path, length, slots[at + 1])) {
        return route;
      }
    }
  }

  private boolean equals(String path, int length, int offset) {
    byte[] all = keys;
    if (foldsCase) {
      for (int i = 0; i < length; i++) {
        if (lower(path.charAt(i)) != (all[offset + i] & 0xff)) {
          return false;
        }
      }
      return true;
    }
    for (int i = 0; i < length; i++) {
      if (path.charAt(i) != (all[offset + i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  private int fold(char c) {
    return foldsCase ? lower(c) : c;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private static int slot(int hash, int kind, int mask) {
    int mixed = (hash ^ kind) * 0x9E3779B9;
    return mixed >>> 15 & mask ^ mixed & mask;
  }

  private static final class Builder {
    private final boolean foldsCase;
    private final int[] slots;
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
      this.slots = new int[capacity * STRIDE];
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
      int at = slot(hash, kind, mask) * STRIDE;
      while (slots[at + 3] >= 0) {
        if (slots[at] == hash && slots[at + 2] == packed && isKeyAt(slots[at + 1], key)) {
          chain(slots[at + 3], number, routes);
          return;
        }
        at = at + STRIDE & slots.length - 1;
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
