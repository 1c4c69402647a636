package io.weft.config;

import io.weft.schema.Message;
import io.weft.schema.NearestName;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import io.weft.schema.YamlFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration: a directory of resources, or one Envoy bootstrap file. Collects every
 * error of every file. Blocks for the files; opens no socket.
 */
public final class ConfigSource {
  private static final String BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";
  private static final String LISTENER = "envoy.config.listener.v3.Listener";
  private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";
  private static final String ROUTES = "envoy.config.route.v3.RouteConfiguration";
  private static final String SECRET = "envoy.extensions.transport_sockets.tls.v3.Secret";
  private static final String SETTINGS = "weft.yaml";
  private static final List<String> BOOTSTRAPS =
      List.of("bootstrap.yaml", "bootstrap.yml", "bootstrap.json");
  private static final List<String> FOLDERS =
      List.of("listeners", "clusters", "routes", "secrets", "runtime");

  private final Path path;
  private final ConfigOptions options;
  private final Problems problems;

  private ConfigSource(Path path, ConfigOptions options, Problems problems) {
    this.path = path;
    this.options = options;
    this.problems = problems;
  }

  /**
   * Reads and checks everything below {@code path}.
   *
   * @return null where nothing could be read; else a configuration that is fit for use only if
   *     {@code problems} is empty
   */
  public static @Nullable Configuration load(Path path, ConfigOptions options, Problems problems) {
    var source = new ConfigSource(path, options, problems);
    var configuration = Files.isDirectory(path) ? source.directory() : source.file();
    if (configuration != null) {
      new CrossCheck(configuration, options, problems).run();
    }
    return configuration;
  }

  /**
   * Reads and checks everything below {@code path}.
   *
   * @throws io.weft.schema.ConfigException with every error
   */
  public static Configuration load(Path path, ConfigOptions options) {
    var problems = new Problems();
    var configuration = load(path, options, problems);
    problems.throwIfAny();
    if (configuration == null) {
      throw new IllegalStateException("nothing was read and nothing reported");
    }
    return configuration;
  }

  private @Nullable Configuration file() {
    var name = path.toString();
    var settings = Settings.read(null, options.environment(), problems);
    var text = text(path, name);
    if (text == null) {
      return null;
    }
    var defaults = defaults(settings, Defaults.ENVOY);
    var bootstrap = ResourceReader.read(name, text, BOOTSTRAP, readOptions(defaults), problems);
    if (bootstrap == null) {
      return null;
    }
    return new Configuration(
        path,
        false,
        defaults,
        settings,
        bootstrap,
        listeners(bootstrap),
        clusters(bootstrap),
        resources(bootstrap, "secrets"),
        Map.of(),
        Map.of());
  }

  private @Nullable Configuration directory() {
    checkEntries();
    var settingsFile = settingsFile();
    var routeFiles = files("routes");
    var bootstrapFiles = bootstraps();
    var listenerFiles = files("listeners");
    var clusterFiles = files("clusters");
    var secretFiles = files("secrets");
    var settings = Settings.read(settingsFile, options.environment(), problems);
    var defaults = defaults(settings, Defaults.EDGE);
    var plain = readOptions(defaults);
    var routes = new LinkedHashMap<String, Message>();
    for (var route : resources(routeFiles, ROUTES, plain)) {
      if (routes.putIfAbsent(route.string("name"), route) != null) {
        problems.error(
            route.place("name"), "a second route configuration '" + route.string("name") + "'");
      } else if (route.string("name").isEmpty()) {
        problems.error(
            route.place("name"),
            "must not be empty (expected: the name that route_config refers to)");
      }
    }
    var read = plain.withRouteConfigurations(routes);
    var bootstrap = bootstrap(bootstrapFiles, read);
    if (bootstrap == null) {
      return null;
    }
    var listeners = listeners(bootstrap);
    listeners.addAll(resources(listenerFiles, LISTENER, read));
    var clusters = clusters(bootstrap);
    clusters.addAll(resources(clusterFiles, CLUSTER, read));
    var secrets = resources(bootstrap, "secrets");
    secrets.addAll(resources(secretFiles, SECRET, read));
    return new Configuration(
        path,
        true,
        defaults,
        settings,
        bootstrap,
        listeners,
        clusters,
        secrets,
        routes,
        diskLayer(path.resolve("runtime")));
  }

  private @Nullable SettingsFile settingsFile() {
    var file = path.resolve(SETTINGS);
    var text = Files.exists(file) ? text(file, SETTINGS) : null;
    return text == null ? null : SettingsFile.start(SETTINGS, text, problems);
  }

  private List<YamlFile> bootstraps() {
    var files = new ArrayList<YamlFile>();
    for (var name : BOOTSTRAPS) {
      var file = path.resolve(name);
      var text = Files.exists(file) ? text(file, name) : null;
      if (text != null) {
        files.add(YamlFile.parse(name, text, problems));
      }
    }
    return files;
  }

