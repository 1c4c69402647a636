package io.weft.schema;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An enum of the schema table: names and their numbers. Immutable. */
public final class EnumType {
  /** One name of an enum. Aliases of a number are values of their own. */
  public record Value(String name, int number, boolean deprecated, boolean supported) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final String name;
  private final Value[] values;

  EnumType(String name, Value[] values) {
    this.name = name;
    this.values = values;
  }

  /** The full name. */
  public String name() {
    return name;
  }

  public List<Value> values() {
    return List.of(values);
  }

  /** The value of that name in upper or lower case, or null. */
  public @Nullable Value find(String text) {
    for (var value : values) {
      if (value.name.equalsIgnoreCase(text)) {
        return value;
      }
    }
    return null;
  }

  /** The first value of that number, or null. */
  public @Nullable Value find(int number) {
    for (var value : values) {
      if (value.number == number) {
        return value;
      }
    }
    return null;
  }

  List<String> names() {
    return Arrays.stream(values).filter(value -> !value.deprecated).map(Value::name).toList();
  }
}
