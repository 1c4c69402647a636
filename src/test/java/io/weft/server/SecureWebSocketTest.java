package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestCertificates;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** WebSocket over TLS from the JDK's client, in clear text to Java-WebSocket. */
@ParameterizedClass
@EnumSource(TlsSetup.class)
class SecureWebSocketTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair SERVER =
      CA.leaf("server").dns("localhost").ip("127.0.0.1").sign();

  @TempDir Path directory;

  private final TlsSetup setup;

  SecureWebSocketTest(TlsSetup setup) {
    this.setup = setup;
  }

  @Test
  void messagesPassBothWays() throws Exception {
    SERVER.write(directory, "server");
    try (var echo = new WebSocketTest.Echo();
        var proxy =
            setup
                .proxy(echo.getPort())
                .hcm("upgrade_configs: [{upgrade_type: websocket}]")
                .chain(TlsSetup.context(directory, "", "", "server"))
                .start();
        var http = HttpClient.newBuilder().sslContext(CA.context()).build()) {
      var listener = new WebSocketTest.Listener();
      WebSocket socket =
          http.newWebSocketBuilder()
              .buildAsync(URI.create("wss://localhost:" + proxy.port() + "/chat"), listener)
              .get(10, TimeUnit.SECONDS);
      assertThat(listener.next()).isEqualTo("hello /chat");
      for (int i = 0; i < 50; i++) {
        socket.sendText("message " + i, true).get(10, TimeUnit.SECONDS);
        assertThat(listener.next()).isEqualTo("message " + i);
      }
      var bytes = new byte[2 << 20];
      new Random(3).nextBytes(bytes);
      socket.sendBinary(ByteBuffer.wrap(bytes), true).get(10, TimeUnit.SECONDS);
      assertThat(listener.whole()).isEqualTo(ByteBuffer.wrap(bytes));
      socket.sendClose(4001, "enough").get(10, TimeUnit.SECONDS);
      assertThat(listener.closeCode()).isEqualTo(4001);
      proxy.awaitStat("http.test.downstream_cx_upgrades_active", 0);
    }
  }
}
