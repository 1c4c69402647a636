package io.weft.listener;

import io.weft.net.NetAddress;
import io.weft.net.SocketOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One listener, checked.
 *
 * @param name unique among the listeners
 * @param statPrefix what follows {@code listener.} in the names of its statistics
 * @param addresses where it listens, at least one; port 0 lets the system choose
 * @param dualStack those of the addresses that take IPv4 peers too (Envoy: ipv4_compat)
 * @param reusePort whether each carrier has a listening socket of its own, where that is possible
 * @param backlog length of the queue of connections not yet accepted
 * @param filterChains in the order of the configuration
 * @param defaultFilterChain for connections that no other matches
 * @param bufferLimitBytes most bytes of a connection that are kept
 * @param connectionLimit most connections at once, asked at each accept; {@link Long#MAX_VALUE} for
 *     no limit
 * @param ignoreGlobalLimit whether the limit over all listeners leaves it alone
 * @param inspection what is looked at before a chain is chosen, null for nothing
 */
public record ListenerConfig(
    String name,
    String statPrefix,
    List<NetAddress> addresses,
    Set<NetAddress> dualStack,
    boolean reusePort,
    int backlog,
    List<SocketOption> socketOptions,
    List<FilterChainConfig> filterChains,
    @Nullable FilterChainConfig defaultFilterChain,
    int bufferLimitBytes,
    LongSupplier connectionLimit,
    boolean ignoreGlobalLimit,
    @Nullable Inspection inspection) {
  /** The queue's length where the configuration says nothing. */
  public static final int DEFAULT_BACKLOG = 4096;

  /** Envoy's per_connection_buffer_limit_bytes. */
  public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024;

  public ListenerConfig {
    addresses = List.copyOf(addresses);
    dualStack = Set.copyOf(dualStack);
    socketOptions = List.copyOf(socketOptions);
    filterChains = List.copyOf(filterChains);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException(
          "listener " + name + ": no address (expected: at least 1)");
    }
    Set<NetAddress> seen = new HashSet<>();
    for (NetAddress address : addresses) {
      boolean chosenBySystem = address instanceof NetAddress.Ip ip && ip.port() == 0;
      if (!chosenBySystem && !seen.add(address)) {
        throw new IllegalArgumentException(
            "listener " + name + ": address " + address + " twice (expected: once)");
      }
    }
    if (filterChains.isEmpty() && defaultFilterChain == null) {
      throw new IllegalArgumentException(
          "listener " + name + ": no filter chains (expected: at least 1)");
    }
    // refuses chains that match the same
    var _ = new FilterChains(filterChains, defaultFilterChain);
  }

  /** A listener with what Envoy has where a configuration says nothing. */
  public static ListenerConfig of(
      String name, NetAddress address, List<FilterChainConfig> filterChains) {
    return new ListenerConfig(
        name,
        statPrefix(address),
        List.of(address),
        Set.of(),
        true,
        DEFAULT_BACKLOG,
        SocketOption.NONE,
        filterChains,
        null,
        DEFAULT_BUFFER_LIMIT_BYTES,
        () -> Long.MAX_VALUE,
        false,
        null);
  }

  /** The name in statistics that an address gives: {@code 0.0.0.0_10000}. */
  public static String statPrefix(NetAddress address) {
    return address.toString().replace(':', '_');
  }
}
