package io.weft.schema;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages as trees of maps, lists and scalars with the field names of the proto files, as Envoy's
 * {@code /config_dump} shows them. What a set of defaults filled in is left out.
 */
public final class JsonForm {
  private static final String TYPE_URL = "type.googleapis.com/";

  private JsonForm() {}

  /** The fields of a message that were configured. */
  public static Map<String, Object> tree(Message message) {
    return fields(message, false);
  }

  /** The same with the message's {@code @type} first, as inside an {@code Any}. */
  public static Map<String, Object> any(Message message) {
    return fields(message, true);
  }

  private static Map<String, Object> fields(Message message, boolean inAny) {
    var tree = new LinkedHashMap<String, Object>();
    if (inAny) {
      tree.put("@type", TYPE_URL + message.type());
    }
    for (int i = 0; i < message.count(); i++) {
      if (!message.isDefault(i)) {
        var field = message.fieldAt(i);
        tree.put(field.name(), value(field, message.valueAt(i)));
      }
    }
    return tree;
  }

  private static Object value(FieldType field, @Nullable Object value) {
    boolean inAny = field.wellKnown() == WellKnown.ANY;
    if (!(value instanceof List<?>) && Secrets.hides(field, value)) {
      return Secrets.HIDDEN;
    }
    return switch (value) {
      case null -> "null";
      case Message message -> fields(message, inAny);
      case List<?> list -> {
        var items = new ArrayList<Object>();
        list.forEach(item -> items.add(value(field, item)));
        yield items;
      }
      case Map<?, ?> map -> {
        var entries = new LinkedHashMap<String, Object>();
        map.forEach((key, item) -> entries.put(String.valueOf(key), value(field, item)));
        yield entries;
      }
      case Long number when number < 0 && RuleCheck.unsigned(field) ->
          Long.toUnsignedString(number);
      case Number number -> number;
      case Boolean bool -> bool;
      case Duration duration -> Values.text(duration);
      case EnumType.Value one -> one.name();
      case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
      default -> value.toString();
    };
  }
}