  private @Nullable Message bootstrap(List<YamlFile> files, ReadOptions read) {
    if (files.isEmpty()) {
      return ResourceReader.read("bootstrap.yaml", "", BOOTSTRAP, read, problems);
    }
    for (var second : files.subList(1, files.size())) {
      problems.error(
          new Place(second.name(), 1, 1, ""),
          "a second bootstrap beside " + files.getFirst().name());
    }
    return ResourceReader.read(files.getFirst(), BOOTSTRAP, read, problems);
  }

  private ReadOptions readOptions(Defaults defaults) {
    return new ReadOptions(
        options.userHttpFilters(), options.userNetworkFilters(), defaults.byType(), Map.of());
  }

  private Defaults defaults(Settings settings, Defaults ifAbsent) {
    if (options.defaults() != null) {
      return options.defaults();
    }
    var chosen = Defaults.find(settings.text(Setting.DEFAULTS));
    return chosen == null ? ifAbsent : chosen;
  }

  private static List<Message> listeners(Message bootstrap) {
    return resources(bootstrap, "listeners");
  }

  private static List<Message> clusters(Message bootstrap) {
    return resources(bootstrap, "clusters");
  }

  private static List<Message> resources(Message bootstrap, String field) {
    var resources = bootstrap.message("static_resources");
    return resources == null ? new ArrayList<>() : new ArrayList<>(resources.messages(field));
  }

  private List<Message> resources(List<YamlFile> files, String type, ReadOptions read) {
    var resources = new ArrayList<Message>();
    for (var file : files) {
      resources.addAll(ResourceReader.readAll(file, type, read, problems));
    }
    return resources;
  }

  private List<YamlFile> files(String folder) {
    var parsed = new ArrayList<YamlFile>();
    for (var file : files(path.resolve(folder))) {
      var name = folder + "/" + file.getFileName();
      var text = text(file, name);
      if (text != null) {
        parsed.add(YamlFile.parse(name, text, problems));
      }
    }
    return parsed;
  }

  /**
   * The YAML and JSON files of a folder, sorted by name; names that begin with a dot are not looked
   * at.
   */
  private List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      var files = new ArrayList<Path>();
      for (var entry : entries) {
        if (isResource(entry.getFileName().toString()) && !Files.isDirectory(entry)) {
          files.add(entry);
        }
      }
      files.sort(null);
      return files;
    } catch (IOException e) {
      problems.error(
          new Place(path.relativize(folder).toString(), 1, 1, ""),
          "cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  private static boolean isResource(String name) {
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  /** A file or folder that looks like configuration and would not be read is a mistake. */
  private void checkEntries() {
    try (var entries = Files.newDirectoryStream(path)) {
      for (var entry : entries) {
        var name = entry.getFileName().toString();
        if (Files.isDirectory(entry)) {
          var nearest = FOLDERS.contains(name) ? null : NearestName.find(name, FOLDERS);
          if (nearest != null) {
            problems.error(
                new Place(name, 1, 1, ""),
                "this folder is not read (did you mean '" + nearest + "'?)");
          }
        } else if (isResource(name) && !name.equals(SETTINGS) && !BOOTSTRAPS.contains(name)) {
          problems.error(
              new Place(name, 1, 1, ""),
              "this file is not read (expected: weft.yaml, bootstrap.yaml, or a file in listeners/, clusters/, routes/, secrets/)");
        }
      }
    } catch (IOException e) {
      problems.error(new Place(path.toString(), 1, 1, ""), "cannot be read: " + e.getMessage());
    }
  }

  private @Nullable String text(Path file, String name) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      problems.error(new Place(name, 1, 1, ""), "not text in UTF-8");
    } catch (IOException e) {
      boolean missing = Files.notExists(file);
      problems.error(
          new Place(name, 1, 1, ""),
          missing ? "no such file" : "cannot be read: " + e.getMessage());
    }
    return null;
  }

  /**
   * One file for a value, its path below the folder for the key: {@code health_check/min_interval}.
   */
  private Map<String, String> diskLayer(Path folder) {
    var values = new TreeMap<String, String>();
    if (Files.isDirectory(folder)) {
      diskLayer(folder, "", 0, values);
    }
    return values;
  }

  private void diskLayer(Path folder, String prefix, int depth, Map<String, String> to) {
    try (var entries = Files.newDirectoryStream(folder)) {
      for (var entry : entries) {
        var name = entry.getFileName().toString();
        if (name.startsWith(".")) {
          continue;
        }
        if (!Files.isDirectory(entry)) {
          var text = text(entry, path.relativize(entry).toString());
          if (text != null) {
            to.put(prefix + name, value(text));
          }
        } else if (depth < 16) {
          diskLayer(entry, prefix + name + ".", depth + 1, to);
        }
      }
    } catch (IOException e) {
      problems.error(
          new Place(path.relativize(folder).toString(), 1, 1, ""),
          "cannot be read: " + e.getMessage());
    }
  }

  /**
   * As Envoy reads such a file: lines that begin with # are comments, space at the end does not
   * count.
   */
  private static String value(String text) {
    var value = new StringBuilder();
    for (var line : text.lines().toList()) {
      if (!line.startsWith("#")) {
        value.append(value.isEmpty() ? "" : "\n").append(line);
      }
    }
    return value.toString().stripTrailing();
  }
}
