package io.weft.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.carrier.Carrier;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamServer;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Response;
import io.weft.net.Acceptor;
import io.weft.net.Channel;
import io.weft.net.NetAddress;
import io.weft.net.NetTimeoutException;
import io.weft.net.ServerSocket;
import io.weft.net.ServerSocketOptions;
import io.weft.stats.Stats;
import io.weft.testing.TestCarriers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Clients that take next to nothing of what waits for them (security bar H11). */
class SlowReaderTest {
  private static final long SLOW_NANOS = 300_000_000;

  /** Serves with a limit on slowness, and keeps what went wrong with a response. */
  private static final class Service implements Acceptor, StreamServer, AutoCloseable {
    final CompletableFuture<IOException> failed = new CompletableFuture<>();
    private final TestCarriers carriers = TestCarriers.start(1);
    private final ServerSocket socket;

    Service() throws Exception {
      socket =
          ServerSocket.open(
              carriers.poller(), NetAddress.Ip.of("127.0.0.1", 0), ServerSocketOptions.DEFAULT);
      socket.accept(carriers.get(0), this);
    }

    int port() throws Exception {
      return ((NetAddress.Ip) socket.localAddress()).port();
    }

    @Override
    public Carrier place(Carrier accepting) {
      return accepting;
    }

    @Override
    public void accepted(Channel channel) {
      var of = Http2ServerConfig.DEFAULT;
      var config =
          new Http2ServerConfig(
              of.options(),
              of.maxHeaders(),
              of.maxHeaderBytes(),
              of.maxTargetBytes(),
              of.sendContinue(),
              of.headersNanos(),
              of.idleNanos(),
              of.maxConnectionNanos(),
              of.maxRequests(),
              of.delayedCloseNanos(),
              of.drainNanos(),
              of.flushNanos(),
              SLOW_NANOS,
              of.bufferBytes());
      var stats = new Http2Stats(new Stats().scope("http2."));
      channel
          .carrier()
          .start(() ->
              new Http2ServerConnection(
                      new Wire(channel), config, stats, this, channel::close, true, false)
                  .run());
    }

    @Override
    public void lost(Carrier chosen, IOException cause) {
      failed.complete(cause);
    }

    @Override
    public void acceptFailed(IOException cause) {
      failed.complete(cause);
    }

    @Override
    public void serve(ServerStream stream) throws IOException {
      boolean pausing = stream.request().path().equals("/pausing");
      try {
        stream.send(
            Response.of(
                200, new Headers(), pausing ? new Pausing() : Body.of("x".repeat(100_000))));
      } catch (IOException e) {
        failed.complete(e);
        throw e;
      }
    }

    @Override
    public void refuse(ServerStream stream, ProtocolException cause) throws IOException {
      throw cause;
    }

    @Override
    public void close() {
      socket.close();
      carriers.close();
    }
  }

  /** Two bytes, and two more after a pause that is longer than a client may be slow. */
  private static final class Pausing extends Body {
    private int read;

    @Override
    public int read(ByteBuffer target) {
      if (read == 4) {
        return -1;
      }
      if (read == 2) {
        var over = new boolean[1];
        Thread me = Thread.currentThread();
        Carrier.current()
            .schedule(
                SLOW_NANOS * 3 / 2,
                () -> {
                  over[0] = true;
                  LockSupport.unpark(me);
                });
        while (!over[0]) {
          LockSupport.park(this);
        }
      }
      int count = Math.min(2, target.remaining());
      target.put("abcd".getBytes(StandardCharsets.US_ASCII), read, count);
      read += count;
      return count;
    }

    @Override
    public long length() {
      return -1;
    }

    @Override
    public void close() {}
  }

  @Test
  void aStreamThatIsTakenByteByByteIsReset() throws Exception {
    try (var service = new Service();
        var client = RawHttp2.connect(service.port(), 4, 10)) {
      int slow = client.get("/");
      for (int i = 0; i < 5; i++) {
        client.windowUpdate(slow, 1);
      }
      var reply = client.await(slow);
      assertThat(reply.reset).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      assertThat(reply.text()).isEqualTo("x".repeat(15));
      assertThat(service.failed.get(5, TimeUnit.SECONDS)).isInstanceOf(NetTimeoutException.class);
      // the connection is none the worse for it
      int quick = client.get("/");
      client.windowUpdate(quick, 200_000);
      client.windowUpdate(0, 200_000);
      assertThat(client.await(quick).text()).hasSize(100_000);
    }
  }

  @Test
  void aBodyThatPausesIsNotTheClientsFault() throws Exception {
    try (var service = new Service();
        var client = RawHttp2.connect(service.port(), 4, 1)) {
      int id = client.get("/pausing");
      while (client.reply(id).body.size() < 1) {
        client.next();
      }
      client.windowUpdate(id, 1);
      while (client.reply(id).body.size() < 2) {
        client.next();
      }
      client.windowUpdate(id, 1);
      while (client.reply(id).body.size() < 3) {
        client.next();
      }
      client.windowUpdate(id, 1);
      assertThat(client.await(id).text()).isEqualTo("abcd");
      assertThat(client.reply(id).reset).isEqualTo(-1);
      assertThat(service.failed).isNotDone();
    }
  }
}
