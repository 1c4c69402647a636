package io.weft.route;

import io.weft.http.Request;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled route table. Immutable, shared by all carriers; a stream keeps the one it started
 * with.
 */
public final class RouteTable {
  /** A table in which nothing matches. */
  public static final RouteTable EMPTY =
      compile(new RouteTableConfig("", java.util.List.of(), false, Map.of()));

  private final String name;
  private final boolean ignorePort;
  private final Map<String, VirtualHost> exact = new HashMap<>();
  private final Wildcards suffixes = new Wildcards();
  private final Wildcards prefixes = new Wildcards();
  private @Nullable VirtualHost fallback;
  private final boolean hasFallbackOnly;

  /** Domains with a star at one end, without it, the longest of which is taken. */
  private static final class Wildcards {
    private final Map<String, VirtualHost> hosts = new HashMap<>();
    private int[] lengths = new int[0]; // longest first

    @Nullable VirtualHost put(String part, VirtualHost host) {
      if (Arrays.stream(lengths).noneMatch(length -> length == part.length())) {
        lengths = Arrays.copyOf(lengths, lengths.length + 1);
        lengths[lengths.length - 1] = part.length();
        Arrays.sort(lengths);
        for (int i = 0, k = lengths.length - 1; i < k; i++, k--) {
          int swapped = lengths[i];
          lengths[i] = lengths[k];
          lengths[k] = swapped;
        }
      }
      return hosts.putIfAbsent(part, host);
    }

    @Nullable VirtualHost find(String host, boolean atEnd) {
      for (int length : lengths) {
        if (length < host.length()) { // the star stands for at least one character
          int from = atEnd ? host.length() - length : 0;
          VirtualHost found = hosts.get(host.substring(from, from + length));
          if (found != null) {
            return found;
          }
        }
      }
      return null;
    }
  }

  private RouteTable(RouteTableConfig config) {
    this.name = config.name();
    this.ignorePort = config.ignorePort();
    FilterOverrides overrides = FilterOverrides.NONE.with(config.filters());
    for (VirtualHostConfig hostConfig : config.virtualHosts()) {
      var host = new VirtualHost(hostConfig, overrides);
      for (String domain : hostConfig.domains()) {
        VirtualHost other = add(domain.toLowerCase(Locale.ROOT), host);
        if (other != null) {
          throw new IllegalArgumentException(
              "domain '"
                  + domain
                  + "' of virtual host '"
                  + host.name()
                  + "': already served by '"
                  + other.name()
                  + "' (expected: each domain once)");
        }
      }
    }
    this.hasFallbackOnly = exact.isEmpty() && suffixes.hosts.isEmpty() && prefixes.hosts.isEmpty();
  }

  private @Nullable VirtualHost add(String domain, VirtualHost host) {
    if (domain.equals("*")) {
      VirtualHost other = fallback;
      if (other == null) {
        fallback = host;
      }
      return other;
    }
    if (domain.startsWith("*")) {
      return suffixes.put(domain.substring(1), host);
    }
    if (domain.endsWith("*")) {
      return prefixes.put(domain.substring(0, domain.length() - 1), host);
    }
    return exact.putIfAbsent(domain, host);
  }

  /**
   * Compiles a table.
   *
   * @throws IllegalArgumentException if a domain is served twice
   * @throws com.google.re2j.PatternSyntaxException for a bad regular expression
   */
  public static RouteTable compile(RouteTableConfig config) {
    return new RouteTable(config);
  }

  /** The table's name. */
  public String name() {
    return name;
  }

  /**
   * The route of a request: the first route that matches in the virtual host of its authority, or
   * {@link Route#NONE}. Never blocks.
   */
  public Route match(Request request) {
    VirtualHost host = hasFallbackOnly ? fallback : findHost(request.authority());
    return host == null ? Route.NONE : host.match(request);
  }

  private @Nullable VirtualHost findHost(String authority) {
    if (authority.isEmpty()) {
      return null; // as Envoy: a request that names no host gets no virtual host, not even "*"
    }
    String host = (ignorePort ? withoutPort(authority) : authority).toLowerCase(Locale.ROOT);
    VirtualHost found = exact.get(host);
    if (found == null) {
      found = suffixes.find(host, true);
    }
    if (found == null) {
      found = prefixes.find(host, false);
    }
    return found == null ? fallback : found;
  }

  private static String withoutPort(String authority) {
    int colon = authority.lastIndexOf(':');
    // RFC 3986 3.2.2: the colons of an IPv6 address are inside brackets
    return colon < 0 || authority.lastIndexOf(']') > colon
        ? authority
        : authority.substring(0, colon);
  }
}
