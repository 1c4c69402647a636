package io.weft.config;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads {@code weft.yaml} by Helidon's configuration; apart, so that its classes load only where
 * there is such a file.
 */
final class SettingsFile {
  private SettingsFile() {}

  /** Values by their key with dots. */
  static Map<String, String> read(String text) {
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
