package io.weft.listener;

import io.weft.net.Cidr;
import java.util.List;
import java.util.Set;

/**
 * Which connections a filter chain is for (Envoy: FilterChainMatch). An empty list, or port 0,
 * matches everything; the values of a list are alternatives.
 *
 * @param destinationPort the local port, 0 for any
 * @param serverNames in lower case, {@code *.rest} for every name below
 * @param transportProtocol {@code tls}, {@code raw_buffer}, or empty for any
 * @param applicationProtocols of which the client offers one by ALPN
 */
public record FilterChainMatch(
    int destinationPort,
    List<Cidr> prefixRanges,
    List<Cidr> directSourcePrefixRanges,
    SourceType sourceType,
    List<Cidr> sourcePrefixRanges,
    Set<Integer> sourcePorts,
    Set<String> serverNames,
    String transportProtocol,
    Set<String> applicationProtocols) {
  /** Matches every connection. */
  public static final FilterChainMatch ANY =
      new FilterChainMatch(0, List.of(), List.of(), SourceType.ANY, List.of(), Set.of());

  /** Whether the first bytes have to be looked at. */
  public boolean asksForTls() {
    return !serverNames.isEmpty()
        || !applicationProtocols.isEmpty()
        || transportProtocol.equals("tls");
  }

  /** Where a connection comes from. */
  public enum SourceType {
    ANY,
    /** From this machine: its source is its destination's address, or a loopback one. */
    SAME_IP_OR_LOOPBACK,
    EXTERNAL
  }

  /** A match that asks for addresses only. */
  public FilterChainMatch(
      int destinationPort,
      List<Cidr> prefixRanges,
      List<Cidr> directSourcePrefixRanges,
      SourceType sourceType,
      List<Cidr> sourcePrefixRanges,
      Set<Integer> sourcePorts) {
    this(
        destinationPort,
        prefixRanges,
        directSourcePrefixRanges,
        sourceType,
        sourcePrefixRanges,
        sourcePorts,
        Set.of(),
        "",
        Set.of());
  }

  public FilterChainMatch {
    if (destinationPort < 0 || destinationPort > 65535) {
      throw new IllegalArgumentException(
          "destination_port: " + destinationPort + " (expected: 1-65535)");
    }
    prefixRanges = List.copyOf(prefixRanges);
    directSourcePrefixRanges = List.copyOf(directSourcePrefixRanges);
    sourcePrefixRanges = List.copyOf(sourcePrefixRanges);
    sourcePorts = Set.copyOf(sourcePorts);
    serverNames = Set.copyOf(serverNames);
    applicationProtocols = Set.copyOf(applicationProtocols);
    for (String name : serverNames) {
      boolean wildcard = name.startsWith("*.") && name.length() > 2;
      if (name.isEmpty() || (wildcard ? name.indexOf('*', 1) >= 0 : name.indexOf('*') >= 0)) {
        throw new IllegalArgumentException(
            "server_names: \"" + name + "\" (expected: a name, or *. and the end of one)");
      }
    }
  }
}
