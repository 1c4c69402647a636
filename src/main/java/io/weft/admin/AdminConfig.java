package io.weft.admin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the admin server listens.
 *
 * @param address port 0 takes a free one
 * @param exposure what an address that others reach means
 * @param hostNames names besides IP addresses and localhost under which browsers may call it
 * @param addressPath a file that gets {@code ip:port} once it listens; null for none
 */
public record AdminConfig(
    InetSocketAddress address,
    Exposure exposure,
    Set<String> hostNames,
    @Nullable Path addressPath) {

  /** Whether an address that is not a loopback one is accepted. */
  public enum Exposure {
    /** Refused: the admin server has no authentication. */
    REFUSED,
    /** Accepted with a warning, as Envoy's files often ask for it. */
    WARNED
  }

  /** Envoy's usual admin address. */
  public static final AdminConfig DEFAULT =
      new AdminConfig(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901),
          Exposure.REFUSED,
          Set.of(),
          null);

  public AdminConfig {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "admin address: " + address.getHostString() + " (expected: an IP address)");
    }
    hostNames = Set.copyOf(hostNames);
    if (exposure == Exposure.REFUSED && !isLocal(address)) {
      throw new IllegalArgumentException(
          "admin address: "
              + address
              + " (expected: a loopback address such as 127.0.0.1, since whoever reaches it can stop"
              + " the proxy; set scrape.address to show /ready and /stats/prometheus to others)");
    }
  }

  /** Whether only programs of this machine reach it. */
  boolean isLocal() {
    return isLocal(address);
  }

  private static boolean isLocal(InetSocketAddress address) {
    return address.getAddress().isLoopbackAddress();
  }
}
