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
}
