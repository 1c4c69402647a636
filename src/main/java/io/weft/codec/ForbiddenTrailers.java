package io.weft.codec;

import java.util.Set;

/**
 * Fields that change how a message is framed, routed or trusted never come from a trailer (RFC 9110
 * 6.5.1).
 */
public final class ForbiddenTrailers {
  private static final Set<String> NAMES =
      Set.of(
          "transfer-encoding",
          "content-length",
          "content-encoding",
          "content-type",
          "content-range",
          "trailer",
          "host",
          "connection",
          "keep-alive",
          "proxy-connection",
          "upgrade",
          "te",
          "expect",
          "max-forwards",
          "cache-control",
          "range",
          "authorization",
          "proxy-authorization",
          "proxy-authenticate",
          "www-authenticate",
          "cookie",
          "set-cookie",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-client-cert",
          "forwarded",
          "via");

  private ForbiddenTrailers() {}

  /** Whether a trailer of this name, in lower case, is dropped. */
  public static boolean contains(String name) {
    return NAMES.contains(name);
  }
}
