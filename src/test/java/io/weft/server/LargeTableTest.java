package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.Route;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableReader;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import io.weft.schema.YamlFile;
import io.weft.stream.RoutingFacts;
import io.weft.testing.LargeTable;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** 50,000 virtual hosts and 100,000 routes; {@code make nightly}. */
@EnabledIfSystemProperty(named = "weft.nightly", matches = "true")
class LargeTableTest {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final int MATCHES = 200_000;

  @TempDir Path directory;

  /** A program of its own, as {@code weft validate} is, from its first instruction to its last. */
  @Test
  void loadsInFiveSecondsAndFourHundredMegabytes() throws Exception {
    assertThat(Files.size(LargeTable.write(directory))).isGreaterThan(13_000_000);
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx400m",
            "-XX:+ExitOnOutOfMemoryError",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "validate",
            "--config",
            directory.toString()));
    var out = new File(directory.toFile(), "out.txt");
    long start = System.nanoTime();
    var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    var took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(process.exitValue()).as(Files.readString(out.toPath())).isZero();
    System.out.println("13 MB table: " + took.toMillis() + " ms with a heap of 400 MB");
    assertThat(took).isLessThan(LIMIT);
  }

  private static RouteTable table(String yaml) {
    var problems = new Problems();
    var file = YamlFile.parse("routes.yaml", yaml, problems);
    var message =
        ResourceReader.read(
            file, "envoy.config.route.v3.RouteConfiguration", ReadOptions.PLAIN, problems);
    var reader = new RouteTableReader((name, settings, to) -> settings, name -> true, problems);
    var table = RouteTable.compile(reader.read(Objects.requireNonNull(message)));
    assertThat(problems.text()).isEmpty();
    return table;
  }

  /** The least of some rounds, nanoseconds a match; each request is new, as one from the wire. */
  private static double nanosPerMatch(RouteTable table, int... hosts) {
    var random = new Random(1);
    double least = Double.MAX_VALUE;
    for (int round = 0; round < 15; round++) {
      var requests = new Request[MATCHES];
      for (int i = 0; i < MATCHES; i++) {
        int host = hosts[random.nextInt(hosts.length)];
        requests[i] =
            Request.of(
                "GET",
                fresh(LargeTable.host(host)),
                fresh(LargeTable.path(host)),
                new Headers(),
                Body.EMPTY);
      }
      long found = 0;
      long start = System.nanoTime();
      for (Request request : requests) {
        found += table.match(request, RoutingFacts.NONE) == Route.NONE ? 0 : 1;
      }
      least = Math.min(least, (double) (System.nanoTime() - start) / MATCHES);
      assertThat(found).isEqualTo(MATCHES);
    }
    return least;
  }

  private static String fresh(String text) {
    return new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
  }

  /**
   * The steps are those of a table of one route; what is more is that a host's part of the table
   * comes from a slower cache, or from memory.
   */
  @Test
  void matchCostsAFewFetchesMoreThanInATableOfOneRoute() throws Exception {
    String all = Files.readString(LargeTable.write(directory));
    String one =
        """
        name: one
        virtual_hosts:
        - name: one
          domains: [www-00000.customers.example.com]
          routes:
          - {name: products-00000, match: {path: /api/v1/products/00000}, route: {cluster: products}}
        """;
    RouteTable large = table(all);
    RouteTable single = table(one);
    var random = new Random(2);
    double[] ratios = new double[3];
    for (int i = 0; i < ratios.length; i++) {
      double ofOne = nanosPerMatch(single, 0);
      double busy = nanosPerMatch(large, random.ints(1024, 0, LargeTable.HOSTS).toArray());
      double any = nanosPerMatch(large, IntStream.range(0, LargeTable.HOSTS).toArray());
      ratios[i] = busy / ofOne;
      System.out.printf(
          "match: %.0f ns in a table of one route, %.0f ns in one of 100,000 where 1,024 hosts are"
              + " busy, %.0f ns where all are%n",
          ofOne, busy, any);
    }
    Arrays.sort(ratios);
    assertThat(ratios[1]).as("the median of three").isLessThan(4);
  }
}
