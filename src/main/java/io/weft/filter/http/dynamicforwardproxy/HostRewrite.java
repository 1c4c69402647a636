package io.weft.filter.http.dynamicforwardproxy;

import io.weft.http.Request;

/**
 * Where requests of a route go instead of to their host: {@code PerRouteConfig}.
 *
 * @param literal the host; empty for none
 * @param header the header that names it, of whose values the first counts; empty for none
 */
record HostRewrite(String literal, String header) {
  static final HostRewrite NONE = new HostRewrite("", "");

  Request apply(Request request) {
    if (!literal.isEmpty()) {
      return request.withAuthority(literal);
    }
    String named = header.isEmpty() ? null : request.headers().first(header);
    return named == null ? request : request.withAuthority(named);
  }
}
