package io.weft.runtime;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The runtime in force: static layers and at most one that the admin server changes. Shared;
 * readers take {@link #snapshot}, which costs one volatile read.
 */
public final class RuntimeLayers {
  /** Name of the layer there is when a bootstrap has no {@code layered_runtime}. */
  public static final String DEFAULT_ADMIN_LAYER = "admin";

  private final @Nullable String adminLayer;
  private final Counter loadSuccess;
  private final Gauge keys;
  private final Gauge overrides;
  private volatile RuntimeSnapshot snapshot;

  /**
   * @param layers in the order of the configuration; the admin layer among them, empty
   * @param adminLayer its name, null if there is none and nothing can be changed
   */
  public RuntimeLayers(List<RuntimeLayer> layers, @Nullable String adminLayer, Stats stats) {
    this.adminLayer = adminLayer;
    this.loadSuccess = stats.counter("runtime.load_success");
    this.keys = stats.gauge("runtime.num_keys");
    this.overrides = stats.gauge("runtime.admin_overrides_active");
    stats.counter("runtime.load_error");
    stats.gauge("runtime.num_layers").set(layers.size());
    this.snapshot = new RuntimeSnapshot(layers);
    count();
  }

  /** What there is without {@code layered_runtime}: an admin layer alone. */
  public static RuntimeLayers withDefaults(Stats stats) {
    return new RuntimeLayers(
        List.of(new RuntimeLayer(DEFAULT_ADMIN_LAYER, Map.of())), DEFAULT_ADMIN_LAYER, stats);
  }

  public RuntimeSnapshot snapshot() {
    return snapshot;
  }

  /** Whether {@link #modify} may be called. */
  public boolean hasAdminLayer() {
    return adminLayer != null;
  }

  /**
   * Sets values in the admin layer; an empty text removes the key from it. Streams that run keep
   * what they have read.
   *
   * @throws IllegalStateException if there is no admin layer
   * @throws IllegalArgumentException if a text is no value; nothing is changed then
   */
  public synchronized void modify(Map<String, String> changes) {
    if (adminLayer == null) {
      throw new IllegalStateException("No admin layer specified");
    }
    var layers = new ArrayList<RuntimeLayer>();
    for (var layer : snapshot.layers()) {
      layers.add(layer.name().equals(adminLayer) ? changed(layer, changes) : layer);
    }
    snapshot = new RuntimeSnapshot(layers);
    count();
  }

  private static RuntimeLayer changed(RuntimeLayer layer, Map<String, String> changes) {
    var values = new HashMap<>(layer.values());
    changes.forEach((key, text) -> {
      if (text.isEmpty()) {
        values.remove(key);
      } else {
        values.put(key, RuntimeValue.parse(text));
      }
    });
    return new RuntimeLayer(layer.name(), values);
  }

  private void count() {
    loadSuccess.inc();
    keys.set(snapshot.values().size());
    for (var layer : snapshot.layers()) {
      if (layer.name().equals(adminLayer)) {
        overrides.set(layer.values().isEmpty() ? 0 : 1);
      }
    }
  }
}
