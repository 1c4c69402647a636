package io.weft.filter.network.tcpproxy;

import static io.weft.testing.TestClusters.stat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.schema.ResourceReader;
import io.weft.stats.Counter;
import io.weft.stats.Stats;
import io.weft.testing.Peer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestChain;
import io.weft.testing.TestClusters;
import io.weft.testing.TestScope;
import io.weft.testing.TestUpstream;
import io.weft.testing.TestUpstream.Exchange;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections that go through a CONNECT to a proxy of the cluster. */
class TunnelingTest {
  private static final String TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  private static final String TUNNEL =
      """
      tunneling_config:
        hostname: 'db.example:%DOWNSTREAM_LOCAL_PORT%'
        headers_to_add: [{header: {key: X-From, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}}]
      """;

  private final Stats stats = new Stats();
  private @Nullable TestCarriers carriers;
  private @Nullable TestScope scope;

  @BeforeEach
  void begin() {
    carriers = TestCarriers.start(1);
  }

  @AfterEach
  void stop() {
    if (carriers != null) {
      carriers.close();
    }
  }

  private TestChain proxy(String settings, int... ports) throws IOException {
    var cluster = TestClusters.cluster(stats, "", ports);
    var made = TestScope.of(stats, cluster);
    scope = made;
    var message =
        ResourceReader.parse(TYPE, "stat_prefix: t\ncluster: up\n" + TUNNEL + settings + "\n");
    var terminal = new TcpProxyFactory().create("tcp", message, made);
    assertThat(made.problems().isEmpty()).as(made.problems().text()).isTrue();
    return TestChain.start(java.util.Objects.requireNonNull(carriers), terminal);
  }

  private String flags() throws InterruptedException {
    var logged = scope == null ? null : scope.logged().poll(10, TimeUnit.SECONDS);
    if (logged == null) {
      throw new AssertionError("nothing was logged");
    }
    return logged.flags();
  }

  private long tcp(String name) {
    return stats.find("tcp.t." + name) instanceof Counter counter ? counter.value() : -1;
  }

  private static void echo(Exchange exchange) throws Exception {
    exchange.send("HTTP/1.1 200 OK\r\n\r\n");
    var buffer = new byte[16384];
    var peer = exchange.peer();
    for (int count = peer.readSome(buffer); count >= 0; count = peer.readSome(buffer)) {
      peer.send(Arrays.copyOf(buffer, count));
    }
    exchange.close();
  }

  @Test
  void bytesGoThroughTheTunnelOnceItIsAccepted() throws Exception {
    try (var server = TestUpstream.start(TunnelingTest::echo);
        var proxy = proxy("", server.port());
        var client = Peer.connect(proxy.port())) {
      client.send("early bytes");
      assertThat(client.read(11)).isEqualTo("early bytes");
      var asked = server.only();
      assertThat(asked.line()).isEqualTo("CONNECT db.example:" + proxy.port() + " HTTP/1.1");
      assertThat(asked.header("host")).isEqualTo("db.example:" + proxy.port());
      assertThat(asked.header("x-from")).isEqualTo("127.0.0.1");
      var bytes = new byte[3_000_000];
      new Random(5).nextBytes(bytes);
      var sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.send(bytes).halfClose();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(client.readBytes(bytes.length)).isEqualTo(bytes);
      assertThat(client.readAll()).isEmpty();
      sender.join();
      assertThat(flags()).isEmpty();
      assertThat(tcp("downstream_cx_rx_bytes_total")).isEqualTo(bytes.length + 11);
      assertThat(tcp("downstream_cx_tx_bytes_total")).isEqualTo(bytes.length + 11);
      await().until(() -> proxy.active() == 0 && stat(stats, "upstream_cx_active") == 0);
    }
  }

  @Test
  void aProxyThatRefusesCountsAsAHostThatCannotBeReached() throws Exception {
    try (var refusing =
            TestUpstream.start(
                exchange -> exchange.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
        var proxy = proxy("max_connect_attempts: 2", refusing.port());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.readToEnding().text()).isEmpty();
      assertThat(flags()).isEqualTo("UF,URX");
      assertThat(refusing.exchanges()).hasSize(2);
      assertThat(refusing.connections()).isEqualTo(1); // it may be asked again
      await().until(() -> stat(stats, "upstream_rq_active") == 0);
    }
  }

  @Test
  void aResetOfOneSideIsOneOfTheOther() throws Exception {
    try (var server =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\n\r\nx");
              if (exchange.peer().read(1).equals("r")) {
                exchange.reset();
              } else {
                exchange.peer().readToEnding();
                exchange.close();
              }
            });
        var proxy = proxy("", server.port())) {
      try (var client = Peer.connect(proxy.port())) {
        client.send("r");
        assertThat(client.readToEnding().reset()).isTrue();
        assertThat(flags()).isEqualTo("UC");
      }
      var client = Peer.connect(proxy.port());
      client.send("c");
      assertThat(client.read(1)).isEqualTo("x");
      client.reset();
      assertThat(flags()).isEqualTo("DC");
      await().until(() -> proxy.active() == 0 && stat(stats, "upstream_cx_active") == 0);
    }
  }

  @Test
  void anIdleTunnelEnds() throws Exception {
    try (var server = TestUpstream.start(TunnelingTest::echo);
        var proxy = proxy("idle_timeout: 1s", server.port());
        var client = Peer.connect(proxy.port())) {
      assertThat(client.send("a").read(1)).isEqualTo("a");
      assertThat(client.readToEnding().text()).isEmpty();
      await().until(() -> tcp("idle_timeout") == 1);
      await().until(() -> proxy.active() == 0 && stat(stats, "upstream_cx_active") == 0);
    }
  }
}
