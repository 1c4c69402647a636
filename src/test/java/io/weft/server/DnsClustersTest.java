package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.cluster.Cluster;
import io.weft.testing.TestDns;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;

/** Rows 10.3 and 10.4: clusters whose members DNS names; security bar T14. */
@ParameterizedClass
@EnumSource(Setup.class)
class DnsClustersTest {
  private final Setup setup;
  private final TestDns dns = TestDns.start();

  DnsClustersTest(Setup setup) {
    this.setup = setup;
  }

  @AfterEach
  void close() throws IOException {
    dns.close();
  }

  private TestProxy.Builder proxy(String type, int port) {
    return setup
        .proxy(port)
        .host("shop.test")
        .cluster(
            """
            type: %s
            dns_refresh_rate: 0.02s
            dns_lookup_family: V4_ONLY
            dns_resolvers: [{socket_address: {address: 127.0.0.1, port_value: %d}}]
            """
                .formatted(type, dns.port()));
  }

  private static Cluster cluster(TestProxy proxy) {
    return Objects.requireNonNull(proxy.server().assembly().clusters().find("up"));
  }

  private static List<String> members(TestProxy proxy) {
    return cluster(proxy).endpoints().all().stream().map(Object::toString).toList();
  }

  @Test
  void servesFromTheFirstRequestOn() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      dns.says("shop.test", 60, "127.0.0.1");
      try (var proxy = proxy("STRICT_DNS", upstream.port()).start()) {
        assertThat(proxy.get("/").status()).isEqualTo(200);
        assertThat(members(proxy)).containsExactly("127.0.0.1:" + upstream.port());
        assertThat(cluster(proxy).endpoints().all().getFirst().hostname()).isEqualTo("shop.test");
        assertThat(proxy.stat("cluster.up.membership_total")).isEqualTo(1);
        assertThat(proxy.stat("cluster.up.update_success")).isPositive();
      }
    }
  }

  @Test
  void followsTheRecords() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      dns.says("shop.test", 60, "127.0.0.1", "127.0.0.2", "127.0.0.1");
      try (var proxy = proxy("STRICT_DNS", upstream.port()).start()) {
        assertThat(members(proxy))
            .containsExactly("127.0.0.1:" + upstream.port(), "127.0.0.2:" + upstream.port());
        var stays = cluster(proxy).endpoints().all().getFirst();
        dns.says("shop.test", 60, "127.0.0.3", "127.0.0.1");
        await()
            .untilAsserted(() ->
                assertThat(members(proxy))
                    .containsExactly(
                        "127.0.0.3:" + upstream.port(), "127.0.0.1:" + upstream.port()));
        assertThat(cluster(proxy).endpoints().all().getLast()).isSameAs(stays);
        assertThat(proxy.stat("cluster.up.membership_change")).isEqualTo(2);
      }
    }
  }

  @Test
  void closesIdleConnectionsToMembersThatAreGone() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      dns.says("shop.test", 60, "127.0.0.1");
      try (var proxy = proxy("STRICT_DNS", upstream.port()).start()) {
        assertThat(proxy.get("/").status()).isEqualTo(200);
        assertThat(proxy.stat("cluster.up.upstream_cx_active")).isEqualTo(1);
        dns.says("shop.test", 60, "127.0.0.2");
        proxy.awaitStat("cluster.up.upstream_cx_active", 0);
      }
    }
  }

  @Test
  void keepsWhatItKnowsWhileDnsFails() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      dns.says("shop.test", 60, "127.0.0.1");
      try (var proxy = proxy("STRICT_DNS", upstream.port()).start()) {
        dns.fails("shop.test", Rcode.SERVFAIL);
        await().until(() -> proxy.stat("cluster.up.update_failure") > 1);
        dns.fails("shop.test", Rcode.NXDOMAIN);
        await().until(() -> proxy.stat("cluster.up.update_empty") > 1);
        dns.says("shop.test", 60);
        long empty = proxy.stat("cluster.up.update_empty");
        await().until(() -> proxy.stat("cluster.up.update_empty") > empty + 1);
        assertThat(members(proxy)).containsExactly("127.0.0.1:" + upstream.port());
        assertThat(proxy.get("/").status()).isEqualTo(200);
        assertThat(proxy.stat("cluster.up.membership_change")).isEqualTo(1);
      }
    }
  }

  @Test
  void startsWithoutMembersWhenTheNameIsUnknown() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = proxy("STRICT_DNS", upstream.port()).start()) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("no healthy upstream");
      dns.says("shop.test", 60, "127.0.0.1");
      await().until(() -> proxy.stat("cluster.up.membership_total") == 1);
      assertThat(proxy.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void movesTheOneMemberOfALogicalCluster() throws Exception {
    try (var first = TestUpstream.answering("first");
        var second = new Elsewhere("127.0.0.2", first.port())) {
      dns.says("shop.test", 60, "127.0.0.1", "127.0.0.9");
      try (var proxy = proxy("LOGICAL_DNS", first.port()).start();
          var client = proxy.connect()) {
        assertThat(client.get("/").body()).isEqualTo("first");
        var only = cluster(proxy).endpoints().all().getFirst();
        dns.says("shop.test", 60, "127.0.0.2", "127.0.0.1");
        await().until(() -> members(proxy).equals(List.of("127.0.0.2:" + first.port())));
        assertThat(cluster(proxy).endpoints().all().getFirst()).isSameAs(only);
        assertThat(proxy.stat("cluster.up.upstream_cx_active"))
            .as("the connection to the old address stays")
            .isEqualTo(1);
        assertThat(client.get("/").body()).isEqualTo("first");
        assertThat(second.accepted()).isZero();
      }
    }
  }

  /** A port of another loopback address that nobody should be sent to. */
  private static final class Elsewhere implements AutoCloseable {
    private final ServerSocket socket;
    private volatile int accepted;

    Elsewhere(String address, int port) throws IOException {
      socket = new ServerSocket(port, 5, InetAddress.ofLiteral(address));
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try (var taken = socket.accept()) {
              accepted = taken.getPort();
            } catch (IOException e) {
              // closed by the test
            }
          });
    }

    int accepted() {
      return accepted;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
