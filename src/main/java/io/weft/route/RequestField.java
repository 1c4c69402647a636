package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A header or pseudo-header that a configuration names and requests have a value of. Immutable.
 *
 * @param field the name ready to be looked up, null for a pseudo-header
 */
public record RequestField(String name, @Nullable HeaderName field) {
  private static final Set<String> PSEUDO = Set.of(":authority", ":method", ":path", ":scheme");

  /**
   * The field of that name.
   *
   * @throws IllegalArgumentException if no request can have it
   */
  public static RequestField of(String name) {
    return new RequestField(name, PSEUDO.contains(name) ? null : HeaderName.of(name));
  }

  static boolean isName(String name) {
    return PSEUDO.contains(name) || ActionReader.isName(name);
  }

  /** The first value; null if the request has none. */
  public @Nullable String value(Request request) {
    return switch (name) {
      case ":authority" -> request.authority();
      case ":method" -> request.method();
      case ":path" -> request.path();
      case ":scheme" -> request.scheme();
      default -> field == null ? null : request.headers().first(field);
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
