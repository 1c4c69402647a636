package io.weft.config;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.weft.schema.Problems;
import io.weft.schema.YamlPlaces;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * {@code weft.yaml}, read by Helidon's configuration. Loading that library takes longer than
 * reading everything else, so it runs on a thread of its own while the resources are parsed, and
 * not at all where there is no such file.
 */
final class SettingsFile {
  private final YamlPlaces places;
  private final FutureTask<Map<String, String>> values;

  private SettingsFile(YamlPlaces places, FutureTask<Map<String, String>> values) {
    this.places = places;
    this.values = values;
  }

  /** Begins to read the text; one that is no YAML is reported and has no values. */
  static SettingsFile start(String name, String text, Problems problems) {
    var syntax = new Problems();
    var places = YamlPlaces.of(name, text, syntax);
    syntax.all().forEach(problems::add);
    boolean readable = syntax.isEmpty() && places.isMapping();
    var values =
        new FutureTask<Map<String, String>>(() -> readable ? read(text) : Map.<String, String>of());
    if (readable) {
      Thread.ofPlatform().daemon().name("settings").start(values);
    } else {
      values.run();
    }
    return new SettingsFile(places, values);
  }

  YamlPlaces places() {
    return places;
  }

  /** Values by their key with dots; waits until they are read. */
  Map<String, String> values() {
    try {
      return values.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the settings were read", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the settings could not be read", e.getCause());
    }
  }

  private static Map<String, String> read(String text) {
    var config =
        Config.builder(ConfigSources.create(text, MediaTypes.APPLICATION_X_YAML))
            .disableEnvironmentVariablesSource()
            .disableSystemPropertiesSource()
            .build();
    var values = new TreeMap<String, String>();
    config
        .traverse(node -> true)
        .filter(Config::isLeaf)
        .forEach(leaf ->
            values.put(Config.Key.unescapeName(leaf.key().toString()), leaf.asString().get()));
    return values;
  }
}
