package io.weft.codec.h2;

import io.weft.http.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * The first line that a request would have in HTTP/1, found sound (RFC 9113 8.3.1).
 *
 * @param scheme of the connection, whatever the client says: it decides nothing about security
 * @param upgrade what extended CONNECT (RFC 8441) asks for, null for other requests
 */
record RequestHead(String method, String scheme, String path, @Nullable String upgrade) {
  /** The head, or null if something is wrong with it. */
  static @Nullable RequestHead of(HeadBuilder head, boolean secure, boolean allowConnect) {
    String method = head.method;
    String scheme = head.scheme;
    String path = head.path;
    String protocol = head.protocol;
    if (head.problem() != null
        || method == null
        || !Tokens.isToken(method)
        || method.length() > 32
        || !head.hasHost()) {
      return null;
    }
    String ours = secure ? "https" : "http";
    if (method.equals("CONNECT") && protocol == null) {
      boolean bare = scheme == null && path == null && head.authority != null;
      return bare ? new RequestHead(method, ours, "", null) : null;
    }
    if (protocol != null
        && !(allowConnect && method.equals("CONNECT") && Tokens.isToken(protocol))) {
      return null;
    }
    if (scheme == null || !isHttp(scheme) || path == null || !isPath(path, method)) {
      return null;
    }
    return protocol == null
        ? new RequestHead(method, ours, path, null)
        : new RequestHead("GET", ours, path, protocol);
  }

  private static boolean isHttp(String scheme) {
    return scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
  }

  private static boolean isPath(String path, String method) {
    if (path.equals("*")) {
      return method.equals("OPTIONS");
    }
    if (path.isEmpty() || path.charAt(0) != '/') {
      return false;
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c <= ' ' || c >= 127 || c == '#') {
        return false;
      }
    }
    return true;
  }
}
