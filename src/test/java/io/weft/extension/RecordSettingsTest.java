package io.weft.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RecordSettingsTest {
  enum Mode {
    STRICT,
    LENIENT
  }

  record Inner(int depth) {}

  record Settings(
      String header,
      long maxBytes,
      boolean enabled,
      double ratio,
      Duration timeout,
      Mode mode,
      List<String> keys,
      Inner inner) {
    Settings {
      if (maxBytes < 0) {
        throw new IllegalArgumentException("max_bytes: " + maxBytes + " (expected: 0 or more)");
      }
    }
  }

  @Test
  void readsEveryKindOfSetting() {
    Settings settings =
        RecordSettings.read(
            Settings.class,
            Map.of(
                "header",
                "x-key",
                "max_bytes",
                1024.0,
                "enabled",
                true,
                "ratio",
                0.5,
                "timeout",
                "1.5s",
                "mode",
                "lenient",
                "keys",
                List.of("a", "b"),
                "inner",
                Map.of("depth", 3.0)));
    assertThat(settings)
        .isEqualTo(
            new Settings(
                "x-key",
                1024,
                true,
                0.5,
                Duration.ofMillis(1500),
                Mode.LENIENT,
                List.of("a", "b"),
                new Inner(3)));
  }

  @Test
  void leavesOutWhatIsNotSaid() {
    Settings settings = RecordSettings.read(Settings.class, Map.of("maxBytes", 7.0));
    assertThat(settings.maxBytes()).isEqualTo(7);
    assertThat(settings.keys()).isEmpty();
    assertThat(settings.header()).isNull();
    assertThat(settings.enabled()).isFalse();
  }

  @Test
  void namesAnUnknownSettingAndTheNearestOne() {
    assertThatThrownBy(() -> RecordSettings.read(Settings.class, Map.of("headr", "x")))
        .hasMessageContaining("headr: unknown setting")
        .hasMessageContaining("header");
  }

  @Test
  void namesThePathTheValueAndTheExpectation() {
    assertThatThrownBy(
            () -> RecordSettings.read(Settings.class, Map.of("inner", Map.of("depth", "deep"))))
        .hasMessage("inner.depth: 'deep' (expected: a whole number)");
    assertThatThrownBy(() -> RecordSettings.read(Settings.class, Map.of("mode", "odd")))
        .hasMessage("mode: 'odd' (expected: strict, lenient)");
    assertThatThrownBy(() -> RecordSettings.read(Settings.class, Map.of("keys", List.of(1.0))))
        .hasMessage("keys[0]: '1.0' (expected: text)");
    assertThatThrownBy(() -> RecordSettings.read(Settings.class, Map.of("timeout", "5")))
        .hasMessageContaining("timeout: '5'");
  }

  @Test
  void passesOnWhatTheRecordRefuses() {
    assertThatThrownBy(() -> RecordSettings.read(Settings.class, Map.of("max_bytes", -1.0)))
        .hasMessage("max_bytes: -1 (expected: 0 or more)");
  }
}
