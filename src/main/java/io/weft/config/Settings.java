package io.weft.config;

import io.weft.net.Cidr;
import io.weft.schema.NearestName;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.schema.YamlPlaces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The process settings: {@code weft.yaml} below the environment, {@code WEFT_CARRIERS} before
 * {@code carriers}. Immutable.
 */
public final class Settings {
  private final Map<String, String> values;

  private Settings(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /** What holds when nobody says anything. */
  public static Settings none() {
    return new Settings(Map.of());
  }

  /**
   * Reads the environment, and the file where there is one; all errors go to {@code problems}.
   *
   * @param file {@code weft.yaml}, null where there is none
   */
  static Settings read(
      @Nullable SettingsFile file, Map<String, String> environment, Problems problems) {
    var values = new TreeMap<String, String>();
    if (file != null) {
      var places = file.places();
      if (!places.isMapping()) {
        problems.error(
            places.place(List.of()), "not a mapping (expected: settings such as carriers: 2)");
      } else {
        checkKeys(places, problems);
        file.values()
            .forEach((key, value) ->
                check(key, value, places.place(path(places, key)), values, problems));
      }
    }
    for (var variable : new TreeMap<>(environment).entrySet()) {
      if (variable.getKey().startsWith("WEFT_")) {
        environment(variable.getKey(), variable.getValue(), values, problems);
      }
    }
    return new Settings(values);
  }

  private static void checkKeys(YamlPlaces places, Problems problems) {
    var known = new ArrayList<String>();
    for (var setting : Setting.values()) {
      known.add(setting.key());
    }
    for (var path : places.leaves()) {
      var key = String.join(".", path);
      if (Setting.find(key) == null) {
        problems.error(
            places.place(path), "unknown setting '" + key + "'" + NearestName.hint(key, known));
      }
    }
  }

  private static List<String> path(YamlPlaces places, String key) {
    for (var path : places.leaves()) {
      if (String.join(".", path).equals(key)) {
        return path;
      }
    }
    return List.of(key);
  }

  private static void environment(
      String name, String value, Map<String, String> values, Problems problems) {
    var place = new Place("environment", 1, 1, name);
    for (var setting : Setting.values()) {
      if (setting.variable().equals(name)) {
        if (setting.kind() == Setting.Kind.LEVELS) {
          levels(setting, value, place, values, problems);
        } else {
          check(setting.key(), value, place, values, problems);
        }
        return;
      }
    }
    var known = new ArrayList<String>();
    for (var setting : Setting.values()) {
      known.add(setting.variable());
    }
    // The launcher and deployments have variables of their own with this prefix: only a near miss
    // is told.
    var nearest = NearestName.find(name, known);
    if (nearest != null) {
      problems.warn(place, "no setting of that name (did you mean '" + nearest + "'?)");
    }
  }

  /** {@code logger=level} with commas between. */
  private static void levels(
      Setting setting, String value, Place place, Map<String, String> values, Problems problems) {
    for (var one : value.split(",", -1)) {
      int equals = one.indexOf('=');
      if (equals <= 0) {
        problems.error(place, "'" + one + "' (expected: logger=level, with commas between)");
      } else {
        var key = setting.key() + "." + one.substring(0, equals).strip();
        check(key, one.substring(equals + 1).strip(), place, values, problems);
      }
    }
  }

  private static void check(
      String key, String value, Place place, Map<String, String> values, Problems problems) {
    var setting = Setting.find(key);
    if (setting == null) {
      return; // reported with the keys
    }
    if (!setting.accepts(value)) {
      problems.error(place, "'" + value + "' (expected: " + setting.expectation() + ")");
      return;
    }
    values.put(key, value);
  }

  /** The value, or what holds where nobody has set it. */
  public String text(Setting setting) {
    return values.getOrDefault(setting.key(), setting.ifAbsent());
  }

  public boolean isSet(Setting setting) {
    return values.containsKey(setting.key());
  }

  public int count(Setting setting) {
    return Integer.parseInt(text(setting));
  }

  public boolean bool(Setting setting) {
    return text(setting).equals("true");
  }

  public Duration duration(Setting setting) {
    var duration = duration(text(setting));
    if (duration == null) {
      throw new IllegalArgumentException(setting.key() + " is no duration");
    }
    return duration;
  }

  /** IP ranges, in the order given. */
  public List<Cidr> ranges(Setting setting) {
    List<Cidr> ranges = isSet(setting) ? ranges(text(setting)) : List.of();
    return ranges == null ? List.of() : ranges;
  }

  /** IP ranges with commas between; null for anything else. */
  static @Nullable List<Cidr> ranges(String text) {
    var ranges = new ArrayList<Cidr>();
    for (String each : text.split(",", -1)) {
      Cidr range = Cidr.parse(each.strip());
      if (range == null) {
        return null;
      }
      ranges.add(range);
    }
    return ranges;
  }

  /** The levels of single loggers, by name. */
  public Map<String, String> logLevels() {
    var prefix = Setting.LOG_LEVELS.key() + ".";
    var levels = new TreeMap<String, String>();
    values.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        levels.put(key.substring(prefix.length()), value);
      }
    });
    return levels;
  }

  /** A number with the unit ms, s, m or h; null for anything else. */
  static @Nullable Duration duration(String text) {
    int digits = 0;
    while (digits < text.length() && digits < 9 && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    if (digits == 0) {
      return null;
    }
    long number = Long.parseLong(text.substring(0, digits));
    return switch (text.substring(digits)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> null;
    };
  }
}
