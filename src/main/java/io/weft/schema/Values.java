package io.weft.schema;

import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Texts of values as protobuf's JSON writes them, and the reverse where more than one package needs
 * it.
 */
public final class Values {
  private Values() {}

  /** A duration as protobuf's JSON has it: {@code 0.250s}, {@code 5s}. */
  public static String text(Duration duration) {
    boolean negative = duration.isNegative();
    var positive = negative ? duration.negated() : duration;
    long seconds = positive.getSeconds();
    int nanos = positive.getNano();
    var text = (negative ? "-" : "") + seconds;
    if (nanos == 0) {
      return text + "s";
    }
    if (nanos % 1_000_000 == 0) {
      return text + "." + digits(nanos / 1_000_000, 3) + "s";
    }
    if (nanos % 1_000 == 0) {
      return text + "." + digits(nanos / 1_000, 6) + "s";
    }
    return text + "." + digits(nanos, 9) + "s";
  }

  private static String digits(int number, int width) {
    var digits = Integer.toString(number);
    return "0".repeat(width - digits.length()) + digits;
  }

  /** The address a literal stands for, or null for anything else; never looks up a name. */
  public static @Nullable InetAddress ipAddress(String text) {
    if (text.isEmpty() || text.indexOf('[') >= 0 || text.indexOf('/') >= 0) {
      return null;
    }
    try {
      if (text.indexOf(':') >= 0) {
        return java.net.Inet6Address.ofLiteral(text);
      }
      return isDottedQuad(text) ? java.net.Inet4Address.ofLiteral(text) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean isDottedQuad(String text) {
    int dots = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c < '0' || c > '9') {
        return false;
      }
    }
    return dots == 3;
  }
}
