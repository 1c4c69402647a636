package io.weft.bench;

import io.weft.cluster.Cluster;
import io.weft.cluster.Priority;
import io.weft.stats.Stats;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestClusters;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.EmptyExchanges;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to pick an endpoint, take an idle connection and give it back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--enable-native-access=ALL-UNNAMED",
      "--add-opens=java.base/java.lang=ALL-UNNAMED"
    })
public class PoolBenchmark {
  private static final int BATCH = 100_000;

  /** Limits: in one atomic, or leased in batches. */
  @Param({"100", "1024"})
  public int maxRequests;

  private TestCarriers carriers;
  private ScriptedServer server;
  private ClusterClient client;

  /** Starts a carrier and a server that says nothing. */
  @Setup(Level.Trial)
  public void start() throws Exception {
    carriers = TestCarriers.start(1);
    var running = ScriptedServer.start(peer -> peer.readToEnding());
    server = running;
    Cluster cluster =
        TestClusters.cluster(
            new Stats(),
            "circuit_breakers: {thresholds: [{max_requests: " + maxRequests + "}]}",
            running.port(),
            running.port(),
            running.port());
    client = EmptyExchanges.client(cluster);
  }

  @TearDown(Level.Trial)
  public void stop() throws Exception {
    carriers.close();
    server.close();
  }

  /** Pick, acquire and release of an idle connection. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int acquireAndRelease() throws Exception {
    var from = client;
    return carriers.run(() -> {
      int reused = 0;
      for (int i = 0; i < BATCH; i++) {
        var upstream = from.open(null, Priority.DEFAULT, false, Long.MAX_VALUE);
        reused += upstream.reused() ? 1 : 0;
        upstream.stream().reset();
      }
      return reused;
    });
  }
}
