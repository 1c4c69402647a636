package io.weft.listener;

import io.weft.listener.FilterChainMatch.SourceType;
import io.weft.net.Channel;
import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import io.weft.tls.TlsInspector;
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
 * in Envoy's order: destination port, destination address, server name, transport protocol,
 * application protocol, address of the direct peer, source type, source address, source port. At
 * each the most specific that fits is taken, and there is no way back: if nothing fits further
 * down, the connection has no chain. Immutable.
 */
final class FilterChains {
  private static final String ANY = "";

  private final Map<Integer, PrefixMap<Names>> ports = new HashMap<>();
  private final @Nullable FilterChainConfig defaultChain;

  /** The only chain, if it matches everything: then nobody asks for addresses. */
  private final @Nullable FilterChainConfig only;

  /** By server name; a wildcard without its star, empty for any. */
  private static final class Names {
    final Map<String, Map<String, Map<String, PrefixMap<Map<SourceType, PrefixMap<Ports>>>>>>
        transports = new HashMap<>();
  }

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
      Names names = destinations.at(destination, Names::new);
      for (String name : orAny(match.serverNames())) {
        String key = name.startsWith("*") ? name.substring(1) : name;
        var protocols =
            names
                .transports
                .computeIfAbsent(key, _ -> new HashMap<>())
                .computeIfAbsent(match.transportProtocol(), _ -> new HashMap<>());
        for (String protocol : orAny(match.applicationProtocols())) {
          add(chain, match, protocols.computeIfAbsent(protocol, _ -> new PrefixMap<>()));
        }
      }
    }
  }

  private static void add(
      FilterChainConfig chain,
      FilterChainMatch match,
      PrefixMap<Map<SourceType, PrefixMap<Ports>>> directSources) {
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

  private static Collection<String> orAny(Set<String> names) {
    return names.isEmpty() ? Set.of(ANY) : names;
  }

  private static Collection<@Nullable Cidr> orAny(List<Cidr> ranges) {
    return ranges.isEmpty()
        ? Collections.singletonList(null)
        : Collections.unmodifiableList(ranges);
  }

  /** As {@link #find(NetAddress, NetAddress, TlsInspector.Found)}. */
  @Nullable FilterChainConfig find(Channel channel, TlsInspector.Found found) throws IOException {
    return only != null ? only : find(channel.localAddress(), channel.remoteAddress(), found);
  }

  /** As {@link #find(NetAddress, NetAddress, TlsInspector.Found)}, with nothing looked at. */
  @Nullable FilterChainConfig find(NetAddress local, NetAddress remote) {
    return find(local, remote, TlsInspector.Found.NOTHING);
  }

  /** The chain for a connection; the default chain, or null, if none matches. */
  @Nullable FilterChainConfig find(NetAddress local, NetAddress remote, TlsInspector.Found found) {
    FilterChainConfig chain = match(local, remote, found);
    return chain != null ? chain : defaultChain;
  }

  private @Nullable FilterChainConfig match(
      NetAddress local, NetAddress remote, TlsInspector.Found inspected) {
    var destinations = ports.get(local instanceof NetAddress.Ip ip ? ip.port() : 0);
    if (destinations == null) {
      destinations = ports.get(0);
    }
    Names names = destinations == null ? null : destinations.find(local);
    var transports = names == null ? null : byName(names.transports, inspected.serverName());
    var protocols = transports == null ? null : byTransport(transports, inspected.tls());
    var directSources = protocols == null ? null : byProtocol(protocols, inspected.protocols());
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

  /** The exact name, else the longest wildcard, else any. */
  private static <T> @Nullable Map<String, T> byName(
      Map<String, Map<String, T>> names, String name) {
    Map<String, T> found = names.get(name);
    for (int dot = name.indexOf('.'); found == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      found = names.get(name.substring(dot));
    }
    return found != null ? found : names.get(ANY);
  }

  private static <T> @Nullable Map<String, T> byTransport(
      Map<String, Map<String, T>> transports, boolean tls) {
    Map<String, T> found = transports.get(tls ? "tls" : "raw_buffer");
    return found != null ? found : transports.get(ANY);
  }

  /** The first of the client's that a chain is for, else any. */
  private static <T> @Nullable T byProtocol(Map<String, T> protocols, List<String> offered) {
    for (String protocol : offered) {
      T found = protocol.isEmpty() ? null : protocols.get(protocol);
      if (found != null) {
        return found;
      }
    }
    return protocols.get(ANY);
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
