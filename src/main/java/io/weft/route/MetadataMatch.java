package io.weft.route;

import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.stream.RoutingFacts;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A condition on the dynamic metadata of a stream. Immutable and shared.
 *
 * @param namespace the filter whose metadata it is
 * @param path of keys to the value, at least one
 * @param value the condition on it
 * @param inverted whether the condition must not hold
 */
public record MetadataMatch(
    String namespace, List<String> path, ValueCondition value, boolean inverted) {
  /** A condition on a value: a text, a number, a truth value, a list, a map, or null. */
  public sealed interface ValueCondition {
    /** Whether it holds for a value that is there. */
    boolean matches(@Nullable Object value);

    /** The value is null. */
    record Null() implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value == null;
      }
    }

    /** A number from {@code start} to below {@code end}. */
    record Within(double start, double end) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value instanceof Number number
            && number.doubleValue() >= start
            && number.doubleValue() < end;
      }
    }

    /** This number. */
    record Equal(double number) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value instanceof Number other && other.doubleValue() == number;
      }
    }

    /** A text that fulfils a condition. */
    record Text(ValueMatch match) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value instanceof String text && match.matches(text);
      }
    }

    /** This truth value. */
    record Is(boolean truth) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value instanceof Boolean other && other == truth;
      }
    }

    /** Anything, or with {@code false} nothing at all, as in Envoy. */
    record Present(boolean wanted) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return wanted;
      }
    }

    /** A list of which one item fulfils the condition. */
    record OneOf(ValueCondition item) implements ValueCondition {
      @Override
      public boolean matches(@Nullable Object value) {
        return value instanceof List<?> list && list.stream().anyMatch(item::matches);
      }
    }

    /** One of these holds. */
    record Any(List<ValueCondition> conditions) implements ValueCondition {
      public Any {
        conditions = List.copyOf(conditions);
      }

      @Override
      public boolean matches(@Nullable Object value) {
        return conditions.stream().anyMatch(condition -> condition.matches(value));
      }
    }
  }

  public MetadataMatch {
    path = List.copyOf(path);
  }

  /** The condition in words. */
  public String describe() {
    return "metadata "
        + namespace
        + ":"
        + String.join(".", path)
        + " "
        + (inverted ? "not " : "")
        + value;
  }

  /** Whether the condition holds for the stream. */
  public boolean matches(RoutingFacts facts) {
    return holdsIn(facts.dynamicMetadata(namespace));
  }

  /** Whether the condition holds in the metadata of its namespace, null for none. */
  public boolean holdsIn(@Nullable Object metadata) {
    Map<?, ?> holder = holder(metadata);
    return (holder != null && value.matches(holder.get(path.getLast()))) != inverted;
  }

  /** Whether the metadata of its namespace, null for none, have what it asks about. */
  public boolean isAbout(@Nullable Object metadata) {
    return holder(metadata) != null;
  }

  /** The map that the last key of the path leads on from; null if the path leads nowhere. */
  private @Nullable Map<?, ?> holder(@Nullable Object metadata) {
    Object found = metadata;
    for (int i = 0; i < path.size() - 1; i++) {
      found = found instanceof Map<?, ?> map ? map.get(path.get(i)) : null;
    }
    return found instanceof Map<?, ?> map && map.containsKey(path.getLast()) ? map : null;
  }
}
