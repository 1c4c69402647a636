package io.weft.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object with operators in its strings, one line each. A string that is one operator takes
 * the operator's type: a number stays a number, an absent fact is null.
 */
public final class JsonFormat implements Format {
  private sealed interface Node {}

  /** JSON that is the same in every line. */
  private record Constant(Line json) implements Node {}

  private record Single(Operator operator) implements Node {}

  private record Mixed(TextFormat format) implements Node {}

  /**
   * @param name with quotes and the colon
   */
  private record Field(Line name, Node value) {}

  private record Struct(List<Field> fields) implements Node {}

  private record Items(List<Node> nodes) implements Node {}

  private final Struct root;
  private final boolean omitEmpty;

  private JsonFormat(Struct root, boolean omitEmpty) {
    this.root = root;
    this.omitEmpty = omitEmpty;
  }

  static JsonFormat compile(Map<String, ?> template, boolean omitEmpty) throws FormatException {
    return new JsonFormat(struct(template, omitEmpty, ""), omitEmpty);
  }

  private static Struct struct(Map<?, ?> template, boolean omitEmpty, String path)
      throws FormatException {
    List<Field> fields = new ArrayList<>(template.size());
    for (var entry : template.entrySet()) {
      String key = String.valueOf(entry.getKey());
      var name = new Line(key.length() + 3);
      Json.write(key, name);
      name.put(':');
      Node node = node(entry.getValue(), omitEmpty, path.isEmpty() ? key : path + "." + key);
      fields.add(new Field(name, node));
    }
    return new Struct(List.copyOf(fields));
  }

  private static Node node(@Nullable Object value, boolean omitEmpty, String path)
      throws FormatException {
    return switch (value) {
      case Map<?, ?> map -> struct(map, omitEmpty, path);
      case List<?> list -> {
        List<Node> nodes = new ArrayList<>(list.size());
        for (Object item : list) {
          nodes.add(node(item, omitEmpty, path + "[" + nodes.size() + "]"));
        }
        yield new Items(List.copyOf(nodes));
      }
      case String text -> string(text, omitEmpty, path);
      case null, default -> {
        var json = new Line(16);
        Json.write(value, json);
        yield new Constant(json);
      }
    };
  }

  private static Node string(String text, boolean omitEmpty, String path) throws FormatException {
    TextFormat format;
    try {
      format = TextFormat.compile(text, omitEmpty, Line.Escaping.JSON);
    } catch (FormatException e) {
      throw new FormatException(path + ": " + e.getMessage());
    }
    if (format.constant() != null) {
      var json = new Line(text.length() + 2);
      Json.write(new String(format.prefix(), StandardCharsets.UTF_8), json);
      return new Constant(json);
    }
    Operator operator = format.single();
    return operator == null ? new Mixed(format.asJson()) : new Single(operator);
  }

  @Override
  public void render(Facts facts, Line out) {
    out.escaping(Line.Escaping.JSON);
    struct(root, facts, out);
    out.put('\n');
  }

  private void struct(Struct struct, Facts facts, Line out) {
    out.put('{');
    boolean isFirst = true;
    List<Field> fields = struct.fields;
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      int before = out.length();
      if (!isFirst) {
        out.put(',');
      }
      out.append(field.name);
      if (value(field.value, facts, out)) {
        isFirst = false;
      } else if (omitEmpty) {
        out.truncate(before);
      } else {
        out.ascii("null");
        isFirst = false;
      }
    }
    out.put('}');
  }

  /** Appends the value; false if it is absent and nothing was appended. */
  private boolean value(Node node, Facts facts, Line out) {
    switch (node) {
      case Constant(var json) -> out.append(json);
      case Struct struct -> struct(struct, facts, out);
      case Items(var nodes) -> {
        out.put('[');
        for (int i = 0; i < nodes.size(); i++) {
          if (i > 0) {
            out.put(',');
          }
          if (!value(nodes.get(i), facts, out)) {
            out.ascii("null");
          }
        }
        out.put(']');
      }
      case Mixed(var format) -> {
        out.put('"');
        format.renderAs(facts, out);
        out.put('"');
      }
      case Single(var operator) -> {
        if (operator.isBareInJson()) {
          return operator.writeBare(facts, out);
        }
        int before = out.length();
        out.put('"');
        if (!operator.write(facts, out)) {
          out.truncate(before);
          return false;
        }
        out.put('"');
      }
    }
    return true;
  }
}
