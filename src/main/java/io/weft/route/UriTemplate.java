package io.weft.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A path with wildcards and variables, as Envoy's {@code uri_template} extensions write it: {@code
 * *} is one segment, {@code **} any number of them and must come last, {@code {name}} is a segment
 * with a name, {@code {name=a/*}} a piece with one. Immutable and shared.
 */
public final class UriTemplate {
  private static final String SEGMENT = "[a-zA-Z0-9\\-._~%!$&'()+,;:@]+";
  private static final String REST = "[a-zA-Z0-9\\-._~%!$&'()+,;:@/]*";

  private final String text;
  private final Pattern pattern;
  private final Set<String> variables;

  private UriTemplate(String text, String regex, Set<String> variables) {
    this.text = text;
    this.pattern = Pattern.compile(regex);
    this.variables = Set.copyOf(variables);
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static UriTemplate of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("'" + text + "' (expected: a path that starts with '/')");
    }
    Set<String> variables = new HashSet<>();
    var regex = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      if (text.charAt(i) != '{') {
        int open = text.indexOf('{', i);
        int until = open < 0 ? text.length() : open;
        pieces(text, text.substring(i, until), until == text.length(), regex);
        i = until;
        continue;
      }
      int close = text.indexOf('}', i);
      if (close < 0) {
        throw new IllegalArgumentException("'" + text + "' (expected: '}' behind '{')");
      }
      String inside = text.substring(i + 1, close);
      int equals = inside.indexOf('=');
      String name = equals < 0 ? inside : inside.substring(0, equals);
      if (!isName(name) || !variables.add(name)) {
        throw new IllegalArgumentException(
            "'" + text + "': variable '" + name + "' (expected: a name of its own)");
      }
      regex.append("(?P<").append(name).append('>');
      pieces(
          text, equals < 0 ? "*" : inside.substring(equals + 1), close == text.length() - 1, regex);
      regex.append(')');
      i = close + 1;
    }
    return new UriTemplate(text, regex.toString(), variables);
  }

  private static void pieces(String text, String piece, boolean last, StringBuilder regex) {
    for (int i = 0; i < piece.length(); i++) {
      if (piece.charAt(i) != '*') {
        regex.append(Pattern.quote(piece.substring(i, i + 1)));
      } else if (piece.startsWith("**", i)) {
        i++;
        if (!last || i != piece.length() - 1) {
          throw new IllegalArgumentException("'" + text + "' (expected: '**' at the end only)");
        }
        regex.append(REST);
      } else {
        regex.append(SEGMENT);
      }
    }
  }

  private static boolean isName(String name) {
    boolean good = !name.isEmpty() && name.length() <= 16 && Character.isLetter(name.charAt(0));
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      good &= c < 128 && (Character.isLetterOrDigit(c) || c == '_');
    }
    return good;
  }

  /** What a whole path, without its query, must match. */
  Pattern pattern() {
    return pattern;
  }

  /**
   * A rewriting of paths that fit this template.
   *
   * @param target a path with some of the variables of this template
   * @throws IllegalArgumentException if it names one that there is not
   */
  public Rewriting to(String target) {
    if (!target.startsWith("/")) {
      throw new IllegalArgumentException(
          "'" + target + "' (expected: a path that starts with '/')");
    }
    List<String> parts = new ArrayList<>();
    int at = 0;
    for (int open; (open = target.indexOf('{', at)) >= 0; ) {
      int close = target.indexOf('}', open);
      String name = close < 0 ? "" : target.substring(open + 1, close);
      if (!variables.contains(name)) {
        throw new IllegalArgumentException(
            "'" + target + "': no variable '" + name + "' in '" + text + "'");
      }
      parts.add(target.substring(at, open));
      parts.add(name);
      at = close + 1;
    }
    parts.add(target.substring(at));
    return new Rewriting(this, parts);
  }

  /**
   * Makes another path of one that fits.
   *
   * @param parts texts and names of variables in turn
   */
  public record Rewriting(UriTemplate from, List<String> parts) {
    public Rewriting {
      parts = List.copyOf(parts);
    }

    String of(String path) {
      Matcher matcher = from.pattern.matcher(path);
      if (!matcher.matches()) {
        return path;
      }
      var out = new StringBuilder();
      for (int i = 0; i < parts.size(); i++) {
        out.append((i & 1) == 0 ? parts.get(i) : matcher.group(parts.get(i)));
      }
      return out.toString();
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
