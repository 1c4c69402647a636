package io.weft.carrier;

/**
 * How many carriers, on what.
 *
 * @param count number of carriers, at least 1
 * @param poller how they wait for sockets
 * @param pin whether carrier {@code i} is bound to the i-th core this process may use (Linux)
 */
public record CarriersConfig(int count, PollerKind poller, boolean pin) {
  public CarriersConfig {
    if (count < 1 || count > 1024) {
      throw new IllegalArgumentException("carriers: " + count + " (expected: 1-1024)");
    }
  }
}
