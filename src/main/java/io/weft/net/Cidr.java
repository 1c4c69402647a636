package io.weft.net;

import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses: those that share the first {@code bits} of {@code address}. IPv4 and
 * IPv6 ranges hold addresses of their own family only. Immutable.
 */
public record Cidr(NetAddress.Ip address, int bits) {
  public Cidr {
    int most = address.isV6() ? 128 : 32;
    if (bits < 0 || bits > most) {
      throw new IllegalArgumentException(
          "prefix_len: " + bits + " of " + address.host() + " (expected: 0-" + most + ")");
    }
    address =
        address.isV6()
            ? NetAddress.Ip.v6(
                address.high() & mask(bits), address.low() & mask(bits - Long.SIZE), 0)
            : NetAddress.Ip.v4((int) (address.low() & mask(bits + Integer.SIZE)), 0);
  }

  /** Reads {@code 10.0.0.0/8}, or an address alone; null for anything else. */
  public static @Nullable Cidr parse(String text) {
    int slash = text.indexOf('/');
    NetAddress.Ip address = NetAddress.Ip.parse(slash < 0 ? text : text.substring(0, slash), 0);
    if (address == null) {
      return null;
    }
    try {
      int all = address.isV6() ? 128 : 32;
      return new Cidr(address, slash < 0 ? all : Integer.parseInt(text.substring(slash + 1)));
    } catch (IllegalArgumentException e) {
      return null; // no number, or too large
    }
  }

  /** A word with its first {@code bits} set; none for less than 1, all for more than 63. */
  private static long mask(int bits) {
    if (bits <= 0) {
      return 0;
    }
    return bits >= Long.SIZE ? -1 : -1L << (Long.SIZE - bits);
  }

  /** Whether {@code other} is in the range, whatever its port. */
  public boolean contains(NetAddress.Ip other) {
    if (other.isV6() != address.isV6()) {
      return false;
    }
    return address.isV6()
        ? (other.high() & mask(bits)) == address.high()
            && (other.low() & mask(bits - Long.SIZE)) == address.low()
        : (other.low() & mask(bits + Integer.SIZE)) == address.low();
  }

  @Override
  public String toString() {
    return address.host() + "/" + bits;
  }
}
