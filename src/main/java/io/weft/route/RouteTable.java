package io.weft.route;

import io.weft.http.Request;
import io.weft.stream.RoutingFacts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled route table. Immutable, shared by all carriers; a stream keeps the one it started
 * with.
 *
 * <p>What a match reads lies together in {@link Packed}: in a large table most of it comes from a
 * slow cache, and each step that waits for the one before costs as much as all else. From the name
 * of a host to the route there are three: slot, virtual host, route.
 */
public final class RouteTable {
  /** A table in which nothing matches. */
  public static final RouteTable EMPTY =
      compile(new RouteTableConfig("", List.of(), false, Map.of()));

  private final String name;
  private final boolean ignorePort;
  private final TableOptions options;
  private final Packed packed = new Packed();
  private final HostIndex exact;
  private final VirtualHost[] hosts;
  private final Route[] routes; // of all virtual hosts
  private final Wildcards suffixes = new Wildcards();
  private final Wildcards prefixes = new Wildcards();
  private final int fallback; // the place of "*", NOWHERE if there is none
  private final boolean hasFallbackOnly;

  /** In place of a virtual host: there is none. */
  private static final int NOWHERE = 0;

  /** Domains with a star at one end, without it, the longest of which is taken. */
  private static final class Wildcards {
    private final Map<String, Integer> places = new HashMap<>();
    private int[] lengths = new int[0]; // longest first

    void put(String part, int place) {
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
      places.put(part, place);
    }

    int find(String host, boolean atEnd) {
      for (int length : lengths) {
        if (length < host.length()) { // the star stands for at least one character
          int from = atEnd ? host.length() - length : 0;
          Integer found = places.get(host.substring(from, from + length));
          if (found != null) {
            return found;
          }
        }
      }
      return NOWHERE;
    }
  }

  private RouteTable(RouteTableConfig config) {
    this.name = config.name();
    this.ignorePort = config.ignorePort();
    this.options = config.options();
    FilterOverrides overrides = FilterOverrides.NONE.with(config.filters());
    var domains = new HashMap<String, VirtualHostConfig>();
    var names = new HostIndex.Builder(packed);
    var all = new ArrayList<Route>();
    hosts = new VirtualHost[config.virtualHosts().size()];
    int star = NOWHERE;
    for (int i = 0; i < hosts.length; i++) {
      VirtualHostConfig of = config.virtualHosts().get(i);
      List<Integer> entries = new ArrayList<>();
      for (String domain : of.domains()) {
        String name = name(domain);
        refuseTwice(domain, of, domains.putIfAbsent(name, of));
        if (!name.startsWith("*") && !name.endsWith("*")) {
          entries.add(names.add(name));
        }
      }
      var host = new VirtualHost(of, overrides, options, i, all.size(), packed);
      hosts[i] = host;
      all.addAll(Arrays.asList(host.routes()));
      entries.forEach(entry -> names.set(entry, host.place()));
      for (String domain : of.domains()) {
        String name = name(domain);
        if (name.equals("*")) {
          star = host.place();
        } else if (name.startsWith("*")) {
          suffixes.put(name.substring(1), host.place());
        } else if (name.endsWith("*")) {
          prefixes.put(name.substring(0, name.length() - 1), host.place());
        }
      }
    }
    packed.trim();
    fallback = star;
    exact = names.build();
    routes = all.toArray(new Route[0]);
    hasFallbackOnly = domains.size() == (star == NOWHERE ? 0 : 1);
  }

  private static void refuseTwice(
      String domain, VirtualHostConfig of, @Nullable VirtualHostConfig other) {
    if (other != null) {
      throw new IllegalArgumentException(
          "domain '"
              + domain
              + "' of virtual host '"
              + of.name()
              + "': already served by '"
              + other.name()
              + "' (expected: each domain once)");
    }
  }

  /** A domain as hosts of requests are compared with it: one character a byte, in lower case. */
  private static String name(String domain) {
    return lower(Rewrite.bytes(domain));
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
    int place = find(request);
    if (place == NOWHERE) {
      return Route.NONE;
    }
    byte[] bytes = packed.bytes();
    int first = Packed.number(bytes, place + VirtualHost.FIRST_ROUTE);
    if (first < 0 || request.method().equals("CONNECT")) {
      return hosts[Packed.number(bytes, place + VirtualHost.NUMBER)].match(request, facts);
    }
    String path = request.path();
    int paths = place + VirtualHost.PATHS;
    int end = VirtualHost.pathEnd(path);
    int number = PathIndex.find(bytes, paths, false, path, end, PathIndex.NONE);
    return number == PathIndex.NONE ? Route.NONE : routes[first + number];
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
    String name = lower(ignorePort ? withoutPort(authority) : authority);
    String found = "*";
    int best = -1;
    for (String domain : host.config().domains()) {
      String small = name(domain);
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
    int place = find(request);
    return place == NOWHERE
        ? null
        : hosts[Packed.number(packed.bytes(), place + VirtualHost.NUMBER)];
  }

  /** The place of the virtual host that serves the request, or {@link #NOWHERE}. */
  private int find(Request request) {
    return hasFallbackOnly ? fallback : find(request.authority());
  }

  /** What the table says for all its virtual hosts. */
  public TableOptions options() {
    return options;
  }

  private int find(String authority) {
    if (authority.isEmpty()) {
      return NOWHERE; // as Envoy: a request that names no host gets no virtual host, not even "*"
    }
    String host = ignorePort ? withoutPort(authority) : authority;
    int found = exact.find(host); // most clients write it in lower case
    if (found == NOWHERE) {
      String small = lower(host);
      found = small.equals(host) ? NOWHERE : exact.find(small);
      if (found == NOWHERE) {
        found = suffixes.find(small, true);
      }
      if (found == NOWHERE) {
        found = prefixes.find(small, false);
      }
    }
    return found == NOWHERE ? fallback : found;
  }

  /** As Envoy, without regard to the case of ASCII letters only. */
  private static String lower(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return lowerFrom(text, i);
      }
    }
    return text;
  }

  private static String lowerFrom(String text, int from) {
    var lower = new StringBuilder(text);
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      lower.setCharAt(i, c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
    }
    return lower.toString();
  }

  private static String withoutPort(String authority) {
    int colon = authority.lastIndexOf(':');
    // RFC 3986 3.2.2: the colons of an IPv6 address are inside brackets
    return colon < 0 || authority.lastIndexOf(']') > colon
        ? authority
        : authority.substring(0, colon);
  }
}
