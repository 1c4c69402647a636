package io.weft.codec.h2;

import org.jspecify.annotations.Nullable;

/**
 * A dynamic table of HPACK (RFC 7541 2.3.2): the last fields added, as far as they fit. Confined to
 * its connection.
 */
final class DynamicTable {
  private @Nullable Field[] ring = new @Nullable Field[8];
  private int maxSize;
  private int size;
  private int count;

  /** How many fields were ever added; the last has this number. */
  private long added;

  DynamicTable(int maxSize) {
    this.maxSize = maxSize;
  }

  int count() {
    return count;
  }

  int maxSize() {
    return maxSize;
  }

  /** The number of the field added last, from 1; the one before has one less. */
  long added() {
    return added;
  }

  /** The field added {@code age} fields before the last, or null if it is gone. */
  @Nullable Field get(int age) {
    return age < 0 || age >= count ? null : ring[(int) (added - age) & (ring.length - 1)];
  }

  /** Changes how much fits; what does not fit any more goes. */
  void resize(int newMax) {
    maxSize = newMax;
    evict(newMax);
  }

  /** Adds a field; one that is larger than the table empties it (RFC 7541 4.4). */
  void add(Field field) {
    evict(maxSize - field.size());
    if (field.size() > maxSize) {
      return;
    }
    if (count == ring.length) {
      grow();
    }
    added++;
    ring[(int) added & (ring.length - 1)] = field;
    count++;
    size += field.size();
  }

  private void evict(int most) {
    while (size > most && count > 0) {
      int at = (int) (added - count + 1) & (ring.length - 1);
      Field oldest = ring[at];
      ring[at] = null;
      count--;
      if (oldest != null) {
        size -= oldest.size();
      }
    }
  }

  private void grow() {
    @Nullable Field[] larger = new @Nullable Field[ring.length * 2];
    for (int age = 0; age < count; age++) {
      larger[(int) (added - age) & (larger.length - 1)] = get(age);
    }
    ring = larger;
  }
}
