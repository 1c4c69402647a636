package io.weft.runtime;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runtime values as they were at one moment; a stream reads one and keeps it. Immutable. */
public final class RuntimeSnapshot {
  public static final RuntimeSnapshot EMPTY = new RuntimeSnapshot(List.of());

  private final List<RuntimeLayer> layers;
  private final Map<String, RuntimeValue> values;

  /**
   * @param layers a later one wins
   */
  public RuntimeSnapshot(List<RuntimeLayer> layers) {
    this.layers = List.copyOf(layers);
    var all = new HashMap<String, RuntimeValue>();
    for (var layer : layers) {
      all.putAll(layer.values());
    }
    this.values = Map.copyOf(all);
  }

  public List<RuntimeLayer> layers() {
    return layers;
  }

  /** The values that hold, by key. */
  public Map<String, RuntimeValue> values() {
    return values;
  }

  /** The text of a value, null if no layer has the key. */
  public @Nullable String get(String key) {
    var value = values.get(key);
    return value == null ? null : value.text();
  }

  /** The value as a number, {@code ifAbsent} if it is none. */
  public double number(String key, double ifAbsent) {
    var value = values.get(key);
    return value == null || value.number() == null ? ifAbsent : value.number();
  }

  /**
   * The value as a whole number that is not negative, {@code ifAbsent} if it is none (Envoy's
   * getInteger).
   */
  public long integer(String key, long ifAbsent) {
    double number = number(key, -1);
    return number < 0 ? ifAbsent : (long) number;
  }

  /** The value as a switch, {@code ifAbsent} if it is none. */
  public boolean bool(String key, boolean ifAbsent) {
    var value = values.get(key);
    return value == null || value.bool() == null ? ifAbsent : value.bool();
  }

  /**
   * The value as a share, {@code ifAbsent} if it is none: a {@code FractionalPercent}, or a whole
   * number that is a percentage.
   */
  public RuntimeValue.Percent percent(String key, RuntimeValue.Percent ifAbsent) {
    var value = values.get(key);
    if (value == null) {
      return ifAbsent;
    }
    if (value.percent() != null) {
      return value.percent();
    }
    return value.number() == null || value.number() < 0
        ? ifAbsent
        : new RuntimeValue.Percent((long) value.number().doubleValue(), 100);
  }

  /** Whether the lot {@code random} falls into the share of {@code key}: Envoy's featureEnabled. */
  public boolean enabled(String key, RuntimeValue.Percent ifAbsent, long random) {
    return percent(key, ifAbsent).takes(random);
  }
}
