package io.weft.format;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import org.jspecify.annotations.Nullable;

/** {@code %REQUEST_HEADER(X?Y):Z%}: the header X, or Y where X is absent. */
final class RequestHeader implements Operator {
  private enum Part {
    METHOD,
    PATH,
    AUTHORITY,
    SCHEME,
    FIELD
  }

  private record Source(Part part, HeaderName name) {
    static Source of(OperatorCall call, String name) throws FormatException {
      return switch (name.toLowerCase(java.util.Locale.ROOT)) {
        case ":method" -> new Source(Part.METHOD, HeaderName.HOST);
        case ":path" -> new Source(Part.PATH, HeaderName.HOST);
        case ":scheme" -> new Source(Part.SCHEME, HeaderName.HOST);
        // Envoy knows no host header beside :authority
        case ":authority", "host" -> new Source(Part.AUTHORITY, HeaderName.HOST);
        default -> new Source(Part.FIELD, Names.field(call, name));
      };
    }
  }

  private final Source source;
  private final @Nullable Source other;
  private final int max;
  private final boolean withoutQuery;

  private RequestHeader(Source source, @Nullable Source other, int max, boolean withoutQuery) {
    this.source = source;
    this.other = other;
    this.max = max;
    this.withoutQuery = withoutQuery;
  }

  static RequestHeader compile(OperatorCall call, boolean withoutQuery) throws FormatException {
    var names = Names.parse(call);
    String second = names.second();
    return new RequestHeader(
        Source.of(call, names.first()),
        second == null ? null : Source.of(call, second),
        call.maxLength(),
        withoutQuery);
  }

  @Override
  public boolean write(Facts facts, Line out) {
    Request request = facts.request();
    return request != null
        && (write(source, request, out) || other != null && write(other, request, out));
  }

  private boolean write(Source from, Request request, Line out) {
    String value =
        switch (from.part) {
          case METHOD -> request.method();
          case PATH -> request.path();
          case AUTHORITY -> request.authority();
          case SCHEME -> request.scheme();
          case FIELD -> null;
        };
    if (value != null) {
      if (value.isEmpty()) {
        return false;
      }
      int end = withoutQuery ? value.indexOf('?') : -1;
      out.value(value, end < 0 ? max : Math.min(end, max));
      return true;
    }
    Headers headers = request.headers();
    int index = headers.find(from.name, 0);
    if (index < 0) {
      return false;
    }
    byte[] bytes = headers.bytes();
    int offset = headers.valueOffset(index);
    int length = headers.valueLength(index);
    if (withoutQuery) {
      for (int i = 0; i < length; i++) {
        if (bytes[offset + i] == '?') {
          length = i;
        }
      }
    }
    out.value(bytes, offset, Math.min(length, max));
    return true;
  }
}
