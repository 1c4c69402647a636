package io.weft.stats;

import io.weft.carrier.Carrier;

/** Which set of cells the calling thread writes. */
final class Here {
  private Here() {}

  /** The calling carrier's number, or -1 on any other thread. */
  static int carrier() {
    var carrier = Carrier.currentOrNull();
    return carrier == null ? -1 : carrier.index();
  }
}
