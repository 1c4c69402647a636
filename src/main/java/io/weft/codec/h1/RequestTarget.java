package io.weft.codec.h1;

import io.weft.codec.Authority;
import io.weft.codec.ProtocolException;
import io.weft.http.Tokens;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The target of a request (RFC 9112 3.2) taken apart.
 *
 * @param authority host and port of an absolute target, null for the other forms
 * @param path path and query, or {@code *}
 */
record RequestTarget(@Nullable String authority, String path) {
  private static final byte[] HTTP = {'h', 't', 't', 'p', ':', '/', '/'};
  private static final byte[] HTTPS = {'h', 't', 't', 'p', 's', ':', '/', '/'};

  static RequestTarget parse(
      byte[] data, int from, int until, String method, String scheme, boolean absolute)
      throws ProtocolException {
    if (method.equals("CONNECT")) {
      return connect(data, from, until);
    }
    if (data[from] == '/') {
      return new RequestTarget(null, text(data, from, until));
    }
    if (data[from] == '*' && until - from == 1) {
      if (!method.equals("OPTIONS")) {
        throw new ProtocolException(
            400, "http1.invalid_url", "target: '*' with " + method + " (expected: OPTIONS)");
      }
      return new RequestTarget(null, "*");
    }
    int hostAt;
    if (startsWith(data, from, until, HTTP)) {
      hostAt = from + HTTP.length;
      if (!scheme.equals("http")) {
        throw new ProtocolException(400, "http1.invalid_scheme", "target: http over TLS");
      }
    } else if (startsWith(data, from, until, HTTPS)) {
      hostAt = from + HTTPS.length;
      if (!scheme.equals("https")) {
        throw new ProtocolException(400, "http1.invalid_scheme", "target: https in clear text");
      }
    } else {
      throw invalid(data, from, until);
    }
    if (!absolute) {
      throw new ProtocolException(
          404, "absolute_path_rejected", "target: absolute (expected: a path)");
    }
    int pathAt = hostAt;
    while (pathAt < until && data[pathAt] != '/' && data[pathAt] != '?') {
      pathAt++;
    }
    if (!Authority.isValid(data, hostAt, pathAt)) {
      throw invalid(data, from, until);
    }
    String path = text(data, pathAt, until);
    return new RequestTarget(
        text(data, hostAt, pathAt),
        path.isEmpty()
            ? method.equals("OPTIONS") ? "*" : "/"
            : path.charAt(0) == '?' ? "/" + path : path);
  }

  private static RequestTarget connect(byte[] data, int from, int until) throws ProtocolException {
    int colon = until - 1;
    while (colon > from && data[colon] != ':') {
      colon--;
    }
    if (colon == from || colon == until - 1 || !Authority.isValid(data, from, until)) {
      throw invalid(data, from, until);
    }
    return new RequestTarget(text(data, from, until), "");
  }

  private static boolean startsWith(byte[] data, int from, int until, byte[] small) {
    return until - from > small.length && Tokens.equalsLowerCase(data, from, small.length, small);
  }

  private static String text(byte[] data, int from, int until) {
    return new String(data, from, until - from, StandardCharsets.ISO_8859_1);
  }

  private static ProtocolException invalid(byte[] data, int from, int until) {
    return new ProtocolException(
        400,
        "http1.invalid_url",
        "target: '"
            + text(data, from, Math.min(until, from + 64))
            + "' (expected: a path, '*', or http://host/path)");
  }
}
