package io.weft.filter.network.tcpproxy;

import static io.weft.testing.TestClusters.stat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.PollerKind;
import io.weft.cluster.Cluster;
import io.weft.cluster.Priority;
import io.weft.filter.NetworkFilter;
import io.weft.schema.ResourceReader;
import io.weft.stats.Counter;
import io.weft.stats.Stats;
import io.weft.testing.ChaosRelay;
import io.weft.testing.Peer;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestChain;
import io.weft.testing.TestClusters;
import io.weft.testing.TestScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TcpProxyTest {
  private static final String TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  private static final int BULK = 5_000_000;

  /** The system's buffers grow: 4 MB on each way out, up to 32 MB on a way in (Linux, tcp(7)). */
  private static final int MORE_THAN_BUFFERED = 48_000_000;

  private final Stats stats = new Stats();
  private @Nullable TestCarriers carriers;
  private @Nullable TestScope scope;
  private @Nullable Cluster cluster;

  @AfterEach
  void stop() {
    if (carriers != null) {
      carriers.close();
    }
  }

  // moving bytes

  @ParameterizedTest
  @EnumSource(
      value = PollerKind.class,
      names = {"EPOLL", "NIO"})
  void messagesGoBothWays(PollerKind poller) throws Exception {
    carriers = TestCarriers.start(2, poller);
    try (var server = ScriptedServer.echo();
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      for (int i = 0; i < 100; i++) {
        client.send("message " + i + "\n");
        assertThat(client.readUntil("\n")).isEqualTo("message " + i + "\n");
      }
      client.halfClose();
      assertThat(client.readAll()).isEmpty();
      var logged = logged();
      assertThat(logged.flags()).isEmpty();
      assertThat(logged.cluster()).isEqualTo("up");
      assertThat(logged.host()).isEqualTo("127.0.0.1:" + server.port());
      assertThat(logged.received()).isEqualTo(1090).isEqualTo(logged.sent());
      assertThat(tcp("downstream_cx_total")).isEqualTo(1);
      assertThat(tcp("downstream_cx_rx_bytes_total")).isEqualTo(1090);
      assertThat(tcp("downstream_cx_tx_bytes_total")).isEqualTo(1090);
      assertThat(stat(stats, "upstream_cx_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_tx_bytes_total")).isEqualTo(1090);
      assertNothingLeft(proxy);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = PollerKind.class,
      names = {"EPOLL", "NIO"})
  void muchGoesBothWaysAtOnceUnchanged(PollerKind poller) throws Exception {
    carriers = TestCarriers.start(1, poller);
    try (var server = ScriptedServer.echo();
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      assertEchoed(client, 1);
      assertNothingLeft(proxy);
    }
  }

  @Test
  void muchGoesThroughFiltersThatWrapTheConnection() throws Exception {
    carriers = TestCarriers.start(1);
    NetworkFilter invert =
        (connection, next) ->
            next.proceed(
                connection
                    .withSource(source ->
                        target -> {
                          int start = target.position();
                          int count = source.read(target);
                          invert(target, start);
                          return count;
                        })
                    .withSink(sink ->
                        sink.writing(bytes -> {
                          invert(bytes, bytes.position(), bytes.limit());
                          sink.write(bytes);
                        })));
    try (var server = ScriptedServer.echo();
        var proxy = proxy(invert, server.port());
        var client = Peer.connect(proxy.port())) {
      assertEchoed(client, 2);
      assertNothingLeft(proxy);
    }
  }

  @Test
  void theEndpointMaySpeakFirst() throws Exception {
    try (var server =
            ScriptedServer.start(peer -> {
              peer.send("220 ready\r\n");
              peer.readAll();
            });
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readUntil("\n")).isEqualTo("220 ready\r\n");
    }
  }

  @Test
  void aSlowReaderHoldsTheWriterBackAndNobodyElse() throws Exception {
    carriers = TestCarriers.start(1);
    var sent = new CountDownLatch(1);
    try (var server =
            ScriptedServer.start(peer -> {
              if (peer.readUntil("\n").equals("much\n")) {
                peer.send(random(MORE_THAN_BUFFERED, 3));
                sent.countDown();
                peer.readAll();
              } else {
                peer.send("little");
              }
            });
        var proxy = proxy("", server.port());
        var slow = Peer.connect(proxy.port(), 4096);
        var other = Peer.connect(proxy.port())) {
      slow.send("much\n");
      other.send("few\n");
      assertThat(other.readAll()).isEqualTo("little");
      assertThat(sent.getCount()).isEqualTo(1);
      assertThat(slow.readBytes(MORE_THAN_BUFFERED)).isEqualTo(random(MORE_THAN_BUFFERED, 3));
    }
  }

  // ends

  @Test
  void theEndOfTheClientsSideReachesTheEndpointWhichMayStillAnswer() throws Exception {
    try (var server = ScriptedServer.start(peer -> peer.send("got " + peer.readAll()));
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      client.send("all of it").halfClose();
      assertThat(client.readAll()).isEqualTo("got all of it");
      assertThat(logged().flags()).isEmpty();
      assertNothingLeft(proxy);
    }
  }

  @Test
  void theEndOfTheEndpointsSideReachesTheClientWhichMayStillSend() throws Exception {
    var got = new LinkedBlockingQueue<String>();
    try (var server =
            ScriptedServer.start(peer -> {
              peer.send("bye").halfClose();
              got.add(peer.readAll());
            });
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readAll()).isEqualTo("bye");
      client.send("one more thing").halfClose();
      assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo("one more thing");
      assertNothingLeft(proxy);
    }
  }

  @Test
  void aResetByTheEndpointReachesTheClient() throws Exception {
    try (var server =
            ScriptedServer.start(peer -> {
              peer.readUntil("\n");
              peer.reset();
            });
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      client.send("hello\n");
      assertThat(client.readToEnding().reset()).isTrue();
      assertThat(logged().flags()).isEqualTo("UC");
      assertThat(stat(stats, "upstream_cx_destroy_remote")).isEqualTo(1);
      assertNothingLeft(proxy);
    }
  }

  @Test
  void aResetByTheClientReachesTheEndpoint() throws Exception {
    var ending = new LinkedBlockingQueue<Peer.Ending>();
    try (var server = ScriptedServer.start(peer -> ending.add(peer.readToEnding()));
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      client.send("hello");
      await().until(() -> tcp("downstream_cx_rx_bytes_total") == 5);
      client.reset();
      assertThat(ending.poll(10, TimeUnit.SECONDS)).isEqualTo(new Peer.Ending("hello", true));
      assertThat(logged().flags()).isEqualTo("DC");
      assertNothingLeft(proxy);
    }
  }

  @Test
  void aClientThatResetsWhileTheEndpointIsNotReadingIsNoticed() throws Exception {
    var ending = new LinkedBlockingQueue<Boolean>();
    var go = new CountDownLatch(1);
    try (var server =
            ScriptedServer.start(peer -> {
              go.await();
              ending.add(peer.readToEnding().reset());
            });
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      var flood =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.send(new byte[50_000_000]);
                } catch (IOException e) {
                  // that is what closing does
                }
              });
      await().until(() -> tcp("downstream_cx_rx_bytes_total") > 100_000);
      client.reset();
      flood.join();
      assertThat(logged().flags()).isEqualTo("DC");
      go.countDown();
      assertThat(ending.poll(10, TimeUnit.SECONDS)).isTrue();
      assertNothingLeft(proxy);
    }
  }

  // time limits

  @Test
  void aConnectionWithoutBytesEitherWayIsClosed() throws Exception {
    try (var server = ScriptedServer.start(Peer::readAll);
        var proxy = proxy("idle_timeout: 0.1s", server.port());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readToEnding().text()).isEmpty();
      assertThat(tcp("idle_timeout")).isEqualTo(1);
      assertNothingLeft(proxy);
    }
  }

  @Test
  void bytesInOneDirectionKeepTheOtherAlive() throws Exception {
    try (var server =
            ScriptedServer.start(peer -> {
              while (true) {
                peer.readUntil("\n");
              }
            });
        var proxy = proxy("idle_timeout: 0.5s", server.port());
        var client = Peer.connect(proxy.port())) {
      long until = System.nanoTime() + 1_000_000_000;
      int lines = 0;
      while (System.nanoTime() < until) {
        client.send("\n");
        int sent = ++lines;
        await().until(() -> tcp("downstream_cx_rx_bytes_total") == sent);
      }
      assertThat(tcp("idle_timeout")).isZero();
    }
  }

  @Test
  void aStalledEndpointDoesNotHoldTheConnectionBeyondTheIdleTimeout() throws Exception {
    var over = new CountDownLatch(1);
    try (var server = ScriptedServer.start(peer -> over.await());
        var proxy = proxy("idle_timeout: 0.2s", server.port());
        var client = Peer.connect(proxy.port())) {
      var flood =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.send(new byte[50_000_000]);
                } catch (IOException e) {
                  // the proxy has closed it
                }
              });
      flood.join();
      assertThat(tcp("idle_timeout")).isEqualTo(1);
      over.countDown();
      assertNothingLeft(proxy);
    }
  }

  @Test
  void aConnectionLastsNoLongerThanItMay() throws Exception {
    try (var server = ScriptedServer.echo();
        var proxy = proxy("max_downstream_connection_duration: 0.1s", server.port());
        var client = Peer.connect(proxy.port())) {
      client.send("hello");
      assertThat(client.readToEnding().text()).isEqualTo("hello");
      assertThat(logged().flags()).isEqualTo("DT");
      assertThat(tcp("max_downstream_connection_duration")).isEqualTo(1);
    }
  }

  // no upstream

  @Test
  void everyAttemptGoesToTheNextEndpoint() throws Exception {
    carriers = TestCarriers.start(1); // a carrier's turns are strict
    int closed = closedPort();
    try (var server = ScriptedServer.echo();
        var proxy = proxy("max_connect_attempts: 2", closed, server.port())) {
      for (int i = 0; i < 2; i++) {
        try (var client = Peer.connect(proxy.port())) {
          client.send("hello\n");
          assertThat(client.readUntil("\n")).isEqualTo("hello\n");
        }
      }
      await().until(() -> stat(stats, "upstream_cx_connect_fail") >= 1);
      assertThat(stat(stats, "upstream_cx_connect_attempts_exceeded")).isZero();
      var attempts = new ArrayList<Integer>();
      attempts.add(logged().attempts());
      attempts.add(logged().attempts());
      assertThat(attempts).contains(2);
    }
  }

  @Test
  void whenNoEndpointAcceptsTheClientIsClosed() throws Exception {
    try (var proxy = proxy("max_connect_attempts: 3", closedPort());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readToEnding().text()).isEmpty();
      assertThat(logged().flags()).isEqualTo("UF,URX");
      assertThat(stat(stats, "upstream_cx_connect_fail")).isEqualTo(3);
      assertThat(stat(stats, "upstream_cx_connect_attempts_exceeded")).isEqualTo(1);
      assertNothingLeft(proxy);
    }
  }

  @Test
  void withoutEndpointsTheClientIsClosed() throws Exception {
    try (var proxy = proxy("");
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readToEnding().text()).isEmpty();
      assertThat(logged().flags()).isEqualTo("UH");
      assertThat(stat(stats, "upstream_cx_none_healthy")).isEqualTo(1);
    }
  }

  @Test
  void beyondTheConnectionLimitTheClientIsClosed() throws Exception {
    carriers = TestCarriers.start(2);
    try (var server = ScriptedServer.echo();
        var proxy =
            proxy(
                cluster("circuit_breakers: {thresholds: [{max_connections: 1}]}", server.port()),
                "",
                null);
        var first = Peer.connect(proxy.port())) {
      first.send("a");
      assertThat(first.read(1)).isEqualTo("a");
      try (var second = Peer.connect(proxy.port())) {
        assertThat(second.readToEnding().text()).isEmpty();
      }
      assertThat(logged().flags()).isEqualTo("UO");
      assertThat(stat(stats, "upstream_cx_overflow")).isEqualTo(1);
      assertThat(stat(stats, "circuit_breakers.default.cx_open")).isEqualTo(1);
      first.halfClose();
      first.readAll();
      await().until(() -> stat(stats, "circuit_breakers.default.cx_open") == 0);
      try (var third = Peer.connect(proxy.port())) {
        third.send("b");
        assertThat(third.read(1)).isEqualTo("b");
      }
    }
  }

  @Test
  void aClientThatGoesWhileTheEndpointDoesNotAnswerTheConnectIsNoticed() throws Exception {
    try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var clients = new ArrayList<Peer>();
      try (var proxy = proxy("", full.getLocalPort())) {
        for (int i = 0; i < 6; i++) {
          clients.add(Peer.connect(proxy.port()));
        }
        await().until(() -> stat(stats, "upstream_rq_pending_active") >= 1);
        for (var client : clients) {
          client.reset();
        }
        await().until(() -> stat(stats, "upstream_rq_pending_active") == 0);
        assertThat(logged().flags()).isEqualTo("DC");
        assertNothingLeft(proxy);
      }
    }
  }

  @Test
  void anUnknownClusterIsReportedAtLoadAndRefusedAtRunTime() throws Exception {
    carriers = TestCarriers.start(1);
    var empty = TestScope.of(stats);
    scope = empty;
    var chain =
        new TcpProxyFactory()
            .create("tcp", ResourceReader.parse(TYPE, "{stat_prefix: t, cluster: gone}"), empty);
    assertThat(empty.problems().all().getFirst().message())
        .isEqualTo("\"gone\" (expected: the name of a cluster)");
    try (var proxy = TestChain.start(carriers, chain);
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readToEnding().text()).isEmpty();
      assertThat(logged().flags()).isEqualTo("NC");
      assertThat(tcp("downstream_cx_no_route")).isEqualTo(1);
    }
  }

  // chaos

  @ParameterizedTest
  @EnumSource(
      value = ChaosRelay.Fault.class,
      names = {"RESET", "END"})
  void anEndpointThatBreaksAtAnyByteBreaksTheClientAfterExactlyThese(ChaosRelay.Fault fault)
      throws Exception {
    var answer = "0123456789".repeat(4);
    try (var server =
            ScriptedServer.start(peer -> {
              peer.readUntil("\n");
              peer.send(answer);
              peer.readAll();
            });
        var relay = ChaosRelay.to(server.port());
        var proxy = proxy("", relay.port())) {
      for (int cut = 1; cut < answer.length(); cut++) {
        relay.breakAfter(cut, fault);
        try (var client = Peer.connect(proxy.port())) {
          client.send("go\n");
          assertThat(answer.substring(0, cut)).startsWith(client.readToEnding().text());
        }
      }
      assertNothingLeft(proxy);
    }
  }

  // what the tests are made of

  private TestChain proxy(String settings, int... ports) throws IOException {
    return proxy(cluster("", ports), settings, null);
  }

  private TestChain proxy(NetworkFilter filter, int... ports) throws IOException {
    return proxy(cluster("", ports), "", filter);
  }

  private Cluster cluster(String settings, int... ports) {
    return TestClusters.cluster(stats, settings, ports);
  }

  private TestChain proxy(Cluster to, String settings, @Nullable NetworkFilter filter)
      throws IOException {
    var on = carriers == null ? TestCarriers.start(2) : carriers;
    carriers = on;
    cluster = to;
    var made = TestScope.of(stats, to);
    scope = made;
    var terminal =
        new TcpProxyFactory()
            .create(
                "tcp",
                ResourceReader.parse(TYPE, "stat_prefix: t\ncluster: up\n" + settings),
                made);
    assertThat(made.problems().all()).isEmpty();
    return TestChain.start(
        on, filter == null ? terminal : connection -> filter.filter(connection, terminal));
  }

  private TestScope.Logged logged() throws InterruptedException {
    var logged = scope == null ? null : scope.logged().poll(10, TimeUnit.SECONDS);
    if (logged == null) {
      throw new AssertionError("nothing was logged");
    }
    return logged;
  }

  private void assertNothingLeft(TestChain proxy) {
    await().until(() -> proxy.active() == 0);
    await().until(() -> stat(stats, "upstream_cx_active") == 0);
    assertThat(stat(stats, "upstream_rq_active")).isZero();
    assertThat(cluster).isNotNull();
    if (cluster != null) {
      assertThat(cluster.breakers(Priority.DEFAULT).connections().inUse()).isZero();
    }
  }

  private long tcp(String name) {
    if (stats.find("tcp.t." + name) instanceof Counter counter) {
      return counter.value();
    }
    throw new AssertionError("no counter tcp.t." + name);
  }

  private static void assertEchoed(Peer client, int seed) throws Exception {
    var bytes = random(BULK, seed);
    var sender =
        Thread.ofPlatform()
            .start(() -> {
              try {
                client.send(bytes).halfClose();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    var back = client.readBytes(BULK);
    sender.join();
    assertThat(Arrays.mismatch(back, bytes)).isEqualTo(-1);
    assertThat(client.readAll()).isEmpty();
  }

  private static byte[] random(int count, int seed) {
    var bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void invert(ByteBuffer bytes, int from) {
    invert(bytes, from, bytes.position());
  }

  private static void invert(ByteBuffer bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      bytes.put(i, (byte) ~bytes.get(i));
    }
  }

  private static int closedPort() throws IOException {
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return unused.getLocalPort();
    }
  }
}
