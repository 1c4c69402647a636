package io.weft.codec.h2;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open streams of a connection by number, in one array. Confined to its connection. */
final class StreamTable {
  private @Nullable Http2Stream[] slots = new @Nullable Http2Stream[8];
  private int count;

  int size() {
    return count;
  }

  @Nullable Http2Stream get(int id) {
    int mask = slots.length - 1;
    for (int i = home(id, mask); ; i = (i + 1) & mask) {
      Http2Stream found = slots[i];
      if (found == null || found.id == id) {
        return found;
      }
    }
  }

  void put(Http2Stream stream) {
    if (count >= slots.length >> 1) {
      grow();
    }
    insert(stream);
    count++;
  }

  private void insert(Http2Stream stream) {
    int mask = slots.length - 1;
    int i = home(stream.id, mask);
    while (slots[i] != null) {
      i = (i + 1) & mask;
    }
    slots[i] = stream;
  }

  private void grow() {
    @Nullable Http2Stream[] old = slots;
    slots = new @Nullable Http2Stream[old.length * 2];
    for (Http2Stream stream : old) {
      if (stream != null) {
        insert(stream);
      }
    }
  }

  /** Takes a stream out; those behind it move up, so that none is missed. */
  void remove(int id) {
    int mask = slots.length - 1;
    int i = home(id, mask);
    while (true) {
      Http2Stream found = slots[i];
      if (found == null) {
        return;
      }
      if (found.id == id) {
        break;
      }
      i = (i + 1) & mask;
    }
    count--;
    int free = i;
    while (true) {
      i = (i + 1) & mask;
      Http2Stream follower = slots[i];
      if (follower == null) {
        break;
      }
      int from = home(follower.id, mask);
      if (((i - from) & mask) >= ((i - free) & mask)) {
        slots[free] = follower;
        free = i;
      }
    }
    slots[free] = null;
  }

  /** The streams as they are now. */
  List<Http2Stream> all() {
    List<Http2Stream> all = new ArrayList<>(count);
    for (Http2Stream stream : slots) {
      if (stream != null) {
        all.add(stream);
      }
    }
    return all;
  }

  /** Numbers of one side are all odd, or all even. */
  private static int home(int id, int mask) {
    return id >>> 1 & mask;
  }
}
