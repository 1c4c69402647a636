package io.weft.explain;

import io.weft.route.Route;
import io.weft.route.RouteDecision;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableConfig;
import io.weft.route.RouteTableReader;
import io.weft.schema.ConfigException;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs tests of a route table in the format of Envoy's {@code router_check_tool}. Reads files; for
 * the main thread of a command.
 */
public final class RouteCheck {
  private static final String TABLE = "envoy.config.route.v3.RouteConfiguration";

  /**
   * How the tests went.
   *
   * @param problems what is wrong with the files; empty if they could be used
   * @param failures of tests, a line each that begins with the test's name
   * @param tests how many there are
   * @param failed how many of them failed
   * @param routesMatched how many routes some test took
   * @param routes how many there are
   */
  public record Outcome(
      String problems,
      List<String> failures,
      int tests,
      int failed,
      int routesMatched,
      int routes) {
    static Outcome unusable(String problems) {
      return new Outcome(problems, List.of(), 0, 0, 0, 0);
    }

    /** Percent of the routes that some test took. */
    public double coverage() {
      return routes == 0 ? 100 : 100.0 * routesMatched / routes;
    }
  }

  private RouteCheck() {}

  /** Runs the tests of a file against the route table of another. */
  public static Outcome run(Path table, Path tests) {
    String tableText;
    String testText;
    try {
      tableText = Files.readString(table);
      testText = Files.readString(tests);
    } catch (IOException e) {
      return Outcome.unusable("cannot be read: " + e + "\n");
    }
    var problems = new Problems();
    Message message =
        ResourceReader.read(table.toString(), tableText, TABLE, ReadOptions.PLAIN, problems);
    if (message == null || !problems.isEmpty()) {
      return Outcome.unusable(problems.text());
    }
    // Neither clusters nor filters are at hand: names of clusters and settings of filters pass.
    var reader = new RouteTableReader((name, settings, to) -> settings, cluster -> true, problems);
    RouteTableConfig config = reader.read(message);
    if (!problems.isEmpty()) {
      return Outcome.unusable(problems.text());
    }
    try {
      return run(RouteTable.compile(config), config, RouteTest.readAll(tests.toString(), testText));
    } catch (IllegalArgumentException | ConfigException e) {
      return Outcome.unusable(tests + ": " + e.getMessage() + "\n");
    }
  }

  private static Outcome run(RouteTable table, RouteTableConfig config, List<RouteTest> tests) {
    List<String> failures = new ArrayList<>();
    Set<String> matched = new HashSet<>();
    int failed = 0;
    for (RouteTest test : tests) {
      RouteDecision decision = table.decide(test.request(), test.facts());
      Route route = table.match(test.request(), test.facts());
      if (decision.host() != null && decision.chosen() >= 0) {
        matched.add(config.virtualHosts().indexOf(decision.host()) + "/" + decision.chosen());
      }
      List<String> wrong = test.check(route);
      if (!wrong.isEmpty()) {
        failed++;
        wrong.forEach(line -> failures.add(test.name() + ": " + line));
      }
    }
    int routes = config.virtualHosts().stream().mapToInt(host -> host.routes().size()).sum();
    return new Outcome("", failures, tests.size(), failed, matched.size(), routes);
  }
}
