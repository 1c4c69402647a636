package io.weft.filter.http.router;

import io.weft.carrier.CarrierLocal;

/**
 * The copies of requests that are under way on one carrier, of all routes: however slow the
 * clusters are that they go to, they take no more memory than this. Confined to its carrier.
 */
final class MirrorLoad {
  /** Copies under way at once. */
  static final int MOST = 1000;

  /** Bytes of their bodies that wait to be sent. */
  static final long MOST_BYTES = 32 << 20;

  private static final CarrierLocal<MirrorLoad> HERE =
      new CarrierLocal<>(carrier -> new MirrorLoad());

  private int copies;
  private long bytes;

  /** That of this carrier. */
  static MirrorLoad here() {
    return HERE.get();
  }

  /** Takes part in it with another copy, unless there are too many. */
  boolean begin() {
    if (copies >= MOST) {
      return false;
    }
    copies++;
    return true;
  }

  void end() {
    copies--;
  }

  boolean take(long count) {
    if (bytes + count > MOST_BYTES) {
      return false;
    }
    bytes += count;
    return true;
  }

  void give(long count) {
    bytes -= count;
  }
}
