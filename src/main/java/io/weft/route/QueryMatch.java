package io.weft.route;

import io.weft.route.HeaderMatch.ValueMatch;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a parameter of the query. Immutable and shared. Of several parameters of one name
 * the first counts; names and values are compared as they were sent, escapes included.
 *
 * @param value the condition on its value; null if being there, or not, is enough
 * @param present whether the parameter must be there, asked where there is no condition on a value
 */
public record QueryMatch(String name, @Nullable ValueMatch value, boolean present) {
  /** Whether the condition holds for a path with its query. */
  public boolean matches(String path) {
    String found = find(path, name);
    if (value == null) {
      return (found != null) == present;
    }
    return found != null && value.matches(found);
  }

  /** The condition in words. */
  public String describe() {
    return "query parameter '"
        + name
        + "' "
        + (value == null ? (present ? "present" : "absent") : value.describe());
  }

  /** The value of the first parameter of that name; empty if it has none, null if it is missing. */
  public static @Nullable String find(String path, String name) {
    int start = path.indexOf('?');
    int end = path.indexOf('#');
    if (end < 0) {
      end = path.length();
    }
    if (start < 0 || start > end) {
      return null;
    }
    for (int at = start + 1; at <= end; ) {
      int amp = path.indexOf('&', at);
      int until = amp < 0 || amp > end ? end : amp;
      int nameEnd = at + name.length();
      if (nameEnd <= until && path.startsWith(name, at)) {
        if (nameEnd == until) {
          return "";
        }
        if (path.charAt(nameEnd) == '=') {
          return path.substring(nameEnd + 1, until);
        }
      }
      at = until + 1;
    }
    return null;
  }
}
