package io.weft.route;

import io.weft.http.Request;
import io.weft.stream.RoutingFacts;
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
  private final TableOptions options;
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
    this.options = config.options();
    FilterOverrides overrides = FilterOverrides.NONE.with(config.filters());
    for (VirtualHostConfig hostConfig : config.virtualHosts()) {
      var host = new VirtualHost(hostConfig, overrides, config.options());
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
  public Route match(Request request, RoutingFacts facts) {
    VirtualHost host = host(request);
    return host == null ? Route.NONE : host.match(request, facts);
  }

  /** As {@link #match(Request, RoutingFacts)} for the lot 0 without runtime values. */
  public Route match(Request request) {
    return match(request, RoutingFacts.NONE);
  }

  /** How {@link #match(Request, RoutingFacts)} comes to its outcome; slow. */
  public RouteDecision decide(Request request, RoutingFacts facts) {
    VirtualHost host = host(request);
    return RouteDecision.of(host, host == null ? "" : domain(host, request), request, facts);
  }

  /** The domain of a virtual host by which it serves the request. */
  private String domain(VirtualHost host, Request request) {
    String authority = request.authority();
    String name = (ignorePort ? withoutPort(authority) : authority).toLowerCase(Locale.ROOT);
    String found = "*";
    int best = -1;
    for (String domain : host.config().domains()) {
      String small = domain.toLowerCase(Locale.ROOT);
      int rank = -1;
      if (small.equals(name)) {
        rank = 3 << 24;
      } else if (small.equals("*")) {
        rank = 0;
      } else if (small.startsWith("*")) {
        rank = fits(name, small.substring(1), true) ? (2 << 24) + small.length() : -1;
      } else if (small.endsWith("*")) {
        String start = small.substring(0, small.length() - 1);
        rank = fits(name, start, false) ? (1 << 24) + small.length() : -1;
      }
      if (rank > best) {
        best = rank;
        found = domain;
      }
    }
    return found;
  }

  private static boolean fits(String name, String part, boolean atEnd) {
    return name.length() > part.length() && (atEnd ? name.endsWith(part) : name.startsWith(part));
  }

  @Nullable VirtualHost host(Request request) {
    return hasFallbackOnly ? fallback : findHost(request.authority());
  }

  /** What the table says for all its virtual hosts. */
  public TableOptions options() {
    return options;
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
