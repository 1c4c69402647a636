package io.weft.codec.h2;

/** The last streams that this side has reset: the peer may not know of it yet. */
final class RecentStreams {
  private static final int KEPT = 64;

  private int @org.jspecify.annotations.Nullable [] ids;
  private int next;

  void add(int id) {
    int[] to = ids;
    if (to == null) {
      to = new int[KEPT];
      ids = to;
    }
    to[next] = id;
    next = (next + 1) & (KEPT - 1);
  }

  boolean contains(int id) {
    int[] in = ids;
    if (in != null) {
      for (int known : in) {
        if (known == id) {
          return true;
        }
      }
    }
    return false;
  }
}
