package io.weft.dns;

import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which addresses a client may have Weft connect to by naming them: not this machine, its link, or
 * the places where clouds keep the credentials of their machines. Private networks are allowed: a
 * forward proxy inside one is there to reach them. Immutable.
 *
 * @param allowed ranges that are allowed all the same
 */
public record AddressRules(List<Cidr> allowed) {
  private static final List<Cidr> REFUSED =
      Stream.of(
              "0.0.0.0/8", // this host; Linux takes 0.0.0.0 for loopback
              "127.0.0.0/8",
              "169.254.0.0/16", // link-local, with 169.254.169.254 for metadata
              "100.100.100.200", // metadata of Alibaba Cloud
              "168.63.129.16", // of Azure
              "192.0.0.192", // of Oracle Cloud
              "224.0.0.0/4", // multicast
              "240.0.0.0/4", // reserved, with broadcast
              "::/128",
              "::1/128",
              "fe80::/10", // link-local
              "fec0::/10", // site-local, which no router passes on
              "ff00::/8", // multicast
              "fd00:ec2::254", // metadata of AWS
              "fd20:ce::254") // of Google Cloud
          .map(text -> Objects.requireNonNull(Cidr.parse(text), text))
          .toList();

  private static final long MAPPED = 0xffffL << 32; // ::ffff:0:0/96
  private static final long NAT64 = 0x64_ff9bL << 32; // 64:ff9b::/96
  private static final long SIX_TO_FOUR = 0x2002L; // 2002::/16

  public AddressRules {
    allowed = List.copyOf(allowed);
  }

  /** Whether a connection to the address may be opened; its port does not matter. */
  public boolean allows(NetAddress.Ip address) {
    NetAddress.Ip inner = embedded(address);
    return isIn(allowed, address)
        || !isIn(REFUSED, address) && (inner.equals(address) || allows(inner));
  }

  /** The IPv4 address that an IPv6 address stands for; the address itself if it is none. */
  private static NetAddress.Ip embedded(NetAddress.Ip address) {
    if (!address.isV6()) {
      return address;
    }
    long high = address.high();
    long low = address.low();
    if (high == 0 && (low >>> 32 == 0 || (low & -1L << 32) == MAPPED)
        || high == NAT64 && low >>> 32 == 0) {
      return NetAddress.Ip.v4((int) low, address.port());
    }
    return high >>> 48 == SIX_TO_FOUR
        ? NetAddress.Ip.v4((int) (high >>> 16), address.port())
        : address;
  }

  private static boolean isIn(List<Cidr> ranges, NetAddress.Ip address) {
    for (Cidr range : ranges) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
