package io.weft.route;

import org.jspecify.annotations.Nullable;

/**
 * Brings the path of a request into one form before anything looks at it, so that what is routed,
 * authorised, logged and forwarded is the same string. Immutable and shared.
 *
 * <p>Three steps, each its own setting, in Envoy's order: escaped slashes, dot segments (RFC 3986
 * 5.2.4) together with escapes that need not be ones ({@code %61} is {@code a}, {@code %2e} a dot),
 * repeated slashes. Query and fragment stay as they are. With {@code strict} set, a path that
 * others read in more than one way is refused: a control character, escaped or not, a percent sign
 * without two hex digits, a backslash. Without it only NUL is refused, where dot segments are
 * removed, and a backslash becomes a slash there, as Envoy has it.
 *
 * <p>Normalising a result again changes nothing.
 */
public final class PathNormalizer {
  /** Nothing is changed, nothing refused. */
  public static final PathNormalizer OFF =
      new PathNormalizer(false, false, EscapedSlashes.KEEP_UNCHANGED, false);

  /** What happens to {@code %2F} and {@code %5C}. */
  public enum EscapedSlashes {
    /** They stay. */
    KEEP_UNCHANGED,
    /** The request is refused. */
    REJECT_REQUEST,
    /** The client is sent to the unescaped path. */
    UNESCAPE_AND_REDIRECT,
    /** The request goes on with the unescaped path. */
    UNESCAPE_AND_FORWARD
  }

  /** What became of a path. */
  public sealed interface Result {
    /** The request goes on; the path is the very same string if nothing had to be changed. */
    record Path(String path) implements Result {}

    /** The client is to be sent to this path (307). */
    record Redirect(String path) implements Result {}

    /** The request is to be refused (400, {@code path_normalization_failed}). */
    record Refused(String reason) implements Result {}
  }

  private final boolean removesDots;
  private final boolean mergesSlashes;
  private final EscapedSlashes escapedSlashes;
  private final boolean strict;

  /**
   * @param removesDots {@code normalize_path}
   * @param mergesSlashes {@code merge_slashes}
   * @param escapedSlashes {@code path_with_escaped_slashes_action}
   * @param strict whether ambiguous paths are refused
   */
  public PathNormalizer(
      boolean removesDots, boolean mergesSlashes, EscapedSlashes escapedSlashes, boolean strict) {
    this.removesDots = removesDots;
    this.mergesSlashes = mergesSlashes;
    this.escapedSlashes = escapedSlashes;
    this.strict = strict;
  }

  /**
   * Whether {@link #normalize} would leave the path alone and let it pass: one pass without an
   * allocation. The other answer may be wrong for a path that is fine.
   */
  public boolean isNormal(String path) {
    int length = path.length();
    char before = 0;
    for (int i = 0; i < length; i++) {
      char c = path.charAt(i);
      // letters, digits, '-', '_', '~' and most punctuation
      if (c > '\\' && c < 0x7f || c >= '0' && c < '\\' && c != '?') {
        before = c;
        continue;
      }
      if (c == '?' || c == '#') {
        return before != '.' || !removesDots;
      }
      if (c == '%' || c == '\\' || c <= ' ' || c >= 0x7f) {
        return isOff();
      }
      if (before == '/' && (c == '/' && mergesSlashes || c == '.' && removesDots)) {
        return false;
      }
      before = c;
    }
    return length > 0 && path.charAt(0) == '/' || isOff() || path.equals("*");
  }

  private boolean isOff() {
    return !removesDots
        && !mergesSlashes
        && !strict
        && escapedSlashes == EscapedSlashes.KEEP_UNCHANGED;
  }

  /** Normalises a path with its query. */
  public Result normalize(String path) {
    if (isNormal(path)) {
      return new Result.Path(path);
    }
    int end = VirtualHost.pathEnd(path);
    String bare = path.substring(0, end);
    String reason = strict ? ambiguity(bare) : null;
    if (reason != null) {
      return new Result.Refused(reason);
    }
    String now = bare;
    boolean redirects = false;
    if (escapedSlashes != EscapedSlashes.KEEP_UNCHANGED) {
      now = unescapeSlashes(bare);
      if (!now.equals(bare)) {
        if (escapedSlashes == EscapedSlashes.REJECT_REQUEST) {
          return new Result.Refused("an escaped slash");
        }
        if (strict && now.indexOf('\\') >= 0) {
          return new Result.Refused("an escaped backslash");
        }
        redirects = escapedSlashes == EscapedSlashes.UNESCAPE_AND_REDIRECT;
      }
    }
    if (removesDots) {
      String canonical = removeDots(now);
      if (canonical == null) {
        return new Result.Refused("a NUL");
      }
      now = canonical;
    }
    if (mergesSlashes) {
      now = mergeSlashes(now);
    }
    String whole = now.equals(bare) ? path : now + path.substring(end);
    return redirects ? new Result.Redirect(whole) : new Result.Path(whole);
  }

