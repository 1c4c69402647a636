package io.weft.filter.http.dynamicforwardproxy;

import io.weft.net.NetAddress;
import org.jspecify.annotations.Nullable;

/** Where a request goes: the host without brackets, and the port. */
record Target(String host, int port) {
  /** What an authority names; null if that is no host with an optional port. */
  static @Nullable Target of(String authority, int defaultPort) {
    int end = authority.startsWith("[") ? authority.indexOf(']') : authority.indexOf(':');
    boolean brackets = authority.startsWith("[");
    if (brackets && end < 0) {
      return null;
    }
    int colon = brackets ? end + 1 : end;
    String host =
        brackets ? authority.substring(1, end) : end < 0 ? authority : authority.substring(0, end);
    if (brackets ? NetAddress.Ip.parse(host, 0) == null : !isHostName(host)) {
      return null;
    }
    if (colon < 0 || colon == authority.length()) {
      return new Target(host, defaultPort);
    }
    int port = authority.charAt(colon) == ':' ? port(authority, colon + 1) : -1;
    return port < 0 ? null : new Target(host, port);
  }

  /** Letters, digits and what names have between them: nobody is asked for anything else. */
  private static boolean isHostName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean fine =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || "-_.".indexOf(c) >= 0;
      if (!fine) {
        return false;
      }
    }
    return !name.isEmpty() && name.length() < 255;
  }

  /** The number from there to the end, -1 if it is no port. */
  private static int port(String text, int from) {
    int port = 0;
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || port > 65535) {
        return -1;
      }
      port = port * 10 + digit;
    }
    return port >= 1 && port <= 65535 ? port : -1;
  }
}
