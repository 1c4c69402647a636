package io.weft.dns;

import java.net.InetAddress;
import java.util.List;

/**
 * The addresses of a name.
 *
 * @param addresses at least one, in the order of the answer
 * @param ttlSeconds the least time to live of the records that led to them
 */
public record Answer(List<InetAddress> addresses, long ttlSeconds) {
  public Answer {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("addresses: none (expected: at least one)");
    }
  }
}
