package io.weft.hcm;

import io.weft.http.HeaderName;
import io.weft.http.Headers;

/** Which {@code referer} is passed on (Envoy, "referer"; RFC 9110 10.1.3). */
final class Referer {
  private static final String VISIBLE = "-._~%!$&'()*+,;=:@/?";

  private Referer() {}

  /** Takes it out where there are several, or it is none that a browser may send. */
  static void clean(Headers headers) {
    int first = headers.find(HeaderName.REFERER, 0);
    if (first >= 0
        && (headers.find(HeaderName.REFERER, first + 1) >= 0 || !isValid(headers.value(first)))) {
      headers.remove(HeaderName.REFERER);
    }
  }

  /** Whether it is a URL of a host without user and fragment, or a path without fragment. */
  static boolean isValid(String referer) {
    int colon = referer.indexOf("://");
    if (colon > 0 && isScheme(referer.substring(0, colon))) {
      int host = colon + 3;
      int end = host;
      while (end < referer.length() && "/?#".indexOf(referer.charAt(end)) < 0) {
        end++;
      }
      return end > host
          && referer.lastIndexOf('@', end - 1) < host
          && isPathAndQuery(referer, host, true);
    }
    return isPathAndQuery(referer, 0, false);
  }

  private static boolean isScheme(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isLetterOrDigit(text.charAt(i)) && "+-.".indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return !Character.isDigit(text.charAt(0));
  }

  /** Whether all is of path and query; RFC 3986 4.2: a colon only behind a slash. */
  private static boolean isPathAndQuery(String text, int from, boolean colons) {
    boolean slash = colons;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':' && !slash || !isLetterOrDigit(c) && !isOther(c, colons)) {
        return false;
      }
      slash |= c == '/';
    }
    return true;
  }

  private static boolean isOther(char c, boolean absolute) {
    return VISIBLE.indexOf(c) >= 0 || absolute && (c == '[' || c == ']');
  }

  private static boolean isLetterOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }
}
