package io.weft.filter.http.grpcstats;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which methods have statistics of their own.
 *
 * @param allMethods whether each has
 * @param methods those that have, by path as {@code /package.Service/Method}; empty if {@code
 *     allMethods}
 * @param upstreamTime whether the time that the cluster takes is recorded
 * @param replaceDots whether services are named with underscores for dots
 */
record GrpcStatsConfig(
    boolean allMethods, Map<String, Name> methods, boolean upstreamTime, boolean replaceDots) {
  /** A method as statistics name it. */
  record Name(String service, String method) {}

  GrpcStatsConfig {
    methods = Map.copyOf(methods);
  }

  /** How the method of that path is named in statistics; null if it counts among the others. */
  @Nullable Name name(String path) {
    int query = path.indexOf('?');
    String plain = query < 0 ? path : path.substring(0, query);
    return allMethods ? parse(plain, replaceDots) : methods.get(plain);
  }

  static @Nullable Name parse(String path, boolean replaceDots) {
    int slash = path.indexOf('/', 1);
    if (!path.startsWith("/") || slash < 2 || slash == path.length() - 1) {
      return null;
    }
    for (int i = 1; i < path.length(); i++) {
      if (i != slash && !isOfName(path.charAt(i))) {
        return null; // clients choose it, and a statistic's name is no place for everything
      }
    }
    return new Name(service(path.substring(1, slash), replaceDots), path.substring(slash + 1));
  }

  static String service(String name, boolean replaceDots) {
    return replaceDots ? name.replace('.', '_') : name;
  }

  private static boolean isOfName(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '_';
  }
}
