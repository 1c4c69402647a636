package io.weft.hcm;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.SplittableRandom;

/**
 * Random UUIDs (RFC 9562 5.4) as header values. One a carrier. They name requests in logs and are
 * no secret, so a fast generator seeded from the system's is enough.
 */
final class RequestIds {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private static final SecureRandom SEEDS = new SecureRandom();

  private final SplittableRandom random = new SplittableRandom(SEEDS.nextLong());
  private final byte[] text = new byte[36];

  /**
   * Opens the system's generator. At start: it reads a file, and a process that has no descriptor
   * left would look for seeds elsewhere until it has one, on a carrier.
   */
  static void prepare() {
    var _ = SEEDS.nextLong();
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
