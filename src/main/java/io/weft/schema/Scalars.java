package io.weft.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one scalar of YAML or JSON as what a field wants. Every method returns null for a text that
 * is none.
 */
final class Scalars {
  private static final BigInteger TWO_POW_64 = BigInteger.ONE.shiftLeft(64);
  private static final long MAX_DURATION_SECONDS = 315_576_000_000L; // google.protobuf.Duration

  private Scalars() {}

  static @Nullable Object read(Kind kind, String text, boolean quoted) {
    return switch (kind) {
      case STRING -> text;
      case BOOL -> bool(text, quoted);
      case BYTES -> bytes(text);
      case DOUBLE, FLOAT -> number(text);
      case INT32, INT64, UINT32, UINT64, SINT32, SINT64, FIXED32, FIXED64, SFIXED32, SFIXED64 ->
          integer(kind, text);
      case ENUM, MESSAGE -> null;
    };
  }

  /**
   * {@code yes}, {@code on} and their likes are booleans where a boolean is wanted, as in Envoy,
   * and text elsewhere.
   */
  static @Nullable Boolean bool(String text, boolean quoted) {
    return switch (quoted ? text : text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      case "yes", "on", "y" -> quoted ? null : (Boolean) true;
      case "no", "off", "n" -> quoted ? null : (Boolean) false;
      default -> null;
    };
  }

  /**
   * Decimal, hexadecimal ({@code 0x}), octal ({@code 0o17}, and {@code 017} as file modes are
   * written).
   */
  static @Nullable Long integer(Kind kind, String text) {
    var value = whole(text);
    if (value == null) {
      return null;
    }
    boolean fits;
    if (kind.isSigned()) {
      fits = value.bitLength() <= (kind.is32Bits() ? 31 : 63);
    } else {
      fits = value.signum() >= 0 && value.bitLength() <= (kind.is32Bits() ? 32 : 64);
    }
    return fits ? value.longValue() : null;
  }

  private static @Nullable BigInteger whole(String text) {
    if (text.isEmpty() || text.length() > 400) {
      return null;
    }
    try {
      var digits = text.charAt(0) == '-' || text.charAt(0) == '+' ? text.substring(1) : text;
      boolean negative = text.charAt(0) == '-';
      if (digits.isEmpty() || !Character.isDigit(digits.charAt(0))) {
        return null;
      }
      BigInteger value;
      if (digits.startsWith("0x")) {
        value = new BigInteger(digits.substring(2), 16);
      } else if (digits.startsWith("0o")) {
        value = new BigInteger(digits.substring(2), 8);
      } else if (digits.length() > 1 && digits.charAt(0) == '0' && isDigits(digits)) {
        value = new BigInteger(digits, 8);
      } else if (isDigits(digits)) {
        value = new BigInteger(digits);
      } else {
        var decimal = new BigDecimal(digits);
        if (decimal.precision() - decimal.scale() > 30) {
          return null;
        }
        value = decimal.toBigIntegerExact();
      }
      if (value.signum() < 0 || value.compareTo(TWO_POW_64) >= 0) {
        return null;
      }
      return negative ? value.negate() : value;
    } catch (NumberFormatException e) {
      return null;
    } catch (ArithmeticException e) {
      return null; // a fraction
    }
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  static @Nullable Double number(String text) {
    return switch (text) {
      case ".inf", ".Inf", ".INF", "+.inf", "Infinity" -> (Double) Double.POSITIVE_INFINITY;
      case "-.inf", "-.Inf", "-.INF", "-Infinity" -> (Double) Double.NEGATIVE_INFINITY;
      case ".nan", ".NaN", ".NAN", "NaN" -> (Double) Double.NaN;
      default -> isNumber(text) ? (Double) Double.parseDouble(text) : hexOrOctal(text);
    };
  }

  private static @Nullable Double hexOrOctal(String text) {
    if (text.startsWith("0x") || text.startsWith("0o")) {
      var whole = whole(text);
      return whole == null ? null : (Double) whole.doubleValue();
    }
    return null;
  }

  /** YAML 1.2's core schema: {@code [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?}. */
  static boolean isNumber(String text) {
    int i = 0;
    int n = text.length();
    if (i < n && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
      i++;
    }
    int digits = 0;
    while (i < n && Character.isDigit(text.charAt(i)) && text.charAt(i) <= '9') {
      i++;
      digits++;
    }
    if (i < n && text.charAt(i) == '.') {
      i++;
      while (i < n && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        i++;
        digits++;
      }
    }
    if (digits == 0) {
      return false;
    }
    if (i < n && (text.charAt(i) == 'e' || text.charAt(i) == 'E')) {
      i++;
      if (i < n && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
        i++;
      }
      int exponent = i;
      while (i < n && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        i++;
      }
      if (i == exponent) {
        return false;
      }
    }
    return i == n;
  }

  private static byte @Nullable [] bytes(String text) {
    try {
      return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Seconds with up to nine decimals and the unit {@code s}, the only one protobuf has. */
  static @Nullable Duration duration(String text) {
    int n = text.length();
    if (n < 2 || text.charAt(n - 1) != 's') {
      return null;
    }
    int i = 0;
    boolean negative = text.charAt(0) == '-';
    if (negative) {
      i++;
    }
    long seconds = 0;
    int digits = 0;
    while (i < n - 1 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      seconds = seconds * 10 + (text.charAt(i++) - '0');
      if (++digits > 12) {
        return null;
      }
    }
    long nanos = 0;
    int decimals = 0;
    if (i < n - 1 && text.charAt(i) == '.') {
      i++;
      while (i < n - 1 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        nanos = nanos * 10 + (text.charAt(i++) - '0');
        if (++decimals > 9) {
          return null;
        }
      }
    }
    if (i != n - 1 || digits + decimals == 0) {
      return null;
    }
    for (; decimals < 9; decimals++) {
      nanos *= 10;
    }
    return duration(negative ? -seconds : seconds, negative ? -nanos : nanos);
  }

  static @Nullable Duration duration(long seconds, long nanos) {
    if (Math.abs(seconds) > MAX_DURATION_SECONDS || Math.abs(nanos) > 999_999_999) {
      return null;
    }
    return Duration.ofSeconds(seconds, nanos);
  }

  static @Nullable Instant timestamp(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /**
   * A plain scalar by YAML 1.2's core schema, for values without a schema: null, boolean, number or
   * text.
   */
  static @Nullable Object untyped(String text, boolean quoted) {
    if (quoted) {
      return text;
    }
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> null;
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      case "Infinity", "-Infinity", "NaN" -> text;
      default -> {
        var number = number(text);
        yield number == null ? text : number;
      }
    };
  }
}
