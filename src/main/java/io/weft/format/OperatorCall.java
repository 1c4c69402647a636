package io.weft.format;

import java.util.Set;

/**
 * An operator as it stands in a format.
 *
 * @param argument what stands in parentheses; "" without them
 * @param maxLength how many bytes of the value are shown; {@link Integer#MAX_VALUE} without a limit
 * @param place the operator as written, and where it starts, for messages
 * @param end index behind the closing {@code %}
 */
record OperatorCall(
    String name, boolean hasArgument, String argument, int maxLength, String place, int end) {

  /** Reads the operator whose {@code %} stands at {@code start}. */
  static OperatorCall parse(String format, int start) throws FormatException {
    int at = start + 1;
    while (at < format.length() && isNameCharacter(format.charAt(at))) {
      at++;
    }
    String name = format.substring(start + 1, at);
    if (name.isEmpty()) {
      throw new FormatException(
          "'%' at character " + start + ": no operator follows (expected: %NAME% or %%)");
    }
    String argument = "";
    boolean hasArgument = at < format.length() && format.charAt(at) == '(';
    if (hasArgument) {
      // The argument may hold parentheses and percent signs: it ends at the first ")%" or "):".
      int close = closing(format, at + 1);
      if (close < 0) {
        throw new FormatException(describe(name, start) + ": the parenthesis is not closed");
      }
      argument = format.substring(at + 1, close);
      at = close + 1;
    }
    int maxLength = Integer.MAX_VALUE;
    if (at < format.length() && format.charAt(at) == ':') {
      int end = format.indexOf('%', at);
      String digits = end < 0 ? "" : format.substring(at + 1, end);
      if (digits.isEmpty()
          || digits.length() > 9
          || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw new FormatException(
            describe(name, start) + ": length: '" + digits + "' (expected: a number)");
      }
      maxLength = Integer.parseInt(digits);
      at = end;
    }
    if (at >= format.length() || format.charAt(at) != '%') {
      throw new FormatException(describe(name, start) + ": the closing '%' is missing");
    }
    return new OperatorCall(name, hasArgument, argument, maxLength, describe(name, start), at + 1);
  }

  private static int closing(String format, int from) {
    for (int at = format.indexOf(')', from); at >= 0; at = format.indexOf(')', at + 1)) {
      int next = at + 1 < format.length() ? format.charAt(at + 1) : -1;
      if (next == '%' || next == ':') {
        return at;
      }
    }
    return -1;
  }

  private static String describe(String name, int start) {
    return "%" + name + "% at character " + start;
  }

  private static boolean isNameCharacter(char c) {
    return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
  }

  FormatException error(String cause) {
    return new FormatException(place + ": " + cause);
  }

  /** Checks that there is no argument and no length. */
  void bare() throws FormatException {
    if (hasArgument) {
      throw error("takes no argument, has '" + argument + "'");
    }
    noLength();
  }

  /** Checks that there is no length. */
  void noLength() throws FormatException {
    if (maxLength != Integer.MAX_VALUE) {
      throw error("takes no length, has " + maxLength);
    }
  }

  /** The argument, which must not be empty. */
  String required(String what) throws FormatException {
    if (argument.isEmpty()) {
      throw error("no argument (expected: " + what + ")");
    }
    return argument;
  }

  /** The argument, "" or one of {@code allowed}. */
  String oneOf(Set<String> allowed) throws FormatException {
    if (!argument.isEmpty() && !allowed.contains(argument)) {
      throw error("argument '" + argument + "' (expected: one of " + allowed + ")");
    }
    return argument;
  }
}
