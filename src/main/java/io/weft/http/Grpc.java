package io.weft.http;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What HTTP knows of gRPC: which requests are calls, and how their status is told. */
public final class Grpc {
  /** The names of the status codes, by number, as configurations spell them. */
  public static final List<String> STATUS_NAMES =
      List.of(
          "OK",
          "CANCELED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  /** A deadline has passed before the call was over. */
  public static final int DEADLINE_EXCEEDED = 4;

  private static final int UNKNOWN = 2;
  private static final String TYPE = "application/grpc";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private Grpc() {}

  /** Whether these are the headers of a gRPC call, by their content-type. */
  public static boolean isCall(Headers headers) {
    int field = headers.find(HeaderName.CONTENT_TYPE, 0);
    if (field < 0 || headers.valueLength(field) < TYPE.length()) {
      return false;
    }
    String type = headers.value(field);
    return type.equals(TYPE) || type.startsWith(TYPE + "+");
  }

  /** The status of a call that was answered with an HTTP status (gRPC's own mapping). */
  public static int statusOf(int httpStatus) {
    return switch (httpStatus) {
      case 400 -> 13;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 12;
      case 429, 502, 503, 504 -> 14;
      default -> UNKNOWN;
    };
  }

  /**
   * The status that {@code grpc-status} holds; 2, UNKNOWN, if it is no number of up to 4 digits.
   */
  public static int parseStatus(String text) {
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i == 4) {
        return UNKNOWN;
      }
      value = value * 10 + digit;
    }
    return text.isEmpty() ? UNKNOWN : value;
  }

  /** A message as {@code grpc-message} holds it: percent-encoded UTF-8. */
  public static String encodeMessage(String message) {
    var text = new StringBuilder(message.length() + 8);
    for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        text.append((char) b);
      } else {
        text.append('%').append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
      }
    }
    return text.toString();
  }

  /** What {@code grpc-message} says; what is not encoded as it should be is left as it is. */
  public static String decodeMessage(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = new byte[text.length()];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' && i + 2 < text.length()) {
        int high = Character.digit(text.charAt(i + 1), 16);
        int low = Character.digit(text.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          c = (char) (high << 4 | low);
          i += 2;
        }
      }
      bytes[count++] = (byte) c;
    }
    return new String(bytes, 0, count, StandardCharsets.UTF_8);
  }

  /** The {@code grpc-timeout} of so many nanoseconds, more than 0: at most 8 digits and a unit. */
  public static String encodeTimeout(long nanos) {
    long most = 100_000_000;
    if (nanos < most) {
      return nanos + "n";
    }
    if (nanos / 1_000 < most) {
      return nanos / 1_000 + "u";
    }
    if (nanos / 1_000_000 < most) {
      return nanos / 1_000_000 + "m";
    }
    long seconds = nanos / 1_000_000_000;
    return seconds < most ? seconds + "S" : seconds / 3600 + "H";
  }

  /**
   * How long the caller waits, by its {@code grpc-timeout}: nanoseconds, at most 292 years; -1
   * without one, or if it cannot be read.
   */
  public static long timeoutNanos(Headers headers) {
    String text = headers.first(HeaderName.GRPC_TIMEOUT);
    if (text == null || text.length() < 2 || text.length() > 9) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length() - 1; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    long unit =
        switch (text.charAt(text.length() - 1)) {
          case 'H' -> 3_600_000_000_000L;
          case 'M' -> 60_000_000_000L;
          case 'S' -> 1_000_000_000L;
          case 'm' -> 1_000_000L;
          case 'u' -> 1_000L;
          case 'n' -> 1L;
          default -> 0;
        };
    if (unit == 0) {
      return -1;
    }
    return value > Long.MAX_VALUE / unit ? Long.MAX_VALUE : value * unit;
  }
}
