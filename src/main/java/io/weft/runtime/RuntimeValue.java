package io.weft.runtime;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value of the runtime: the text it came from, and what it is as a number, a switch or a share
 * where it is one. Immutable.
 *
 * @param number null if the text is no number
 * @param bool null if the text is neither true nor false
 * @param percent null if the text is no {@code FractionalPercent}; a plain number is not one either
 */
public record RuntimeValue(
    String text, @Nullable Double number, @Nullable Boolean bool, @Nullable Percent percent) {

  /** A share, Envoy's {@code FractionalPercent}. */
  public record Percent(long numerator, long denominator) {
    public Percent {
      if (numerator < 0 || denominator <= 0) {
        throw new IllegalArgumentException(
            numerator + "/" + denominator + " (expected: a share of at least 0)");
      }
    }

    /** Whether the share takes the lot {@code random}, which is spread evenly. */
    public boolean takes(long random) {
      return Long.remainderUnsigned(random, denominator) < numerator;
    }
  }

  private static final Pattern NUMERATOR = Pattern.compile("[\"']?numerator[\"']?\\s*:\\s*(\\d+)");
  private static final Pattern DENOMINATOR =
      Pattern.compile("[\"']?denominator[\"']?\\s*:\\s*[\"']?([A-Z]+)");

  /** Reads a YAML scalar, or a flow mapping with {@code numerator} and {@code denominator}. */
  public static RuntimeValue parse(String text) {
    var trimmed = text.strip();
    if (trimmed.startsWith("{") && trimmed.endsWith("}")) {
      var numerator = NUMERATOR.matcher(trimmed);
      if (numerator.find()) {
        var denominator = DENOMINATOR.matcher(trimmed);
        return new RuntimeValue(
            text,
            null,
            null,
            new Percent(
                number(numerator.group(1)).longValueExact(),
                denominator(denominator.find() ? denominator.group(1) : "HUNDRED")));
      }
    }
    return switch (trimmed.toLowerCase(Locale.ROOT)) {
      case "true" -> new RuntimeValue(text, null, true, null);
      case "false" -> new RuntimeValue(text, null, false, null);
      default -> new RuntimeValue(text, decimal(trimmed), null, null);
    };
  }

  /**
   * Reads a value of a {@code google.protobuf.Struct}; null if it is a mapping with keys of its
   * own.
   */
  static @Nullable RuntimeValue of(@Nullable Object value) {
    return switch (value) {
      case null -> new RuntimeValue("", null, null, null);
      case Map<?, ?> map when map.get("numerator") instanceof Number numerator -> {
        var denominator = map.get("denominator");
        var name = denominator == null ? "HUNDRED" : denominator.toString();
        yield new RuntimeValue(
            map.toString(), null, null, new Percent(numerator.longValue(), denominator(name)));
      }
      case Map<?, ?> _ -> null;
      case Double d when d == Math.rint(d) && Math.abs(d) < 1e15 ->
          new RuntimeValue(Long.toString(d.longValue()), d, null, null);
      default -> parse(value.toString());
    };
  }

  private static long denominator(String name) {
    return switch (name) {
      case "HUNDRED" -> 100;
      case "TEN_THOUSAND" -> 10_000;
      case "MILLION" -> 1_000_000;
      default ->
          throw new IllegalArgumentException(
              "denominator: " + name + " (expected: HUNDRED, TEN_THOUSAND or MILLION)");
    };
  }

  private static BigDecimal number(String digits) {
    return new BigDecimal(digits);
  }

  private static @Nullable Double decimal(String text) {
    if (text.isEmpty() || text.length() > 40 || "+-.0123456789".indexOf(text.charAt(0)) < 0) {
      return null;
    }
    try {
      return new BigDecimal(text).doubleValue();
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
