package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.carrier.PollerKind;
import io.weft.net.NetAddress;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** Settings of listeners that reach the socket (rows 2.1, 2.8). */
class ListenerSettingsTest {
  private static TestProxy.Builder proxy(int port, String listener) {
    return TestProxy.to(port).carriers(1, PollerKind.EPOLL).listener(listener);
  }

  private static int answer(String host, int port) throws IOException {
    try (var socket = new Socket(host, port)) {
      return socket.getPort();
    }
  }

  private static boolean hasIpv6() {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void takesIpv4OnAnIpv6SocketIfTold() throws Exception {
    assumeTrue(hasIpv6(), "this machine has no IPv6");
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            proxy(
                    upstream.port(),
                    "additional_addresses: [{address: {socket_address: "
                        + "{address: '::', port_value: 0, ipv4_compat: true}}}]")
                .start()) {
      assertThat(answer("127.0.0.1", second(proxy))).isPositive();
      assertThat(answer("::1", second(proxy))).isPositive();
    }
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            proxy(
                    upstream.port(),
                    "additional_addresses: [{address: {socket_address: "
                        + "{address: '::', port_value: 0}}}]")
                .start()) {
      assertThat(answer("::1", second(proxy))).isPositive();
      int port = second(proxy);
      assertThatThrownBy(() -> answer("127.0.0.1", port)).isInstanceOf(IOException.class);
    }
  }

  private static int second(TestProxy proxy) {
    NetAddress address = proxy.server().listeners().all().getFirst().addresses().get(1);
    return ((NetAddress.Ip) address).port();
  }

  @Test
  void bindsToAnAddressThatIsNotThereYet() throws Exception {
    String elsewhere =
        "additional_addresses: [{address: {socket_address: {address: 192.0.2.1, port_value: 0}}}]";
    try (var upstream = TestUpstream.answering("ok")) {
      assertThatThrownBy(() -> proxy(upstream.port(), elsewhere).start())
          .hasMessageContaining("listen on 192.0.2.1:0");
      try (var proxy = proxy(upstream.port(), elsewhere + "\nfreebind: true").start()) {
        assertThat(second(proxy)).isPositive();
      }
    }
  }

  @Test
  void refusesWithNioWhatJavaCannotSet() throws Exception {
    try (var upstream = TestUpstream.answering("ok")) {
      assertThatThrownBy(() ->
              TestProxy.to(upstream.port())
                  .carriers(1, PollerKind.NIO)
                  .listener("freebind: true")
                  .start())
          .hasMessageContaining("listen on 127.0.0.1:0: ");
    }
  }

  @Test
  void setsOptionsByNumber() throws Exception {
    // SOL_SOCKET, SO_RCVBUF: accepted sockets inherit it
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            proxy(
                    upstream.port(),
                    "socket_options: [{level: 1, name: 8, int_value: 20000}, "
                        + "{level: 0, name: 15, int_value: 1}]\n"
                        + "additional_addresses: [{address: {socket_address: "
                        + "{address: 192.0.2.1, port_value: 0}}}]")
                .start()) {
      assertThat(second(proxy)).as("IP_FREEBIND, by its number").isPositive();
      assertThat(proxy.get("/").status()).isEqualTo(200);
    }
    try (var upstream = TestUpstream.answering("ok")) {
      assertThatThrownBy(() ->
              proxy(upstream.port(), "socket_options: [{level: 1, name: 9999, int_value: 1}]")
                  .start())
          .hasMessageContaining("option 9999 of level 1: ");
    }
  }
}
