package io.weft.upstream;

import static io.weft.testing.TestClusters.stat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.Priority;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.stats.Stats;
import io.weft.stream.UpstreamException;
import io.weft.testing.Peer;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestClusters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many threads, few permits, and endpoints that misbehave in every way. */
class PoolSoakTest {
  private static final int THREADS = 16;
  private static final int REQUESTS = 150;

  private final Stats stats = new Stats();
  private final AtomicInteger connections = new AtomicInteger();

  @Test
  void whateverEndpointsDoNoPermitIsLostAndNoAnswerIsWrong() throws Exception {
    try (var carriers = TestCarriers.start(2);
        var a = ScriptedServer.start(this::misbehave);
        var b = ScriptedServer.start(this::misbehave)) {
      var client =
          ClusterClient.of(
              TestClusters.cluster(
                  stats,
                  "circuit_breakers: {thresholds: [{max_connections: 5}]}\n"
                      + "max_requests_per_connection: 7",
                  a.port(),
                  b.port()));
      var work = new ArrayList<Future<int[]>>();
      for (int t = 0; t < THREADS; t++) {
        int seed = t;
        work.add(carriers.start(t % 2, () -> requests(client, seed)));
      }
      int good = 0;
      int failed = 0;
      for (var each : work) {
        int[] counts = TestCarriers.result(each);
        good += counts[0];
        failed += counts[1];
      }
      assertThat(good + failed).isEqualTo(THREADS * REQUESTS);
      assertThat(good).isGreaterThan(THREADS * REQUESTS / 4);
      assertThat(failed).isPositive();

      client.drain();
      await().until(() -> stat(stats, "upstream_cx_active") == 0);
      assertThat(stat(stats, "upstream_rq_active")).isZero();
      assertThat(stat(stats, "upstream_rq_pending_active")).isZero();
      assertThat(stat(stats, "upstream_cx_destroy")).isEqualTo(stat(stats, "upstream_cx_total"));
      var breakers = client.cluster().breakers(Priority.DEFAULT);
      assertThat(breakers.connections().inUse()).isZero();
      assertThat(breakers.requests().inUse()).isZero();
      assertThat(breakers.pendingRequests().inUse()).isZero();
      assertThat(client.waiting(Priority.DEFAULT).get()).isZero();
      for (var endpoint : client.cluster().endpoints().all()) {
        assertThat(endpoint.stats().sum(Fact.CX_ACTIVE)).isZero();
        assertThat(endpoint.stats().sum(Fact.RQ_ACTIVE)).isZero();
      }
    }
  }

  private static int[] requests(ClusterClient client, int seed) {
    var counts = new int[2];
    for (int i = 0; i < REQUESTS; i++) {
      var path = "/" + seed + "-" + i;
      try {
        assertThat(exchange(client, path)).isEqualTo(path);
        counts[0]++;
      } catch (IOException e) {
        counts[1]++;
      }
    }
    return counts;
  }

  private static String exchange(ClusterClient client, String path) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    var upstream = client.open(null, Priority.DEFAULT, false, deadline);
    try {
      var limits = new Timeouts();
      limits.deadlineNanos(System.nanoTime() + Duration.ofMillis(50).toNanos());
      upstream.stream()
          .sendHead(
              Request.of(
                  "GET",
                  "http",
                  "up",
                  path,
                  Protocol.HTTP_1_1,
                  Headers.of("host", "up"),
                  Body.EMPTY),
              limits);
      var response = upstream.stream().receive(Interim.NONE, limits);
      upstream.onResponse(response.status());
      return new String(response.body().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      upstream.stream().reset();
      if (e instanceof UpstreamException) {
        throw new AssertionError("only opening throws these", e);
      }
      throw e;
    }
  }

  private void misbehave(Peer peer) throws Exception {
    var random = new Random(connections.incrementAndGet());
    while (true) {
      var path = peer.readUntil("\r\n\r\n").split(" ", 3)[1];
      var answer = "HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path;
      switch (random.nextInt(14)) {
        case 0 -> {
          peer.reset();
          return;
        }
        case 1 -> {
          return;
        }
        case 2 -> peer.send("HTTP/2 what?\r\n\r\n\0\0\0");
        case 3 -> {
          peer.send(answer.substring(0, random.nextInt(answer.length())));
          peer.reset();
          return;
        }
        case 4 -> {
          peer.send(answer).halfClose();
          peer.readAll();
          return;
        }
        case 5 -> peer.send(answer + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
        case 6 -> peer.readUntil("never");
        case 7 -> peer.send(answer.replace("OK\r\n", "OK\r\nConnection: close\r\n"));
        default -> peer.send(answer);
      }
    }
  }
}
