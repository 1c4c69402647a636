package io.weft.route;

import java.nio.charset.StandardCharsets;

/**
 * The part of a route that looks at the path, without query and fragment.
 *
 * @param text a path, a prefix, a regular expression or a template
 * @param caseSensitive whether the case of letters counts; not asked of a regular expression
 */
public record PathMatch(Kind kind, String text, boolean caseSensitive) {
  /** How the path is compared. */
  public enum Kind {
    /** The whole path is the text. */
    EXACT,
    /** The path starts with the text. */
    PREFIX,
    /** The path is the text, or goes on with a slash behind it. */
    SEPARATED_PREFIX,
    /** The whole path matches an RE2 expression. */
    REGEX,
    /** The whole path fits a {@link UriTemplate}. */
    TEMPLATE,
    /** The request is a CONNECT, which has no path; no other kind matches one. */
    CONNECT
  }

  /** Every CONNECT. */
  static final PathMatch ANY_CONNECT = new PathMatch(Kind.CONNECT, "", true);

  /** A case-sensitive prefix. */
  public static PathMatch prefix(String text) {
    return new PathMatch(Kind.PREFIX, text, true);
  }

  /** A case-sensitive path. */
  public static PathMatch exact(String text) {
    return new PathMatch(Kind.EXACT, text, true);
  }

  /** Whether it is tried by itself, and not found by a key. */
  boolean isPattern() {
    return kind == Kind.REGEX || kind == Kind.TEMPLATE;
  }

  /** Whether a path, up to where its query starts, fits: the slow way, for explanations. */
  boolean fits(String path, int end) {
    String compared = path.substring(0, end);
    String wanted = Rewrite.bytes(text);
    return switch (kind) {
      case EXACT -> compared.length() == wanted.length() && startsWith(compared, wanted);
      case PREFIX -> startsWith(compared, wanted);
      case SEPARATED_PREFIX ->
          startsWith(compared, wanted)
              && (compared.length() == wanted.length() || compared.charAt(wanted.length()) == '/');
      case CONNECT -> false; // it has no path
      case REGEX, TEMPLATE -> PathPattern.of(0, this).matches(Rewrite.text(compared));
    };
  }

  private boolean startsWith(String path, String wanted) {
    if (path.length() < wanted.length()) {
      return false;
    }
    for (int i = 0; i < wanted.length(); i++) {
      if (letter(path.charAt(i)) != letter(wanted.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private int letter(char c) {
    return !caseSensitive && c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  /** What is compared, as the configuration names it. */
  public String describe() {
    String field =
        switch (kind) {
          case EXACT -> "path";
          case PREFIX -> "prefix";
          case SEPARATED_PREFIX -> "path_separated_prefix";
          case REGEX -> "safe_regex";
          case TEMPLATE -> "path_template";
          case CONNECT -> "connect_matcher";
        };
    return field + " '" + text + "'" + (caseSensitive ? "" : " (case_sensitive: false)");
  }

  /** How much of a path that fits was compared: what {@code prefix_rewrite} replaces. */
  int matchedLength(int pathEnd) {
    return isPattern() || kind == Kind.CONNECT
        ? pathEnd
        : text.getBytes(StandardCharsets.UTF_8).length;
  }
}
