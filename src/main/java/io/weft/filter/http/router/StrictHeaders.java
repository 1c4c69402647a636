package io.weft.filter.http.router;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Response;
import io.weft.route.RetryPolicy.On;
import io.weft.stream.Detail;
import io.weft.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Headers to the router whose values must be right, {@code strict_check_headers}. Immutable and
 * shared.
 */
final class StrictHeaders {
  private final List<HeaderName> names;

  private StrictHeaders(List<HeaderName> names) {
    this.names = names;
  }

  /** The check of headers with these names; null for none. */
  static @Nullable StrictHeaders of(List<String> names) {
    return names.isEmpty() ? null : new StrictHeaders(names.stream().map(HeaderName::of).toList());
  }

  /** The refusal of a request with a value that is wrong; null if none is. */
  @Nullable Response refusal(Headers headers, StreamInfo stream) {
    for (HeaderName name : names) {
      String value = headers.first(name);
      if (value != null && !isValid(name, value)) {
        return stream.localReply(
            400,
            Detail.REQUEST_HEADERS_FAILED_STRICT_CHECK,
            "invalid header '" + name.text() + "' with value '" + value + "'");
      }
    }
    return null;
  }

  private static boolean isValid(HeaderName name, String value) {
    if (name.equals(HeaderName.X_ENVOY_RETRY_ON)) {
      return areConditions(value, false);
    }
    if (name.equals(HeaderName.X_ENVOY_RETRY_GRPC_ON)) {
      return areConditions(value, true);
    }
    try {
      Long.parseUnsignedLong(value.strip());
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static boolean areConditions(String list, boolean grpc) {
    for (String name : list.split(",", -1)) {
      On on = On.of(name);
      if (on == null || on.isGrpc() != grpc) {
        return false;
      }
    }
    return true;
  }
}
