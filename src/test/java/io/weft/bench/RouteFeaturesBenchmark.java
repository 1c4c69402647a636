package io.weft.bench;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.FilterConfigs;
import io.weft.route.Route;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableReader;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.stream.RoutingFacts;
import io.weft.testing.TestFacts;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a feature of a route adds to a request: each finds the route and finishes the request for
 * the host, from a copy of the headers; the cost of a feature is the distance from {@link #plain}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteFeaturesBenchmark {
  private final TestFacts facts = new TestFacts();
  private RouteTable plain;
  private RouteTable byHeader;
  private RouteTable byRegex;
  private RouteTable weighted;
  private RouteTable mutating;
  private RouteTable retrying;
  private Request request;

  /** Compiles the tables. */
  @Setup(Level.Trial)
  public void compile() {
    plain = table("- {match: {prefix: /}, route: {cluster: a}}", "");
    var routes = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      routes.append(
          "- {match: {prefix: /, headers: [{name: x-key, string_match: {exact: k%d}}]}, route: {cluster: a}}\n"
              .formatted(i));
    }
    byHeader = table(routes.toString(), "");
    byRegex = table("- {match: {safe_regex: {regex: '/api/v[0-9]+/.*'}}, route: {cluster: a}}", "");
    weighted =
        table(
            "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: a, weight: 90}, {name: b, weight: 10}]}}}",
            "");
    var added = new StringBuilder("request_headers_to_add: [");
    for (int i = 0; i < 10; i++) {
      added.append("{header: {key: x-added-%d, value: v}}, ".formatted(i));
    }
    mutating = table("- {match: {prefix: /}, route: {cluster: a}}", added + "]");
    retrying =
        table(
            "- {match: {prefix: /}, route: {cluster: a, retry_policy: {retry_on: 5xx, num_retries: 2}}}",
            "");
    request =
        Request.of(
            "GET",
            "www.example.com",
            "/api/v1/products/100001",
            Headers.of("host", "www.example.com", "accept", "*/*", "x-key", "k50"),
            Body.EMPTY);
  }

  private static RouteTable table(String routes, String more) {
    String yaml =
        "virtual_hosts:\n- name: h\n  domains: [www.example.com]\n  "
            + more
            + "\n  routes:\n"
            + routes.indent(2);
    var message = ResourceReader.parse("envoy.config.route.v3.RouteConfiguration", yaml);
    var problems = new Problems();
    var config = new RouteTableReader(FilterConfigs.NONE, name -> true, problems).read(message);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.text());
    }
    return RouteTable.compile(config);
  }

  private Request through(RouteTable table) {
    Request copy = request.copy(Body.EMPTY);
    var route = (Route.Forward) table.match(copy, RoutingFacts.NONE);
    if (route.retry() != null && route.limits().total() < 0) {
      throw new IllegalStateException("a negative time");
    }
    return route.finish(copy, facts, true);
  }

  /** One route that takes every path. */
  @Benchmark
  public Request plain() {
    return through(plain);
  }

  /** The 51st of 100 routes that ask for a header. */
  @Benchmark
  public Request headerAmong100() {
    return through(byHeader);
  }

  /** A route by a regular expression. */
  @Benchmark
  public Request regex() {
    return through(byRegex);
  }

  /** One of two clusters by lot. */
  @Benchmark
  public Request weightedCluster() {
    return through(weighted);
  }

  /** Ten headers added. */
  @Benchmark
  public Request tenMutations() {
    return through(mutating);
  }

  /** A retry policy that nothing comes of; what the router makes of it is in RetryBenchmark. */
  @Benchmark
  public Request retryPolicyUnused() {
    return through(retrying);
  }
}
