package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import org.jspecify.annotations.Nullable;

/**
 * The header that a condition has asked for last, while the routes of one request are tried: tables
 * that tell tenants or versions apart by a header ask for the same one at every route. Of one
 * match.
 */
final class AskedHeader {
  private @Nullable HeaderName name;
  private @Nullable String value;
  private int guard = -1;
  private int hash;

  /** What {@link HeaderMatch#value} gives. */
  @Nullable String value(HeaderMatch match, Request request) {
    HeaderName field = match.field();
    if (field == null) {
      return match.value(request);
    }
    if (name == null || !field.equals(name)) {
      name = field;
      value = match.value(request);
    }
    return value;
  }

  /** The hash of what the guard of that number asks for; 0 if the request has none. */
  int hash(int guard, HeaderMatch match, Request request) {
    if (this.guard != guard) {
      this.guard = guard;
      String text = value(match, request);
      hash = text == null ? 0 : text.hashCode();
    }
    return hash;
  }
}
