package io.weft.route;

/**
 * The part of a route that looks at the path, without query and fragment.
 *
 * @param text a path, a prefix or a regular expression
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
}
