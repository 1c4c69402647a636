package io.weft.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;

/**
 * What takes the place of each match of a regular expression, as RE2 writes it: {@code \1} is the
 * first group, {@code \0} the match, {@code \\} a backslash. Immutable and shared.
 */
public final class Substitution {
  private final Pattern pattern;
  private final String text;
  private final List<Object> parts; // String or Integer

  private Substitution(Pattern pattern, String text, List<Object> parts) {
    this.pattern = pattern;
    this.text = text;
    this.parts = List.copyOf(parts);
  }

  /**
   * A substitution.
   *
   * @throws IllegalArgumentException if the text names a group that there is not
   * @throws com.google.re2j.PatternSyntaxException for a bad regular expression
   */
  public static Substitution of(String regex, String text) {
    Pattern pattern = Pattern.compile(regex);
    List<Object> parts = new ArrayList<>();
    var literal = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        literal.append(c);
        continue;
      }
      char next = ++i < text.length() ? text.charAt(i) : 0;
      if (next == '\\') {
        literal.append(next);
      } else if (next >= '0' && next <= '9' && next - '0' <= pattern.groupCount()) {
        parts.add(literal.toString());
        literal.setLength(0);
        parts.add(next - '0');
      } else {
        throw new IllegalArgumentException(
            "'"
                + text
                + "' (expected: \\\\ or \\0 to \\"
                + pattern.groupCount()
                + " behind a backslash)");
      }
    }
    parts.add(literal.toString());
    return new Substitution(pattern, text, parts);
  }

  /** The subject with every match replaced; never blocks, linear time. */
  public String replaceAll(String subject) {
    Matcher matcher = pattern.matcher(subject);
    var out = new StringBuilder();
    int copied = 0;
    while (matcher.find()) {
      out.append(subject, copied, matcher.start());
      for (Object part : parts) {
        if (part instanceof Integer group) {
          String value = matcher.group(group);
          out.append(value == null ? "" : value);
        } else {
          out.append(part);
        }
      }
      copied = matcher.end();
    }
    return out.append(subject, copied, subject.length()).toString();
  }

  @Override
  public String toString() {
    return pattern + " -> " + text;
  }
}
