package io.weft.admin;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other sites' pages in an operator's browser away from the admin server: they can send it
 * requests (cross-site request forgery), and with a name that resolves to 127.0.0.1 read the
 * answers (DNS rebinding). Immutable.
 *
 * @param anyHost whether programs may call it by any name, because it listens on an outside address
 */
record Guard(Set<String> hostNames, boolean anyHost) {

  /** The headers that matter here, null where absent. */
  record Caller(@Nullable String host, @Nullable String origin, @Nullable String fetchSite) {
    boolean isBrowser() {
      return origin != null || fetchSite != null;
    }
  }

  /** Why the request is refused, null if it is not. */
  @Nullable String refusal(Caller caller, boolean changes) {
    var host = caller.host;
    boolean known = host == null || isKnown(hostOf(host));
    if (!known && (!anyHost || (changes && caller.isBrowser()))) {
      return "Host is not an IP address, localhost or a name from admin.hosts\n";
    }
    if (!changes) {
      return null;
    }
    var site = caller.fetchSite;
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      return "cross-site request refused\n";
    }
    var origin = caller.origin;
    if (origin != null && (host == null || !origin.equals("http://" + host))) {
      return "Origin differs from Host: cross-origin request refused\n";
    }
    return null;
  }

  private boolean isKnown(String host) {
    var name = host.toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || hostNames.contains(name)
        || isAddress(name);
  }

  /** Browsers resolve no name that looks like this: all digits and dots, or in brackets. */
  private static boolean isAddress(String host) {
    if (host.startsWith("[") && host.endsWith("]")) {
      return true;
    }
    if (host.isEmpty() || host.chars().filter(c -> c == '.').count() != 3) {
      return false;
    }
    return host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private static String hostOf(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }
}
