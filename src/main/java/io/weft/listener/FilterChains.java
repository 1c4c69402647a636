package io.weft.listener;

import io.weft.listener.FilterChainMatch.SourceType;
import io.weft.net.Channel;
import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The filter chains of a listener by what they match. The criteria are asked one after the other,
 * in Envoy's order: destination port, destination address, address of the direct peer, source type,
 * source address, source port. At each the most specific that fits is taken, and there is no way
 * back: if nothing fits further down, the connection has no chain. Immutable.
 */
final class FilterChains {
  private final Map<Integer, PrefixMap<PrefixMap<Map<SourceType, PrefixMap<Ports>>>>> ports =
      new HashMap<>();
  private final @Nullable FilterChainConfig defaultChain;

  /** The only chain, if it matches everything: then nobody asks for addresses. */
  private final @Nullable FilterChainConfig only;

  /** Chains by source port; 0 is any. */
  private static final class Ports {
    final Map<Integer, FilterChainConfig> chains = new HashMap<>();
  }

  /**
   * @throws IllegalArgumentException if two chains match the same connections
   */
  FilterChains(List<FilterChainConfig> chains, @Nullable FilterChainConfig defaultChain) {
    this.defaultChain = defaultChain;
    only =
        chains.size() == 1 && chains.getFirst().match().equals(FilterChainMatch.ANY)
            ? chains.getFirst()
            : null;
    for (FilterChainConfig chain : chains) {
      add(chain, chain.match());
    }
  }

  private void add(FilterChainConfig chain, FilterChainMatch match) {
    var destinations = ports.computeIfAbsent(match.destinationPort(), _ -> new PrefixMap<>());
    for (Cidr destination : orAny(match.prefixRanges())) {
      var directSources = destinations.at(destination, PrefixMap::new);
      for (Cidr directSource : orAny(match.directSourcePrefixRanges())) {
        var sources =
            directSources
                .at(directSource, () -> new EnumMap<>(SourceType.class))
                .computeIfAbsent(match.sourceType(), _ -> new PrefixMap<>());
        for (Cidr source : orAny(match.sourcePrefixRanges())) {
          put(chain, match.sourcePorts(), sources.at(source, Ports::new));
        }
      }
    }
  }

  private static void put(FilterChainConfig chain, Set<Integer> sourcePorts, Ports at) {
    for (Integer port : sourcePorts.isEmpty() ? Set.of(0) : sourcePorts) {
      FilterChainConfig other = at.chains.putIfAbsent(port, chain);
      if (other != null) {
        throw new IllegalArgumentException(
            "filter chain \""
                + chain.name()
                + "\" has the same matching rules as \""
                + other.name()
                + "\" (expected: different ones)");
      }
    }
  }

  private static Collection<@Nullable Cidr> orAny(List<Cidr> ranges) {
    return ranges.isEmpty()
        ? Collections.singletonList(null)
        : Collections.unmodifiableList(ranges);
  }

  /** As {@link #find(NetAddress, NetAddress)}. */
  @Nullable FilterChainConfig find(Channel channel) throws IOException {
    return only != null ? only : find(channel.localAddress(), channel.remoteAddress());
  }

  /** The chain for a connection; the default chain, or null, if none matches. */
  @Nullable FilterChainConfig find(NetAddress local, NetAddress remote) {
    FilterChainConfig chain = match(local, remote);
    return chain != null ? chain : defaultChain;
  }

  private @Nullable FilterChainConfig match(NetAddress local, NetAddress remote) {
    var destinations = ports.get(local instanceof NetAddress.Ip ip ? ip.port() : 0);
    if (destinations == null) {
      destinations = ports.get(0);
    }
    var directSources = destinations == null ? null : destinations.find(local);
    var types = directSources == null ? null : directSources.find(remote);
    var sources = types == null ? null : byType(types, isLocal(local, remote));
    Ports found = sources == null ? null : sources.find(remote);
    if (found == null) {
      return null;
    }
    FilterChainConfig chain =
        remote instanceof NetAddress.Ip ip ? found.chains.get(ip.port()) : null;
    return chain != null ? chain : found.chains.get(0);
  }

  private static @Nullable PrefixMap<Ports> byType(
      Map<SourceType, PrefixMap<Ports>> types, boolean isLocal) {
    PrefixMap<Ports> sources =
        types.get(isLocal ? SourceType.SAME_IP_OR_LOOPBACK : SourceType.EXTERNAL);
    return sources != null ? sources : types.get(SourceType.ANY);
  }

  private static boolean isLocal(NetAddress local, NetAddress remote) {
    if (local instanceof NetAddress.Ip to && remote instanceof NetAddress.Ip from) {
      return from.isLoopback() || from.withPort(0).equals(to.withPort(0));
    }
    // a Unix socket's peer is on this machine
    return true;
  }
}
