package io.weft.carrier;

import io.weft.sys.Errno;
import io.weft.sys.Libc;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import org.slf4j.LoggerFactory;

/** Binds the calling thread to a core. */
final class Affinity {
  private static final int MASK_BYTES = 128;

  private Affinity() {}

  /**
   * Binds it to the index-th of the cores this process may use; elsewhere than on Linux, nothing.
   */
  static void pin(int index) {
    if (!Os.isLinux()) {
      return;
    }
    var libc = new Libc();
    long mask = Memory.allocate(MASK_BYTES);
    int bytes = libc.schedGetaffinity(0, MASK_BYTES, mask);
    int core = bytes < 0 ? -1 : nth(mask, index);
    if (core < 0) {
      LoggerFactory.getLogger(Affinity.class)
          .warn("carrier {} is not bound to a core: this process has fewer", index);
      return;
    }
    Memory.clear(mask, MASK_BYTES);
    Memory.putByte(mask + core / 8, (byte) (1 << (core % 8)));
    int result = libc.schedSetaffinity(0, MASK_BYTES, mask);
    if (result < 0) {
      LoggerFactory.getLogger(Affinity.class)
          .warn("carrier {} is not bound to core {}: {}", index, core, Errno.text(-result));
    }
  }

  private static int nth(long mask, int index) {
    int seen = 0;
    for (int core = 0; core < MASK_BYTES * 8; core++) {
      if ((Memory.getByte(mask + core / 8) >> (core % 8) & 1) != 0 && seen++ == index) {
        return core;
      }
    }
    return -1;
  }
}
