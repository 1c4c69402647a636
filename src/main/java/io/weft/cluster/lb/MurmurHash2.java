package io.weft.cluster.lb;

/** MurmurHash2 with 64 bits (64A) and the seed of GNU's std::hash, as Envoy's rings use it. */
public final class MurmurHash2 {
  private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;
  private static final long SEED = 0xc70f6907L;

  private MurmurHash2() {}

  /** The hash of the bytes. */
  public static long of(byte[] bytes) {
    long hash = SEED ^ bytes.length * MULTIPLIER;
    int whole = bytes.length & ~7;
    for (int i = 0; i < whole; i += 8) {
      hash = (hash ^ mixed(word(bytes, i, 8) * MULTIPLIER) * MULTIPLIER) * MULTIPLIER;
    }
    if (whole < bytes.length) {
      hash = (hash ^ word(bytes, whole, bytes.length - whole)) * MULTIPLIER;
    }
    return mixed(mixed(hash) * MULTIPLIER);
  }

  private static long mixed(long word) {
    return word ^ word >>> 47;
  }

  private static long word(byte[] bytes, int from, int count) {
    long word = 0;
    for (int i = count - 1; i >= 0; i--) {
      word = word << 8 | bytes[from + i] & 0xff;
    }
    return word;
  }
}
