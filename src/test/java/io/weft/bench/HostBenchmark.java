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
import io.weft.testing.LargeTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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

/**
 * What finding a route costs in the table of {@link LargeTable}, by how many of its hosts are busy.
 * Host and path are written anew for each request, so that nothing but the table is looked up in
 * memory.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HostBenchmark {
  private static final int FIRST_DIGIT_OF_HOST = 4;

  /** Virtual hosts of the table, of two routes each; 1: one host with one route. */
  @Param({"1", "50000"})
  public int hosts;

  /** How many of them are asked for, in no order. */
  @Param({"1", "1024", "50000"})
  public int busy;

  private final Headers headers = Headers.of("host", "h");
  private final byte[] host = LargeTable.host(0).getBytes(StandardCharsets.ISO_8859_1);
  private final byte[] path = LargeTable.path(0).getBytes(StandardCharsets.ISO_8859_1);
  private final SplittableRandom random = new SplittableRandom(1);
  private RouteTable table;
  private int step;

  /** Compiles the table. */
  @Setup(Level.Trial)
  public void compile() {
    var all = new ArrayList<VirtualHostConfig>();
    for (int i = 0; i < hosts; i++) {
      var routes = new ArrayList<RouteConfig>();
      routes.add(route(PathMatch.exact(LargeTable.path(i))));
      if (hosts > 1) {
        routes.add(route(PathMatch.prefix("/api/")));
      }
      all.add(new VirtualHostConfig("h" + i, List.of(LargeTable.host(i)), routes, Map.of()));
    }
    table = RouteTable.compile(new RouteTableConfig("t", all, false, Map.of()));
    step = LargeTable.HOSTS / Math.max(busy, hosts > 1 ? 1 : 50_000);
  }

  private static RouteConfig route(PathMatch match) {
    return new RouteConfig("", match, ActionConfig.Forward.to("backend"), Map.of());
  }

  private Request next() {
    int number = hosts == 1 ? 0 * random.nextInt(busy) : random.nextInt(busy) * step;
    write(number, host, FIRST_DIGIT_OF_HOST);
    write(number, path, path.length - 5);
    return Request.of("GET", text(host), text(path), headers, Body.EMPTY);
  }

  private static void write(int number, byte[] into, int at) {
    for (int i = 4; i >= 0; i--) {
      into[at + i] = (byte) ('0' + number % 10);
      number /= 10;
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** What the other costs without finding a route. */
  @Benchmark
  public Request request() {
    return next();
  }

  /** A request whose host and path the table names. */
  @Benchmark
  public Route match() {
    return table.match(next());
  }
}
