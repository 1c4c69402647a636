package io.weft.stats;

/** Which set of cells the calling thread writes. */
final class Here {
  private Here() {}

  /** The calling carrier's number, or -1 on any other thread. */
  static int carrier() {
    return -1;
  }
}
