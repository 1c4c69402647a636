package io.weft.route;

import com.google.re2j.Pattern;
import io.weft.http.HeaderName;
import io.weft.http.Request;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a header of a request. Immutable and shared. Several fields of one name count as
 * one with commas between.
 *
 * @param name the header; its pseudo-headers are {@code :method}, {@code :path}, {@code :authority}
 *     and {@code :scheme}
 * @param value the condition on its value; null if being there is enough
 * @param inverted whether the condition must not hold
 * @param missingIsEmpty whether a missing header counts as an empty one
 */
public record HeaderMatch(
    String name, @Nullable ValueMatch value, boolean inverted, boolean missingIsEmpty) {

  /** A condition on a text. */
  public sealed interface ValueMatch {
    boolean matches(String text);

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

    /** The whole text matches an RE2 expression. */
    record Regex(Pattern pattern) implements ValueMatch {
      @Override
      public boolean matches(String candidate) {
        return pattern.matches(candidate);
      }
    }

    /** The text is a whole number from {@code start} to below {@code end}. */
    record Range(long start, long end) implements ValueMatch {
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

  /** Whether the condition holds for the request. */
  public boolean matches(Request request) {
    String present = value(request);
    if (value == null) {
      return (present != null || missingIsEmpty) != inverted;
    }
    if (present == null && !missingIsEmpty) {
      return false; // inverted or not (Envoy: HeaderMatcher.treat_missing_header_as_empty)
    }
    return value.matches(present == null ? "" : present) != inverted;
  }

  private @Nullable String value(Request request) {
    return switch (name) {
      case ":method" -> request.method();
      case ":path" -> request.path();
      case ":authority", "host" -> request.authority();
      case ":scheme" -> request.scheme();
      default -> {
        List<String> all = request.headers().all(HeaderName.of(name));
        yield all.isEmpty() ? null : all.size() == 1 ? all.getFirst() : String.join(",", all);
      }
    };
  }
}
