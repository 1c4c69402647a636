package io.weft.config;

import io.weft.runtime.RuntimeLayer;
import io.weft.schema.FullForm;
import io.weft.schema.Message;
import io.weft.schema.ResourceReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as it was read: checked messages with the set of defaults filled in. Immutable.
 *
 * @param path what the user named
 * @param isDirectory whether that is a configuration directory and not a bootstrap file
 * @param defaults the set in force
 * @param settings the process settings
 * @param bootstrap the {@code Bootstrap}, an empty one where the directory has none
 * @param listeners those of the bootstrap, then those of {@code listeners/}
 * @param clusters those of the bootstrap, then those of {@code clusters/}
 * @param secrets those of the bootstrap, then those of {@code secrets/}
 * @param routeConfigurations those of {@code routes/}, by name
 * @param diskLayer the values of {@code runtime/}, by key
 */
public record Configuration(
    Path path,
    boolean isDirectory,
    Defaults defaults,
    Settings settings,
    Message bootstrap,
    List<Message> listeners,
    List<Message> clusters,
    List<Message> secrets,
    Map<String, Message> routeConfigurations,
    Map<String, String> diskLayer) {
  static final String ADDRESS = "envoy.config.core.v3.Address";

  public Configuration {
    listeners = List.copyOf(listeners);
    clusters = List.copyOf(clusters);
    secrets = List.copyOf(secrets);
    routeConfigurations = Map.copyOf(routeConfigurations);
    diskLayer = Map.copyOf(diskLayer);
  }

  /** The {@code Node}, null where the bootstrap has none. */
  public @Nullable Message node() {
    return bootstrap.message("node");
  }

  /** The name of this instance, from the settings or the bootstrap; may be empty. */
  public String nodeId() {
    return nodeText(Setting.NODE_ID, "id");
  }

  /** The name of the service this instance belongs to; may be empty. */
  public String nodeCluster() {
    return nodeText(Setting.NODE_CLUSTER, "cluster");
  }

  private String nodeText(Setting setting, String field) {
    if (settings.isSet(setting)) {
      return settings.text(setting);
    }
    var node = node();
    return node == null ? "" : node.string(field);
  }

  /** Where the admin server listens, a {@code core.v3.Address}; null for no admin server. */
  public @Nullable Message adminAddress() {
    if (settings.isSet(Setting.ADMIN_ADDRESS)) {
      return address(Setting.ADMIN_ADDRESS);
    }
    var admin = bootstrap.message("admin");
    return admin == null ? null : admin.message("address");
  }

  /** What is told of calls of the admin server: messages of type {@code AccessLog}. */
  public List<Message> adminAccessLogs() {
    var admin = bootstrap.message("admin");
    if (admin == null) {
      return List.of();
    }
    var logs = new ArrayList<>(admin.messages("access_log"));
    var path = admin.string("access_log_path");
    if (!path.isEmpty()) {
      logs.add(
          ResourceReader.parse(
              "envoy.config.accesslog.v3.AccessLog",
              "name: admin\ntyped_config:\n"
                  + "  '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog\n"
                  + "  path: '"
                  + path.replace("'", "''")
                  + "'\n"));
    }
    return logs;
  }

  /** Where readiness and metrics alone are served, null for nowhere. */
  public @Nullable Message scrapeAddress() {
    return settings.isSet(Setting.SCRAPE_ADDRESS) ? address(Setting.SCRAPE_ADDRESS) : null;
  }

  private Message address(Setting setting) {
    return ResourceReader.parse(ADDRESS, "\"" + settings.text(setting) + "\"");
  }

  /**
   * The runtime's layers in order: the bootstrap's, then the directory's {@code runtime/}. Empty
   * where neither has any.
   */
  public List<RuntimeLayer> runtimeLayers() {
    var layers = new ArrayList<RuntimeLayer>();
    var layered = bootstrap.message("layered_runtime");
    if (layered != null) {
      for (var layer : layered.messages("layers")) {
        layers.add(RuntimeLayer.of(layer.string("name"), layer.struct("static_layer")));
      }
    }
    if (!diskLayer.isEmpty()) {
      layers.add(RuntimeLayer.of("runtime", diskLayer));
    }
    return layers;
  }

  /** Who looks names up for clusters that do not say it themselves, null where nobody is named. */
  public @Nullable Message dnsResolver() {
    return bootstrap.message("typed_dns_resolver_config");
  }

  /** The name of the bootstrap's admin layer, null where it has none. */
  public @Nullable String adminLayer() {
    var layered = bootstrap.message("layered_runtime");
    if (layered != null) {
      for (var layer : layered.messages("layers")) {
        if (layer.has("admin_layer")) {
          return layer.string("name");
        }
      }
    }
    return null;
  }

  /**
   * The whole configuration as one Envoy bootstrap in YAML, short forms spelt out and defaults
   * marked.
   */
  public String expanded() {
    var mark = "default (" + defaults.text() + ")";
    var own = new ArrayList<>(List.of("static_resources"));
    var text = new StringBuilder();
    if (settings.isSet(Setting.ADMIN_ADDRESS)) {
      own.add("admin");
      text.append("admin:\n")
          .append(FullForm.field("address", address(Setting.ADMIN_ADDRESS), 1, mark));
    }
    if (!diskLayer.isEmpty()) {
      own.add("layered_runtime");
      text.append(layers(mark));
    }
    text.insert(0, FullForm.text(bootstrap, mark, own));
    if (!listeners.isEmpty() || !clusters.isEmpty() || !secrets.isEmpty()) {
      text.append("static_resources:\n")
          .append(FullForm.list("listeners", listeners, 1, mark))
          .append(FullForm.list("clusters", clusters, 1, mark))
          .append(FullForm.list("secrets", secrets, 1, mark));
    }
    return text.isEmpty() ? "{}\n" : text.toString();
  }

  /** The layers of the bootstrap with the one of the directory after them. */
  private String layers(String mark) {
    var layered = bootstrap.message("layered_runtime");
    var layers = layered == null ? List.<Message>of() : layered.messages("layers");
    return "layered_runtime:\n"
        + (layers.isEmpty() ? "  layers:\n" : FullForm.list("layers", layers, 1, mark))
        + "  - name: runtime\n    static_layer: "
        + FullForm.value(diskLayer)
        + "\n";
  }
}
