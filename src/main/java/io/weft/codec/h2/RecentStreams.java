package io.weft.codec.h2;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The last streams that this side has reset before the peer had ended them: it may not know of it
 * yet, and what it has sent meanwhile is no mistake. As the peer has only so many streams open at a
 * time, no more than that can be reset without its knowing.
 */
final class RecentStreams {
  private static final int FIRST = 16;
  private static final int MOST = 4096;

  private final int most;
  private int @Nullable [] ids;
  private int count;
  private int next;

  /** Of a connection with at most {@code concurrent} streams at a time. */
  RecentStreams(long concurrent) {
    most = Math.clamp(concurrent, FIRST, MOST);
  }

  void add(int id) {
    int[] to = ids;
    if (to == null) {
      to = new int[FIRST];
      ids = to;
    } else if (count == to.length && count < most) {
      to = Arrays.copyOf(to, Math.min(most, 2 * count));
      ids = to;
      next = count;
    }
    to[next] = id;
    next = next + 1 == to.length ? 0 : next + 1;
    count = Math.min(count + 1, to.length);
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
