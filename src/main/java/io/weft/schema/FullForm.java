package io.weft.schema;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages as YAML in Envoy's own form: every short form spelt out, every filled-in default
 * marked by a comment. What it writes, {@link ResourceReader} and Envoy read; with marks it is for
 * people to look at, and secrets that stand in the configuration itself are left out.
 */
public final class FullForm {
  private final StringBuilder out = new StringBuilder();
  private final String mark;

  private FullForm(String mark) {
    this.mark = mark;
  }

  /**
   * The YAML of one message; {@code mark} is the comment after a default, none where it is empty.
   */
  public static String text(Message message, String mark) {
    var text = text(message, mark, List.of());
    return text.isEmpty() ? "{}\n" : text;
  }

  /** The YAML of one message without some of its fields; may be empty. */
  public static String text(Message message, String mark, List<String> without) {
    var form = new FullForm(mark);
    form.fields(message, 0, false, without);
    return form.out.toString();
  }

  /** A list of messages as the value of {@code key}, indented by {@code depth} levels. */
  public static String list(String key, List<Message> messages, int depth, String mark) {
    if (messages.isEmpty()) {
      return "";
    }
    var form = new FullForm(mark);
    form.indent(depth).append(key).append(":\n");
    form.items(null, messages, depth);
    return form.out.toString();
  }

  /** A message as the value of {@code key}, indented by {@code depth} levels. */
  public static String field(String key, Message message, int depth, String mark) {
    var form = new FullForm(mark);
    form.indent(depth).append(key).append(":\n");
    form.fields(message, depth + 1, false);
    return form.out.toString();
  }

  /** A value without a schema, on one line. */
  public static String value(Object value) {
    return inline(value);
  }

  private void fields(Message message, int depth, boolean inAny) {
    fields(message, depth, inAny, List.of());
  }

  private void fields(Message message, int depth, boolean inAny, List<String> without) {
    if (inAny) {
      indent(depth).append("\"@type\": type.googleapis.com/").append(message.type()).append('\n');
    }
    for (int i = 0; i < message.count(); i++) {
      var field = message.fieldAt(i);
      if (without.contains(field.name())) {
        continue;
      }
      indent(depth).append(field.name()).append(':');
      value(field, message.valueAt(i), depth, message.isDefault(i));
    }
  }

  /** What comes after a key's colon. */
  private void value(FieldType field, Object value, int depth, boolean isDefault) {
    if (!mark.isEmpty() && !(value instanceof List<?>) && Secrets.hides(field, value)) {
      out.append(" \"").append(Secrets.HIDDEN).append('"');
      end(isDefault);
    } else if (value instanceof Message message) {
      message(field, message, depth, isDefault);
    } else if (value instanceof List<?> list
        && field.wellKnown() != WellKnown.LIST
        && !isUntyped(field)) {
      if (list.isEmpty()) {
        out.append(" []\n");
      } else {
        out.append('\n');
        items(field, list, depth);
      }
    } else if (field.isMap()) {
      var map = (Map<?, ?>) value;
      out.append(map.isEmpty() ? " {}\n" : "\n");
      for (var entry : map.entrySet()) {
        indent(depth + 1).append(scalar(entry.getKey().toString())).append(':');
        value(field, entry.getValue(), depth + 1);
      }
    } else {
      out.append(' ').append(inline(field, value));
      end(isDefault);
    }
  }

  private void value(FieldType field, Object value, int depth) {
    if (value instanceof Message message) {
      message(field, message, depth, false);
    } else {
      out.append(' ').append(inline(field, value)).append('\n');
    }
  }

  private static boolean isUntyped(FieldType field) {
    return !field.isRepeated()
        && (field.wellKnown() == WellKnown.VALUE || field.wellKnown() == WellKnown.STRUCT);
  }

  private void message(FieldType field, Message message, int depth, boolean isDefault) {
    boolean any = field.wellKnown() == WellKnown.ANY;
    if (message.count() == 0 && !any) {
      out.append(" {}");
      end(isDefault);
    } else {
      out.append('\n');
      fields(message, depth + 1, any);
    }
  }

  private void end(boolean isDefault) {
    if (isDefault && !mark.isEmpty()) {
      out.append("  # ").append(mark);
    }
    out.append('\n');
  }

  private void items(@Nullable FieldType field, List<?> items, int depth) {
    for (var item : items) {
      if (!mark.isEmpty() && field != null && Secrets.hides(field, item)) {
        indent(depth).append("- \"").append(Secrets.HIDDEN).append("\"\n");
      } else if (item instanceof Message message) {
        int start = out.length();
        fields(message, depth + 1, field != null && field.wellKnown() == WellKnown.ANY);
        if (out.length() == start) {
          indent(depth).append("- {}\n");
        } else {
          out.setCharAt(start + 2 * depth, '-');
        }
      } else {
        indent(depth).append("- ").append(inline(field, item)).append('\n');
      }
    }
  }

  private StringBuilder indent(int depth) {
    return out.append("  ".repeat(depth));
  }

  private static String inline(@Nullable FieldType field, @Nullable Object value) {
    return value instanceof Long number && field != null && RuleCheck.unsigned(field)
        ? Long.toUnsignedString(number)
        : inline(value);
  }

  /** A value on one line, in flow style where it has parts. */
  private static String inline(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String text -> scalar(text);
      case Long number -> number.toString();
      case Double number -> number(number);
      case Boolean bool -> bool.toString();
      case Duration duration -> Values.text(duration);
      case EnumType.Value one -> one.name();
      case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
      case List<?> list -> {
        var text = new StringBuilder("[");
        for (var item : list) {
          text.append(text.length() > 1 ? ", " : "").append(inline(item));
        }
        yield text.append(']').toString();
      }
      case Map<?, ?> map -> {
        var text = new StringBuilder("{");
        for (var entry : map.entrySet()) {
          text.append(text.length() > 1 ? ", " : "")
              .append(scalar(String.valueOf(entry.getKey())))
              .append(": ")
              .append(inline(entry.getValue()));
        }
        yield text.append('}').toString();
      }
      default -> value.equals(ResourceReader.NULL) ? "null" : scalar(value.toString());
    };
  }

  private static String number(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      return Long.toString((long) number);
    }
    if (Double.isNaN(number)) {
      return ".nan";
    }
    return Double.isInfinite(number) ? (number > 0 ? ".inf" : "-.inf") : Double.toString(number);
  }

  /** Plain where that cannot be misread, else in double quotes, which JSON reads too. */
  private static String scalar(String text) {
    return isPlain(text) ? text : quoted(text);
  }

  private static boolean isPlain(String text) {
    if (text.isEmpty()
        || Scalars.bool(text, false) != null
        || !(Scalars.untyped(text, false) instanceof String)) {
      return false;
    }
    char first = text.charAt(0);
    if (!Character.isLetterOrDigit(first) && first != '/' && first != '_' && first != '.') {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean fine =
          (c < 0x7f && Character.isLetterOrDigit(c))
              || "/_.-+ ".indexOf(c) >= 0
              || (c == ':' && i + 1 < text.length() && text.charAt(i + 1) != ' ');
      if (!fine) {
        return false;
      }
    }
    return !text.endsWith(" ");
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
