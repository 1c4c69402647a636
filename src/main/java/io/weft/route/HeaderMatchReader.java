package io.weft.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.http.HeaderName;
import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.route.HeaderMatch.ValueMatch.Text.Kind;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.config.route.v3.HeaderMatcher}. Runs on the main thread. */
public final class HeaderMatchReader {
  private static final Set<String> PSEUDO = Set.of(":method", ":path", ":authority", ":scheme");

  private HeaderMatchReader() {}

  /** The condition, or null if it was refused, which is then in {@code problems}. */
  public static @Nullable HeaderMatch read(Message matcher, Problems problems) {
    return read(matcher, false, problems);
  }

  /**
   * As {@link #read(Message, Problems)}.
   *
   * @param anyPseudo whether a pseudo-header that there is not counts as one that is missing, as
   *     Envoy has it, and not as a mistake
   */
  public static @Nullable HeaderMatch read(Message matcher, boolean anyPseudo, Problems problems) {
    String name = matcher.string("name").toLowerCase(Locale.ROOT);
    if (!PSEUDO.contains(name) && !(anyPseudo && name.startsWith(":"))) {
      try {
        HeaderName.of(name);
      } catch (IllegalArgumentException e) {
        problems.error(
            matcher.place("name"), "'" + name + "' (expected: the name of a request header)");
        return null;
      }
    }
    boolean inverted = matcher.bool("invert_match");
    boolean missingIsEmpty = matcher.bool("treat_missing_header_as_empty");
    String field = matcher.oneof("header_match_specifier");
    if (field == null) {
      return new HeaderMatch(name, null, inverted, missingIsEmpty);
    }
    if (field.equals("present_match")) {
      boolean absent = !matcher.bool(field);
      return new HeaderMatch(name, null, inverted != absent, missingIsEmpty);
    }
    ValueMatch value = value(matcher, field, problems);
    return value == null ? null : new HeaderMatch(name, value, inverted, missingIsEmpty);
  }

  private static @Nullable ValueMatch value(Message matcher, String field, Problems problems) {
    Message inner =
        switch (field) {
          case "string_match", "range_match", "safe_regex_match" -> matcher.message(field);
          default -> null;
        };
    return switch (field) {
      case "exact_match" -> text(Kind.EXACT, matcher, field, false);
      case "prefix_match" -> text(Kind.PREFIX, matcher, field, false);
      case "suffix_match" -> text(Kind.SUFFIX, matcher, field, false);
      case "contains_match" -> text(Kind.CONTAINS, matcher, field, false);
      case "safe_regex_match" -> inner == null ? null : regex(inner, problems);
      case "string_match" -> inner == null ? null : string(inner, problems);
      case "range_match" ->
          inner == null ? null : new ValueMatch.Range(inner.integer("start"), inner.integer("end"));
      default -> {
        problems.error(matcher.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  /**
   * Reads {@code envoy.type.matcher.v3.StringMatcher}; null if it was refused, which is then in the
   * problems.
   */
  public static @Nullable ValueMatch string(Message matcher, Problems problems) {
    String field = matcher.oneof("match_pattern");
    boolean ignoreCase = matcher.bool("ignore_case");
    return switch (field) {
      case "exact" -> text(Kind.EXACT, matcher, field, ignoreCase);
      case "prefix" -> text(Kind.PREFIX, matcher, field, ignoreCase);
      case "suffix" -> text(Kind.SUFFIX, matcher, field, ignoreCase);
      case "contains" -> text(Kind.CONTAINS, matcher, field, ignoreCase);
      case "safe_regex" -> {
        Message inner = matcher.message(field);
        yield inner == null ? null : regex(inner, problems);
      }
      case null, default -> {
        problems.error(
            matcher.place(),
            "no pattern (expected: exact, prefix, suffix, contains or safe_regex)");
        yield null;
      }
    };
  }

  private static ValueMatch text(Kind kind, Message in, String field, boolean ignoreCase) {
    String text = in.string(field);
    return new ValueMatch.Text(kind, ignoreCase ? text.toLowerCase(Locale.ROOT) : text, ignoreCase);
  }

  private static @Nullable ValueMatch regex(Message matcher, Problems problems) {
    try {
      return new ValueMatch.Regex(Pattern.compile(matcher.string("regex")));
    } catch (PatternSyntaxException e) {
      problems.error(
          matcher.place("regex"),
          "'" + matcher.string("regex") + "': " + e.getDescription() + " (expected: RE2 syntax)");
      return null;
    }
  }
}
