package io.weft.bench;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.ActionConfig;
import io.weft.route.PathMatch;
import io.weft.route.Route;
import io.weft.route.RouteConfig;
import io.weft.route.RouteTable;
import io.weft.route.RouteTableConfig;
import io.weft.route.VirtualHostConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What finding a route costs, for one route and for many, with a different path each time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RouteBenchmark {
  /** Exact routes in the one virtual host. */
  @Param({"1", "100", "10000"})
  public int routes;

  private RouteTable table;
  private RouteTable prefixes;
  private Request[] requests;
  private int next;

  /** Compiles the tables. */
  @Setup(Level.Trial)
  public void compile() {
    List<RouteConfig> exact = new ArrayList<>();
    List<RouteConfig> prefix = new ArrayList<>();
    var action = ActionConfig.Forward.to("backend");
    for (int i = 0; i < routes; i++) {
      exact.add(new RouteConfig("", PathMatch.exact(path(i)), action, Map.of()));
      prefix.add(new RouteConfig("", PathMatch.prefix(path(i)), action, Map.of()));
    }
    table = table(exact);
    prefixes = table(prefix);
    requests = new Request[1024];
    var random = new java.util.Random(1);
    for (int i = 0; i < requests.length; i++) {
      String path = path(random.nextInt(routes));
      requests[i] = Request.of("GET", "www.example.com", path, Headers.of("host", "h"), Body.EMPTY);
    }
  }

  private static RouteTable table(List<RouteConfig> routes) {
    var host = new VirtualHostConfig("h", List.of("www.example.com"), routes, Map.of());
    return RouteTable.compile(new RouteTableConfig("t", List.of(host), false, Map.of()));
  }

  private static String path(int i) {
    return "/api/v1/products/" + (100_000 + i);
  }

  /** What the other two cost without finding a route. */
  @Benchmark
  public Request request() {
    Request request = requests[next++ & 1023];
    return Request.of(
        "GET", request.authority(), fresh(request.path()), request.headers(), Body.EMPTY);
  }

  /** A request whose path a route names. */
  @Benchmark
  public Route exactPath() {
    Request request = requests[next++ & 1023];
    return table.match(
        Request.of(
            "GET", request.authority(), fresh(request.path()), request.headers(), Body.EMPTY));
  }

  /** A request whose path a route names as a prefix. */
  @Benchmark
  public Route prefix() {
    Request request = requests[next++ & 1023];
    return prefixes.match(
        Request.of(
            "GET", request.authority(), fresh(request.path()), request.headers(), Body.EMPTY));
  }

  /** As a path comes from the wire: without the hash that a string remembers. */
  private static String fresh(String path) {
    return new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
  }
}
