package io.weft.runtime;

import java.util.Map;
import java.util.TreeMap;

/** One layer of runtime values. Immutable. */
public record RuntimeLayer(String name, Map<String, RuntimeValue> values) {
  public RuntimeLayer {
    values = Map.copyOf(values);
  }

  /** A layer of a {@code Struct}: mappings within mappings become keys with dots. */
  public static RuntimeLayer of(String name, Map<String, ?> struct) {
    var values = new TreeMap<String, RuntimeValue>();
    flatten("", struct, values);
    return new RuntimeLayer(name, values);
  }

  private static void flatten(String prefix, Map<?, ?> struct, Map<String, RuntimeValue> into) {
    struct.forEach((key, value) -> {
      var path = prefix + key;
      var scalar = RuntimeValue.of(value);
      if (scalar != null) {
        into.put(path, scalar);
      } else if (value instanceof Map<?, ?> nested) {
        flatten(path + ".", nested, into);
      }
    });
  }
}
