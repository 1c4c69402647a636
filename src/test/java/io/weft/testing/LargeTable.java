package io.weft.testing;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A configuration directory with 50,000 virtual hosts of two routes each: 13 MB of YAML. */
public final class LargeTable {
  public static final int HOSTS = 50_000;

  private static final String LISTENER =
      """
      address: 127.0.0.1:0
      filter_chains:
      - filters:
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: large
            route_config: large
      """;

  private LargeTable() {}

  /** The host of a virtual host. */
  public static String host(int i) {
    return String.format(Locale.ROOT, "www-%05d.customers.example.com", i);
  }

  /** The path of its first route. */
  public static String path(int i) {
    return String.format(Locale.ROOT, "/api/v1/products/%05d", i);
  }

  /** Writes the files below {@code directory}; returns the one with the routes. */
  public static Path write(Path directory) throws IOException {
    for (String folder : new String[] {"listeners", "clusters", "routes"}) {
      Files.createDirectories(directory.resolve(folder));
    }
    Files.writeString(directory.resolve("listeners/large.yaml"), LISTENER);
    Files.writeString(
        directory.resolve("clusters/all.yaml"),
        """
        - {name: products, endpoints: [127.0.0.1:1]}
        - {name: others, endpoints: [127.0.0.1:2]}
        """);
    Path table = directory.resolve("routes/large.yaml");
    try (BufferedWriter out = Files.newBufferedWriter(table)) {
      out.write("name: large\nvirtual_hosts:\n");
      for (int i = 0; i < HOSTS; i++) {
        out.write(virtualHost(i));
      }
    }
    return table;
  }

  private static String virtualHost(int i) {
    return String.format(
        Locale.ROOT,
        """
        - name: customer-%1$05d
          domains: [www-%1$05d.customers.example.com]
          routes:
          - name: products-%1$05d
            match: {path: /api/v1/products/%1$05d}
            route: {cluster: products, timeout: 2s}
          - name: others-%1$05d
            match: {prefix: /api/}
            route: {cluster: others, timeout: 10s}
        """,
        i);
  }

  /** Writes the configuration to the directory that the argument names. */
  public static void main(String[] args) throws IOException {
    Path table = write(Path.of(args[0]));
    System.out.println(table + ": " + Files.size(table) + " bytes");
  }
}
