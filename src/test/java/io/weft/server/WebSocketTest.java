package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshake;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** WebSocket clients and a server that are not ours: the JDK's, and Java-WebSocket. */
@ParameterizedClass
@EnumSource(Setup.class)
class WebSocketTest {
  private static final String ALLOWED = "upgrade_configs: [{upgrade_type: websocket}]";

  private final Setup setup;

  WebSocketTest(Setup setup) {
    this.setup = setup;
  }

  /** Sends back every message. */
  static final class Echo extends WebSocketServer implements AutoCloseable {
    private final CountDownLatch started = new CountDownLatch(1);
    private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();

    Echo() throws InterruptedException {
      super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      setReuseAddr(true);
      setConnectionLostTimeout(0);
      start();
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public void onOpen(org.java_websocket.WebSocket socket, ClientHandshake handshake) {
      socket.send("hello " + handshake.getResourceDescriptor());
    }

    @Override
    public void onMessage(org.java_websocket.WebSocket socket, String message) {
      socket.send(message);
    }

    @Override
    public void onMessage(org.java_websocket.WebSocket socket, ByteBuffer message) {
      socket.send(message);
    }

    @Override
    public void onClose(
        org.java_websocket.WebSocket socket, int code, String reason, boolean remote) {
      closed.add(code);
    }

    @Override
    public void onError(org.java_websocket.@Nullable WebSocket socket, Exception e) {
      throw new AssertionError(e);
    }

    @Override
    public void onStart() {
      started.countDown();
    }

    @Override
    public void close() {
      try {
        stop(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static final class Listener implements WebSocket.Listener {
    private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final CompletableFuture<ByteBuffer> pong = new CompletableFuture<>();
    private final ByteBuffer binary = ByteBuffer.allocate(4 << 20);
    private final CompletableFuture<ByteBuffer> whole = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();

    String next() throws InterruptedException {
      return WebSocketTest.next(texts);
    }

    ByteBuffer whole() throws Exception {
      return whole.get(10, TimeUnit.SECONDS);
    }

    int closeCode() throws Exception {
      return closed.get(10, TimeUnit.SECONDS);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      binary.put(data);
      if (last) {
        whole.complete(binary.flip());
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      pong.complete(ByteBuffer.allocate(message.remaining()).put(message).flip());
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return null;
    }
  }

  private static String next(BlockingQueue<String> texts) throws InterruptedException {
    String text = texts.poll(10, TimeUnit.SECONDS);
    assertThat(text).isNotNull();
    return String.valueOf(text);
  }

  @Test
  void theJdksClientTalksToJavaWebSocket() throws Exception {
    try (var echo = new Echo();
        var proxy = setup.proxy(echo.getPort()).hcm(ALLOWED).start();
        var http = HttpClient.newHttpClient()) {
      var listener = new Listener();
      WebSocket socket =
          http.newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + proxy.port() + "/chat?room=1"), listener)
              .get(10, TimeUnit.SECONDS);
      assertThat(next(listener.texts)).isEqualTo("hello /chat?room=1");
      socket.sendText("words ☃", true).get(10, TimeUnit.SECONDS);
      assertThat(next(listener.texts)).isEqualTo("words ☃");
      socket.sendPing(ByteBuffer.wrap(new byte[] {1, 2})).get(10, TimeUnit.SECONDS);
      assertThat(listener.pong.get(10, TimeUnit.SECONDS))
          .isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
      var bytes = new byte[2 << 20];
      new Random(3).nextBytes(bytes);
      socket.sendBinary(ByteBuffer.wrap(bytes), true).get(10, TimeUnit.SECONDS);
      assertThat(listener.whole.get(10, TimeUnit.SECONDS)).isEqualTo(ByteBuffer.wrap(bytes));
      socket.sendClose(4001, "enough").get(10, TimeUnit.SECONDS);
      assertThat(listener.closed.get(10, TimeUnit.SECONDS)).isEqualTo(4001);
      assertThat(echo.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(4001);
      proxy.awaitStat("http.test.downstream_cx_upgrades_active", 0);
      assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(1);
    }
  }

  @Test
  void javaWebSocketTalksToItselfThroughTwoProxies() throws Exception {
    try (var echo = new Echo();
        var near = setup.proxy(echo.getPort()).hcm(ALLOWED).start();
        var proxy = setup.proxy(near.port()).hcm(ALLOWED).start()) {
      var texts = new LinkedBlockingQueue<String>();
      var closed = new CompletableFuture<Integer>();
      var client =
          new WebSocketClient(URI.create("ws://127.0.0.1:" + proxy.port() + "/two")) {
            @Override
            public void onOpen(ServerHandshake handshake) {
              send("from here");
            }

            @Override
            public void onMessage(String message) {
              texts.add(message);
            }

            @Override
            public void onClose(int code, String reason, boolean remote) {
              closed.complete(code);
            }

            @Override
            public void onError(Exception e) {
              throw new AssertionError(e);
            }
          };
      assertThat(client.connectBlocking(10, TimeUnit.SECONDS)).isTrue();
      assertThat(next(texts)).isEqualTo("hello /two");
      assertThat(next(texts)).isEqualTo("from here");
      for (int i = 0; i < 200; i++) {
        client.send("message " + i);
      }
      for (int i = 0; i < 200; i++) {
        assertThat(next(texts)).isEqualTo("message " + i);
      }
      client.close(1000);
      assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(1000);
      await().until(() -> echo.closed.contains(1000));
    }
  }
}
