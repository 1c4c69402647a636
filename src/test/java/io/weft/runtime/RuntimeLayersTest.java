package io.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RuntimeLayersTest {
  private static final RuntimeValue.Percent NONE = new RuntimeValue.Percent(0, 100);
  private final Stats stats = new Stats();

  private RuntimeLayers layers() {
    var base =
        RuntimeLayer.of(
            "base",
            Map.of(
                "health", Map.of("min", 3.0, "on", true),
                "share", Map.of("numerator", 25.0, "denominator", "TEN_THOUSAND"),
                "text", "abc"));
    return new RuntimeLayers(List.of(base, new RuntimeLayer("admin", Map.of())), "admin", stats);
  }

  private long gauge(String name) {
    return ((Gauge) Objects.requireNonNull(stats.find(name))).value();
  }

  @Test
  void nestedMappingsBecomeKeysWithDots() {
    var snapshot = layers().snapshot();
    assertThat(snapshot.integer("health.min", 0)).isEqualTo(3);
    assertThat(snapshot.get("health.min")).isEqualTo("3");
    assertThat(snapshot.bool("health.on", false)).isTrue();
    assertThat(snapshot.percent("share", NONE)).isEqualTo(new RuntimeValue.Percent(25, 10_000));
    assertThat(snapshot.get("text")).isEqualTo("abc");
    assertThat(snapshot.get("absent")).isNull();
    assertThat(snapshot.integer("text", 7)).isEqualTo(7);
  }

  @Test
  void adminLayerWinsUntilItsValueIsRemoved() {
    var layers = layers();
    var before = layers.snapshot();
    layers.modify(Map.of("health.min", "9", "new.key", "{numerator: 5, denominator: MILLION}"));
    assertThat(before.integer("health.min", 0)).isEqualTo(3);
    assertThat(layers.snapshot().integer("health.min", 0)).isEqualTo(9);
    assertThat(layers.snapshot().percent("new.key", NONE))
        .isEqualTo(new RuntimeValue.Percent(5, 1_000_000));
    assertThat(gauge("runtime.admin_overrides_active")).isEqualTo(1);
    assertThat(gauge("runtime.num_keys")).isEqualTo(5);
    layers.modify(Map.of("health.min", "", "new.key", ""));
    assertThat(layers.snapshot().integer("health.min", 0)).isEqualTo(3);
    assertThat(gauge("runtime.admin_overrides_active")).isZero();
  }

  @Test
  void badValueChangesNothing() {
    var layers = layers();
    assertThatThrownBy(() -> layers.modify(Map.of("share", "{numerator: 1, denominator: DOZEN}")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("denominator: DOZEN (expected:");
    assertThat(layers.snapshot().percent("share", NONE).numerator()).isEqualTo(25);
  }

  @Test
  void withoutAdminLayerNothingCanBeChanged() {
    var layers = new RuntimeLayers(List.of(), null, stats);
    assertThat(layers.hasAdminLayer()).isFalse();
    assertThatThrownBy(() -> layers.modify(Map.of("a", "b")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("No admin layer specified");
  }

  @Test
  void wholeNumberIsAPercentage() {
    var layers = RuntimeLayers.withDefaults(stats);
    layers.modify(Map.of("k", "30"));
    assertThat(layers.snapshot().enabled("k", NONE, 29)).isTrue();
    assertThat(layers.snapshot().enabled("k", NONE, 30)).isFalse();
    assertThat(layers.snapshot().enabled("absent", NONE, 0)).isFalse();
  }
}
