package io.weft.filter.http.buffer;

/**
 * How a request is buffered.
 *
 * @param maxRequestBytes the longest body that is waited for; 0 to wait for none
 */
public record BufferConfig(long maxRequestBytes) {
  /** The request passes as it comes. */
  public static final BufferConfig DISABLED = new BufferConfig(0);

  public BufferConfig {
    if (maxRequestBytes < 0 || maxRequestBytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "max_request_bytes: " + maxRequestBytes + " (expected: 0-2147483639)");
    }
  }
}
