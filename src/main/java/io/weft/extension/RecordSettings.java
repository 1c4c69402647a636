package io.weft.extension;

import io.weft.schema.NearestName;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the settings of a user's filter, a JSON-like tree, into its record. At load only. */
final class RecordSettings {
  private RecordSettings() {}

  /**
   * The record for the settings.
   *
   * @throws IllegalArgumentException with the path of the setting, its value and what was expected
   */
  static <C> C read(Class<C> type, Map<String, Object> settings) {
    return read(type, settings, "");
  }

  private static <C> C read(Class<C> type, Map<?, ?> settings, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Set<String> known = new LinkedHashSet<>();
    @Nullable Object[] values = new @Nullable Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    Set<Object> left = new LinkedHashSet<>(settings.keySet());
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      String snake = snake(name);
      known.add(snake);
      types[i] = components[i].getType();
      Object key = settings.containsKey(snake) ? snake : name;
      left.remove(key);
      values[i] = value(components[i].getGenericType(), settings.get(key), path + snake);
    }
    for (Object key : left) {
      throw new IllegalArgumentException(
          path + key + ": unknown setting" + NearestName.hint(String.valueOf(key), known));
    }
    try {
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException(
          (path.isEmpty() ? "" : path + ": ") + cause.getMessage(), cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          type.getName() + " cannot be made: " + e + " (expected: a record)", e);
    }
  }

  private static @Nullable Object value(Type type, @Nullable Object value, String path) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return list(list.getActualTypeArguments()[0], value, path);
    }
    if (!(type instanceof Class<?> plain)) {
      throw new IllegalArgumentException(path + ": a component of type " + type);
    }
    if (value == null) {
      return absent(plain);
    }
    if (plain.isRecord() && value instanceof Map<?, ?> settings) {
      return read(plain, settings, path + ".");
    }
    if (plain.isEnum() && value instanceof String text) {
      return constant(plain, text, path);
    }
    return switch (plain.getName()) {
      case "java.lang.String" -> expect(value instanceof String, value, path, "text");
      case "boolean", "java.lang.Boolean" ->
          expect(value instanceof Boolean, value, path, "true or false");
      case "int", "java.lang.Integer" ->
          (int) whole(value, path, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "long", "java.lang.Long" -> whole(value, path, -(1L << 53), 1L << 53);
      case "double", "java.lang.Double" ->
          ((Number) expect(value instanceof Number, value, path, "a number")).doubleValue();
      case "java.time.Duration" -> duration(value, path);
      default -> throw unexpected(value, path, "settings for " + plain.getSimpleName());
    };
  }

  private static List<Object> list(Type of, @Nullable Object value, String path) {
    List<Object> list = new ArrayList<>();
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> values)) {
      throw unexpected(value, path, "a list");
    }
    for (Object each : values) {
      Object read = value(of, each, path + "[" + list.size() + "]");
      if (read == null) {
        throw unexpected("null", path + "[" + list.size() + "]", "a value");
      }
      list.add(read);
    }
    return List.copyOf(list);
  }

  private static @Nullable Object absent(Class<?> type) {
    return switch (type.getName()) {
      case "boolean" -> false;
      case "int" -> 0;
      case "long" -> 0L;
      case "double" -> 0.0;
      default -> null;
    };
  }

  private static Object constant(Class<?> type, String text, String path) {
    List<String> names = new ArrayList<>();
    for (Object constant : type.getEnumConstants()) {
      String name = ((Enum<?>) constant).name();
      names.add(name.toLowerCase(Locale.ROOT));
      if (name.equalsIgnoreCase(text)) {
        return constant;
      }
    }
    throw unexpected(text, path, String.join(", ", names));
  }

  private static long whole(Object value, String path, long least, long most) {
    if (value instanceof Number number) {
      double exact = number.doubleValue();
      if (exact == Math.rint(exact) && exact >= least && exact <= most) {
        return number.longValue();
      }
    }
    throw unexpected(value, path, "a whole number");
  }

  private static Duration duration(Object value, String path) {
    if (value instanceof String text) {
      try {
        String digits = text.endsWith("ms") ? text.substring(0, text.length() - 2) : text;
        if (text.endsWith("ms")) {
          return Duration.ofMillis(Long.parseLong(digits));
        }
        if (text.endsWith("s")) {
          double seconds = Double.parseDouble(text.substring(0, text.length() - 1));
          return Duration.ofNanos(Math.round(seconds * 1e9));
        }
      } catch (NumberFormatException e) {
        // told below with the value
      }
    }
    throw unexpected(value, path, "a number with s or ms, such as 5s");
  }

  private static Object expect(boolean fits, Object value, String path, String expectation) {
    if (!fits) {
      throw unexpected(value, path, expectation);
    }
    return value;
  }

  private static IllegalArgumentException unexpected(
      Object value, String path, String expectation) {
    return new IllegalArgumentException(path + ": '" + value + "' (expected: " + expectation + ")");
  }

  private static String snake(String name) {
    var snake = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isUpperCase(c)) {
        snake.append('_');
      }
      snake.append(Character.toLowerCase(c));
    }
    return snake.toString();
  }
}
