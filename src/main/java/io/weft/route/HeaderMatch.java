package io.weft.route;

import com.google.re2j.Pattern;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a header of a request. Immutable and shared. Several fields of one name count as
 * one with commas between.
 *
 * @param name the header; its pseudo-headers are {@code :method}, {@code :path}, {@code :authority}
 *     and {@code :scheme}
 * @param field the same name ready to be looked up, null for a pseudo-header
 * @param value the condition on its value; null if being there is enough
 * @param inverted whether the condition must not hold
 * @param missingIsEmpty whether a missing header counts as an empty one
 */
public record HeaderMatch(
    String name,
    @Nullable HeaderName field,
    @Nullable ValueMatch value,
    boolean inverted,
    boolean missingIsEmpty) {
  /** A condition on the header or pseudo-header of that name. */
  public HeaderMatch(
      String name, @Nullable ValueMatch value, boolean inverted, boolean missingIsEmpty) {
    this(name, name.startsWith(":") ? null : HeaderName.of(name), value, inverted, missingIsEmpty);
  }

  /** A condition on a text. */
  public sealed interface ValueMatch {
    boolean matches(String text);

    /** The condition in words. */
    String describe();

    /** Compares with a text; {@code text} is in lower case if case does not count. */
    record Text(Kind kind, String text, boolean ignoreCase) implements ValueMatch {
      /** Where the text must be. */
      public enum Kind {
        EXACT,
        PREFIX,
        SUFFIX,
        CONTAINS
      }

      @Override
      public String describe() {
        return kind.name().toLowerCase(Locale.ROOT)
            + " '"
            + text
            + "'"
            + (ignoreCase ? " (any case)" : "");
      }

      @Override
      public boolean matches(String candidate) {
        String against = ignoreCase ? candidate.toLowerCase(Locale.ROOT) : candidate;
        return switch (kind) {
          case EXACT -> against.equals(text);
          case PREFIX -> against.startsWith(text);
          case SUFFIX -> against.endsWith(text);
          case CONTAINS -> against.contains(text);
        };
      }
    }

    /** The whole text matches an RE2 expression; it means characters, a header has bytes. */
    record Regex(Pattern pattern) implements ValueMatch {
      @Override
      public String describe() {
        return "regex '" + pattern + "'";
      }

      @Override
      public boolean matches(String candidate) {
        return pattern.matches(candidate);
      }
    }

    /** The text is a whole number from {@code start} to below {@code end}. */
    record Range(long start, long end) implements ValueMatch {
      @Override
      public String describe() {
        return "from " + start + " to below " + end;
      }

      @Override
      public boolean matches(String candidate) {
        try {
          long number = Long.parseLong(candidate);
          return number >= start && number < end;
        } catch (NumberFormatException e) {
          return false;
        }
      }
    }
  }

  /** The condition in words. */
  public String describe() {
    String what = value == null ? "present" : value.describe();
    return "header '" + name + "' " + (inverted ? "not " : "") + what;
  }

  /** Whether the condition holds for the request. */
  public boolean matches(Request request) {
    if (value == null && field != null && !field.equals(HeaderName.HOST)) {
      return (missingIsEmpty || request.headers().contains(field)) != inverted;
    }
    return holdsFor(value(request));
  }

  /** As {@link #matches(Request)}, where the routes of one request are tried one after another. */
  boolean matches(Request request, AskedHeader asked) {
    return value == null ? matches(request) : holdsFor(asked.value(this, request));
  }

  private boolean holdsFor(@Nullable String present) {
    if (value == null) {
      return (present != null || missingIsEmpty) != inverted;
    }
    if (present == null && !missingIsEmpty) {
      return false; // inverted or not (Envoy: HeaderMatcher.treat_missing_header_as_empty)
    }
    return value.matches(present == null ? "" : present) != inverted;
  }

  /** Whether the condition holds for these headers, which have no pseudo-headers. */
  public boolean matches(Headers headers) {
    String present = field == null ? null : joined(headers, field);
    if (value == null) {
      return (present != null || missingIsEmpty) != inverted;
    }
    return (present != null || missingIsEmpty)
        && value.matches(present == null ? "" : present) != inverted;
  }

  /** What is compared: the value, several joined by commas; null if the header is missing. */
  public @Nullable String value(Request request) {
    return switch (name) {
      case ":method" -> request.method();
      case ":path" -> request.path();
      case ":authority", "host" -> request.authority();
      case ":scheme" -> request.scheme();
      default -> field == null ? null : joined(request.headers(), field);
    };
  }

  private static @Nullable String joined(Headers headers, HeaderName name) {
    int first = headers.find(name, 0);
    if (first < 0) {
      return null;
    }
    return headers.find(name, first + 1) < 0
        ? headers.value(first)
        : String.join(",", headers.all(name));
  }
}
