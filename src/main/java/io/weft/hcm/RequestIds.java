package io.weft.hcm;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Random UUIDs (RFC 9562 5.4) as header values. One a carrier. They name requests in logs and are
 * no secret, so a fast generator seeded from the system's is enough.
 */
final class RequestIds {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private static final long SYSTEM_SEED = systemSeed();
  private static final AtomicLong GENERATORS = new AtomicLong();

  private final SplittableRandom random = new SplittableRandom(nextSeed());
  private final byte[] text = new byte[36];

  /**
   * Draws the system's seed. At start: that reads a file, which a carrier must not, nor could a
   * process that has no descriptor left.
   */
  static void prepare() {
    var _ = SYSTEM_SEED;
  }

  /** Read from the device itself: Java's own generator takes 15 ms to load its providers. */
  private static long systemSeed() {
    try (var in = Files.newInputStream(Path.of("/dev/urandom"))) {
      return ByteBuffer.wrap(in.readNBytes(Long.BYTES)).getLong();
    } catch (IOException | BufferUnderflowException e) {
      return new SecureRandom().nextLong();
    }
  }

  /** A seed for each generator, far from those of the others: SplitMix64 over the system's. */
  private static long nextSeed() {
    long z = SYSTEM_SEED + GENERATORS.incrementAndGet() * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** The next id; valid until the next call. */
  byte[] next() {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & ~(0xc0L << 56)) | (0x80L << 56);
    int at = write(high >>> 32, 8, 0);
    at = write(high >>> 16, 4, at + 1);
    at = write(high, 4, at + 1);
    at = write(low >>> 48, 4, at + 1);
    write(low, 12, at + 1);
    return text;
  }

  private int write(long value, int digits, int from) {
    int at = from;
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      text[at++] = HEX[(int) (value >>> shift) & 15];
    }
    if (at < text.length) {
      text[at] = '-';
    }
    return at;
  }
}