  /** What makes a path mean different things to different readers; null for nothing. */
  private static @Nullable String ambiguity(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c < ' ' || c == 0x7f) {
        return "a control character";
      }
      if (c == '\\') {
        return "a backslash";
      }
      if (c == '%') {
        int value = escaped(path, i);
        if (value < 0) {
          return "'%' without two hex digits";
        }
        if (value < ' ' || value == 0x7f) {
          return "an escaped control character";
        }
      }
    }
    return null;
  }

  /** The byte that the escape at {@code at} stands for, or -1 if it is none. */
  private static int escaped(String path, int at) {
    if (at + 2 >= path.length()) {
      return -1;
    }
    int high = Character.digit(path.charAt(at + 1), 16);
    int low = Character.digit(path.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** {@code %2F} and {@code %5C} as what they stand for, in one pass. */
  static String unescapeSlashes(String path) {
    int first = path.indexOf('%');
    if (first < 0) {
      return path;
    }
    var out = new StringBuilder(path.length()).append(path, 0, first);
    for (int i = first; i < path.length(); i++) {
      char c = path.charAt(i);
      int value = c == '%' ? escaped(path, i) : -1;
      if (value == '/' || value == '\\') {
        out.append((char) value);
        i += 2;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** One slash for each run of them. */
  static String mergeSlashes(String path) {
    int first = path.indexOf("//");
    if (first < 0) {
      return path;
    }
    var out = new StringBuilder(path.length()).append(path, 0, first);
    char before = 0;
    for (int i = first; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '/' || before != '/') {
        out.append(c);
      }
      before = c;
    }
    return out.toString();
  }

  /**
   * The path with a slash in front and without dot segments; backslashes are slashes, and escaped
   * unreserved characters (RFC 3986 2.3: letters, digits, {@code - . _ ~}) are what they stand for.
   * Other escapes stay, and so does a percent sign without two hex digits.
   *
   * @return null for NUL, escaped or not
   */
  static @Nullable String removeDots(String path) {
    var out = new StringBuilder(path.length() + 1).append('/');
    int length = path.length();
    int at = length > 0 && isSlash(path.charAt(0)) ? 1 : 0;
    while (at <= length) {
      int end = at;
      while (end < length && !isSlash(path.charAt(end))) {
        char c = path.charAt(end);
        if (c == 0 || c == '%' && escaped(path, end) == 0) {
          return null;
        }
        end++;
      }
      int dots = dots(path, at, end);
      if (dots == 2) {
        int slash = out.lastIndexOf("/", out.length() - 2);
        out.setLength(Math.max(slash, 0) + 1);
      } else if (dots != 1) {
        unescape(path, at, end, out);
        if (end < length) {
          out.append('/');
        }
      }
      at = end + 1;
    }
    return out.toString();
  }

  private static void unescape(String path, int from, int to, StringBuilder out) {
    int lonePercent = -3; // where out has a percent sign that starts no escape
    for (int i = from; i < to; i++) {
      char c = path.charAt(i);
      int value = c == '%' ? escaped(path, i) : -1;
      // "%%341" must not become "%41", which would be "A" the next time
      if (value > 0 && isUnreserved((char) value) && out.length() - lonePercent > 2) {
        out.append((char) value);
        i += 2;
        continue;
      }
      if (c == '%' && value < 0) {
        lonePercent = out.length();
      }
      out.append(c);
    }
  }

  private static boolean isUnreserved(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }

  /** 1 or 2 if the segment is that many dots, escaped or not; else 0. */
  private static int dots(String path, int from, int to) {
    int count = 0;
    int at = from;
    while (at < to) {
      if (path.charAt(at) == '.') {
        at++;
      } else if (path.charAt(at) == '%' && escaped(path, at) == '.') {
        at += 3;
      } else {
        return 0;
      }
      if (++count > 2) {
        return 0;
      }
    }
    return count;
  }
}
