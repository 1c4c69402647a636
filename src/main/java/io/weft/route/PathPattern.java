package io.weft.route;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A route's regular expression or template. Of the usual form, some text, a pattern and perhaps any
 * end, only the pattern between is left to RE2, which takes some 30 ns a character: the text is
 * compared and the end not read. Immutable and shared.
 *
 * @param number of the route
 * @param whole the whole expression
 * @param start the text that all paths start with
 * @param rest what must match behind it; null if nothing must, or nothing but any end
 * @param isSplit whether {@code start} and {@code rest} say it all, for a path without a line feed
 * @param takesAnyEnd whether {@code rest} may match a part and anything follow
 */
record PathPattern(
    int number,
    Pattern whole,
    String start,
    @Nullable Pattern rest,
    boolean isSplit,
    boolean takesAnyEnd) {
  private static final String ANY_END = ".*";

  static PathPattern of(int number, PathMatch match) {
    return match.kind() == PathMatch.Kind.TEMPLATE
        ? new PathPattern(number, UriTemplate.of(match.text()).pattern(), "", null, false, false)
        : of(number, match.text());
  }

  static PathPattern of(int number, String regex) {
    Pattern whole = Pattern.compile(regex);
    int from = regex.startsWith("^") ? 1 : 0;
    int at = literalEnd(regex, from);
    String start = regex.substring(from, at);
    if (!isSplittable(regex, from)) {
      return new PathPattern(number, whole, start, null, false, false);
    }
    boolean anyEnd = regex.startsWith(ANY_END, Math.max(at, regex.length() - ANY_END.length()));
    String rest = regex.substring(at, anyEnd ? regex.length() - ANY_END.length() : regex.length());
    Pattern pattern = anyEnd && rest.isEmpty() ? null : Pattern.compile(rest);
    return new PathPattern(number, whole, start, pattern, true, anyEnd);
  }

  /** Whether the part of a path that routes look at matches. */
  boolean matches(String path) {
    if (!path.startsWith(start)) {
      return false;
    }
    if (!isSplit || path.indexOf('\n') >= 0) {
      return whole.matches(path);
    }
    Pattern pattern = rest;
    if (pattern == null) {
      return true;
    }
    String behind = path.substring(start.length());
    return takesAnyEnd ? pattern.matcher(behind).lookingAt() : pattern.matches(behind);
  }

  /** Where the characters end that any match starts with, as far as they are easy to see. */
  private static int literalEnd(String regex, int from) {
    if (regex.indexOf('|') >= 0) {
      return from;
    }
    int at = from;
    while (at < regex.length() && ".*+?()[]{}\\^$".indexOf(regex.charAt(at)) < 0) {
      at++;
    }
    // what follows may be of the last character
    return at < regex.length() && "*?+{".indexOf(regex.charAt(at)) >= 0 && at > from ? at - 1 : at;
  }

  /**
   * Whether a part of the expression means the same alone as behind the start: nothing in it looks
   * back or sets a mode, and there are no alternatives that the start would be part of.
   */
  private static boolean isSplittable(String regex, int from) {
    for (int i = from; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c == '|'
          || c == '\\'
          || c == '^' && (i == 0 || regex.charAt(i - 1) != '[')
          || c == '?' && i > 0 && regex.charAt(i - 1) == '(') {
        return false;
      }
    }
    return true;
  }
}
