package io.weft.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fills what a message leaves out with the values of the set of defaults in force, which share
 * their objects.
 */
final class DefaultFiller {
  private record Default(List<FieldType> path, Object value) {}

  private final ReadOptions options;
  private final Map<String, List<Default>> byType = new HashMap<>();

  DefaultFiller(ReadOptions options) {
    this.options = options;
  }

  void fill(Message message) {
    if (!options.defaults().containsKey(message.type())) {
      return;
    }
    for (var one : byType.computeIfAbsent(message.type(), _ -> compile(message.messageType()))) {
      fill(message, one, 0);
    }
  }

  private static void fill(Message message, Default one, int depth) {
    var field = one.path.get(depth);
    var value = message.get(field);
    if (depth == one.path.size() - 1) {
      if (value == null && (field.oneof() < 0 || !isChosen(message, field.oneof()))) {
        message.setDefault(field, one.value);
      }
      return;
    }
    if (value == null) {
      if (field.oneof() >= 0) {
        return; // the user chooses among the fields of a oneof
      }
      value = message.child(field.message(), field);
      message.setDefault(field, value);
    }
    fill((Message) value, one, depth + 1);
  }

  private static boolean isChosen(Message message, int oneof) {
    for (int i = 0; i < message.count(); i++) {
      if (message.fieldAt(i).oneof() == oneof) {
        return true;
      }
    }
    return false;
  }

  private List<Default> compile(MessageType type) {
    var compiled = new ArrayList<Default>();
    options
        .defaults()
        .getOrDefault(type.name(), Map.of())
        .forEach((path, text) -> {
          var one = compile(type, path, text);
          if (one != null) {
            compiled.add(one);
          }
        });
    return compiled;
  }

  /** Null where Weft does not have the field yet. */
  private static @Nullable Default compile(MessageType type, String path, String text) {
    var names = path.split("\\.", -1);
    var fields = new FieldType[names.length];
    var within = type;
    for (int i = 0; i < names.length; i++) {
      var field = within.field(names[i]);
      if (field == null) {
        throw new IllegalArgumentException(
            "a default for " + type.name() + "." + path + ", which does not exist");
      }
      if (!field.isSupported()) {
        return null;
      }
      fields[i] = field;
      if (i < names.length - 1) {
        within = field.message();
      }
    }
    return new Default(List.of(fields), value(fields[names.length - 1], text));
  }

  private static Object value(FieldType field, String text) {
    var value =
        switch (field.wellKnown()) {
          case DURATION -> Scalars.duration(text);
          case WRAPPER -> Scalars.read(Schema.wrappedKind(field.typeName()), text, false);
          default ->
              field.kind() == Kind.ENUM
                  ? field.enumType().find(text)
                  : Scalars.read(field.kind(), text, false);
        };
    if (value == null) {
      throw new IllegalArgumentException("the default '" + text + "' does not fit " + field);
    }
    return value;
  }
}
