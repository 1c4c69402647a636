package io.weft.admin;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes trees of maps, lists, strings, numbers and booleans as JSON, laid out as protobuf's
 * printer does.
 */
final class Json {
  /**
   * Fields that hold secrets in Envoy's messages: whoever makes a dump leaves them out; this is the
   * net.
   */
  private static final Set<String> SECRET =
      Set.of(
          "private_key",
          "private_key_provider",
          "password",
          "session_ticket_keys",
          "token_secret",
          "hmac_secret",
          "generic_secret",
          "pkcs12");

  private Json() {}

  static String pretty(@Nullable Object tree) {
    var out = new StringBuilder();
    value(tree, 0, out);
    return out.append('\n').toString();
  }

  private static void value(@Nullable Object value, int depth, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> map(map, depth, out);
      case List<?> list -> list(list, depth, out);
      case Boolean bool -> out.append(bool.booleanValue());
      case Double d when d.isNaN() || d.isInfinite() -> out.append('"').append(d).append('"');
      case Double d when d == Math.rint(d) && Math.abs(d) < 1e15 -> out.append(d.longValue());
      case Number number -> out.append(number);
      default -> string(value.toString(), out);
    }
  }

  private static void map(Map<?, ?> map, int depth, StringBuilder out) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
      var entry = i.next();
      line(depth + 1, out);
      var name = String.valueOf(entry.getKey());
      string(name, out);
      out.append(": ");
      value(SECRET.contains(name) ? "[redacted]" : entry.getValue(), depth + 1, out);
      out.append(i.hasNext() ? "," : "");
    }
    line(depth, out);
    out.append('}');
  }

  private static void list(List<?> list, int depth, StringBuilder out) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
      line(depth + 1, out);
      value(i.next(), depth + 1, out);
      out.append(i.hasNext() ? "," : "");
    }
    line(depth, out);
    out.append(']');
  }

  private static void line(int depth, StringBuilder out) {
    out.append('\n').repeat(' ', depth);
  }

  private static void string(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
