package io.weft.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A path with wildcards and variables, as Envoy's {@code uri_template} extensions write it: {@code
 * *} is one segment, {@code **} any number of them, {@code {name}} is a segment with a name, {@code
 * {name=a/*}} a piece with one. Text may stand around a variable, and behind the wildcard or
 * variable that ends a template; behind {@code **} there is no other wildcard. Immutable and
 * shared.
 */
public final class UriTemplate {
  private static final int MAX_VARIABLES = 5;
  private static final int MAX_NAME = 16;

  // what RFC 3986 3.3 allows in a segment
  private static final String CHARACTERS = "a-zA-Z0-9\\-._~%!$&'()+,;:@=*";
  private static final String SEGMENT = "[" + CHARACTERS + "]+";
  private static final String REST = "[" + CHARACTERS + "/]*";
  private static final Pattern TEXT = Pattern.compile(SEGMENT);
  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_]*");

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
    return new Parser(text).template();
  }

  /** Reads a template from left to right, a segment at a time. Of one template. */
  private static final class Parser {
    private final String text;
    private final StringBuilder regex = new StringBuilder();
    private final Set<String> variables = new HashSet<>();
    private boolean hasRest; // a ** has been read

    private Parser(String text) {
      this.text = text;
    }

    private UriTemplate template() {
      for (int at = 0; at < text.length(); ) {
        regex.append('/');
        at = segment(at + 1);
        if (at < text.length() && text.charAt(at) != '/') {
          throw wrong("'" + text.substring(at) + "' behind a wildcard", "'/' or nothing");
        }
      }
      return new UriTemplate(text, regex.toString(), variables);
    }

    /** Reads a segment, which may be empty at the end only, and tells where it ends. */
    private int segment(int from) {
      int open = text.indexOf('{', from);
      int slash = text.indexOf('/', from);
      int end = slash < 0 ? text.length() : slash;
      if (text.startsWith("*", from)) {
        int behind = wildcard(from);
        // only what ends the template can have text behind a wildcard
        if (behind < text.length() && slash < 0) {
          literal(text.substring(behind));
          return text.length();
        }
        return behind;
      }
      if (open >= 0 && open < end) {
        return variable(from, open);
      }
      if (from < text.length()) {
        literal(text.substring(from, end));
      }
      return end;
    }

    private int wildcard(int at) {
      if (hasRest) {
        throw wrong("a wildcard behind '**'", "none");
      }
      hasRest = text.startsWith("**", at);
      regex.append(hasRest ? REST : SEGMENT);
      return at + (hasRest ? 2 : 1);
    }

    private void literal(String literal) {
      if (!TEXT.matches(literal)) {
        throw wrong("'" + literal + "'", "characters of a path");
      }
      regex.append(Pattern.quote(literal));
    }

    private int variable(int from, int open) {
      int close = text.indexOf('}', open);
      if (close < 0) {
        throw wrong("'{'", "'}' behind it");
      }
      int slash = text.indexOf('/', close);
      int end = slash < 0 ? text.length() : slash;
      int equals = text.indexOf('=', open);
      boolean isPlain = equals < 0 || equals > close;
      String name = text.substring(open + 1, isPlain ? close : equals);
      if (!NAME.matches(name) || name.length() > MAX_NAME || !variables.add(name)) {
        throw wrong("variable '" + name + "'", "a name of its own of at most " + MAX_NAME);
      }
      if (variables.size() > MAX_VARIABLES) {
        throw wrong(variables.size() + " variables", "at most " + MAX_VARIABLES);
      }
      if (open > from) {
        literal(text.substring(from, open));
      }
      regex.append("(?P<").append(name).append('>');
      if (isPlain) {
        if (hasRest) {
          throw wrong("a wildcard behind '**'", "none");
        }
        regex.append(SEGMENT);
      } else {
        pieces(equals + 1, close);
      }
      regex.append(')');
      if (close + 1 < end) {
        literal(text.substring(close + 1, end));
      }
      return end;
    }

    /** What a variable stands for: wildcards and texts with slashes between. */
    private void pieces(int from, int close) {
      for (int at = from; ; ) {
        int slash = text.indexOf('/', at);
        int end = slash < 0 || slash > close ? close : slash;
        if (text.startsWith("*", at)) {
          if (wildcard(at) != end) {
            throw wrong("'" + text.substring(at, end) + "'", "'*', '**' or a text");
          }
        } else {
          literal(text.substring(at, end));
        }
        if (end == close) {
          return;
        }
        regex.append('/');
        at = end + 1;
      }
    }

    private IllegalArgumentException wrong(String what, String expected) {
      return new IllegalArgumentException(
          "'" + text + "': " + what + " (expected: " + expected + ")");
    }
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
