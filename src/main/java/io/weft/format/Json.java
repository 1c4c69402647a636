package io.weft.format;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plain values as JSON. */
public final class Json {
  private Json() {}

  /** The value as JSON in one line: maps, lists, strings, numbers, booleans and null. */
  public static String text(@Nullable Object value) {
    var out = new Line(256);
    write(value, out);
    return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
  }

  /** Appends maps, lists, strings, numbers, booleans and null; anything else as a string. */
  static void write(@Nullable Object value, Line out) {
    Line.Escaping before = out.escaping();
    out.escaping(Line.Escaping.JSON);
    append(value, out);
    out.escaping(before);
  }

  private static void append(@Nullable Object value, Line out) {
    switch (value) {
      case null -> out.ascii("null");
      case Map<?, ?> map -> {
        char separator = '{';
        for (var entry : map.entrySet()) {
          out.put(separator);
          string(String.valueOf(entry.getKey()), out);
          out.put(':');
          append(entry.getValue(), out);
          separator = ',';
        }
        out.ascii(map.isEmpty() ? "{}" : "}");
      }
      case List<?> list -> {
        char separator = '[';
        for (Object item : list) {
          out.put(separator);
          append(item, out);
          separator = ',';
        }
        out.ascii(list.isEmpty() ? "[]" : "]");
      }
      case Boolean flag -> out.ascii(flag.toString());
      case Double number -> {
        if (number.isNaN() || number.isInfinite()) {
          out.ascii("null"); // JSON has no such number (RFC 8259 6)
        } else if (number == Math.rint(number) && Math.abs(number) < 1e15) {
          out.number(number.longValue());
        } else {
          out.ascii(number.toString());
        }
      }
      case Number number -> out.ascii(number.toString());
      default -> string(value.toString(), out);
    }
  }

  static void string(String text, Line out) {
    out.put('"');
    out.unicode(text, Integer.MAX_VALUE);
    out.put('"');
  }
}
