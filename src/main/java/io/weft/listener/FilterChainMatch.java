package io.weft.listener;

import io.weft.net.Cidr;
import java.util.List;
import java.util.Set;

/**
 * Which connections a filter chain is for (Envoy: FilterChainMatch). An empty list, or port 0,
 * matches everything; the values of a list are alternatives.
 *
 * @param destinationPort the local port, 0 for any
 */
public record FilterChainMatch(
    int destinationPort,
    List<Cidr> prefixRanges,
    List<Cidr> directSourcePrefixRanges,
    SourceType sourceType,
    List<Cidr> sourcePrefixRanges,
    Set<Integer> sourcePorts) {
  /** Matches every connection. */
  public static final FilterChainMatch ANY =
      new FilterChainMatch(0, List.of(), List.of(), SourceType.ANY, List.of(), Set.of());

  /** Where a connection comes from. */
  public enum SourceType {
    ANY,
    /** From this machine: its source is its destination's address, or a loopback one. */
    SAME_IP_OR_LOOPBACK,
    EXTERNAL
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
  }
}
