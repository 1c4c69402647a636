package io.weft.codec.h1;

/**
 * How large a message head may be.
 *
 * @param maxHeadBytes start line and fields together
 * @param maxFields number of fields
 * @param maxTargetBytes request target; beyond it the answer is 414
 */
public record HeadLimits(int maxHeadBytes, int maxFields, int maxTargetBytes) {
  /** The limits of Envoy and of the security bar: 60 KiB, 100 fields, 8 KiB. */
  public static final HeadLimits DEFAULT = new HeadLimits(60 * 1024, 100, 8 * 1024);

  public HeadLimits {
    if (maxHeadBytes < 256 || maxHeadBytes > 8192 * 1024) {
      throw new IllegalArgumentException(
          "maxHeadBytes: " + maxHeadBytes + " (expected: 256-8388608)");
    }
    if (maxFields < 1) {
      throw new IllegalArgumentException("maxFields: " + maxFields + " (expected: at least 1)");
    }
    if (maxTargetBytes < 1) {
      throw new IllegalArgumentException(
          "maxTargetBytes: " + maxTargetBytes + " (expected: at least 1)");
    }
  }
}
