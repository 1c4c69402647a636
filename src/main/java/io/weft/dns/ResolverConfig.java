package io.weft.dns;

import io.weft.net.NetAddress;
import java.util.List;

/**
 * How names are looked up.
 *
 * @param servers the name servers to ask, in order; empty: those of {@code /etc/resolv.conf}
 * @param systemServersToo whether those of {@code /etc/resolv.conf} are asked after {@code servers}
 * @param tcp whether queries go over TCP at once, and not only after a truncated answer
 * @param search whether names with few dots are tried with the search domains of {@code
 *     /etc/resolv.conf}
 */
public record ResolverConfig(
    List<NetAddress.Ip> servers, boolean systemServersToo, boolean tcp, boolean search) {
  /** What {@code /etc/resolv.conf} says. */
  public static final ResolverConfig SYSTEM = new ResolverConfig(List.of(), false, false, true);

  public ResolverConfig {
    servers = List.copyOf(servers);
  }
}
