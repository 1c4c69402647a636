package io.weft.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.carrier.Carrier;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamServer;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Response;
import io.weft.net.Buffer;
import io.weft.net.MemoryChannel;
import io.weft.stats.Stats;
import io.weft.testing.TestCarriers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whatever follows the preface of HTTP/2, the connection comes to its end: nothing is thrown that
 * it does not catch itself, nothing piles up, and nothing is left behind.
 *
 * <p>The first byte of an input says how much of the rest comes at a time, whether the client takes
 * what it is sent, or leaves when it gets too much, and whether the rest are frames as they stand,
 * or frames told by a byte each for type, flags, stream and length.
 */
class Http2FramesFuzzTest {
  private static final int MAX_STREAMS = 8;
  private static final Http2ServerConfig CONFIG = config();
  private static final TestCarriers CARRIERS = TestCarriers.start(1);
  private static final Http2Stats STATS = new Http2Stats(new Stats().scope("http2."));

  private static Http2ServerConfig config() {
    var base = Http2ServerConfig.DEFAULT;
    var of = base.options();
    var options =
        new Http2Options(
            of.tableBytes(),
            MAX_STREAMS,
            Http2Options.DEFAULT_WINDOW,
            Http2Options.DEFAULT_WINDOW,
            true,
            of.maxOutboundFrames(),
            of.maxOutboundControlFrames(),
            of.maxEmptyFrames(),
            of.maxPriorityFrames(),
            of.maxWindowUpdates(),
            of.pingNanos(),
            of.pingTimeoutNanos(),
            of.pingJitter());
    return new Http2ServerConfig(
        options,
        base.maxHeaders(),
        base.maxHeaderBytes(),
        base.maxTargetBytes(),
        base.sendContinue(),
        base.headersNanos(),
        base.idleNanos(),
        base.maxConnectionNanos(),
        base.maxRequests(),
        base.delayedCloseNanos(),
        base.drainNanos(),
        base.flushNanos(),
        base.slowNanos(),
        base.bufferBytes());
  }

  /** Reads what it is asked and answers with as much. */
  private static final class Echo implements StreamServer {
    final CompletableFuture<Ending> closed = new CompletableFuture<>();
    final CompletableFuture<Throwable> failed = new CompletableFuture<>();

    @Override
    public void serve(ServerStream stream) throws IOException {
      try {
        var body = stream.request().body();
        var bytes = ByteBuffer.allocate(1000);
        int count = 0;
        for (int read = body.read(bytes); read >= 0; read = body.read(bytes.clear())) {
          count += read;
        }
        stream.send(Response.of(200, new Headers(), Body.of("x".repeat(Math.min(count, 100)))));
      } catch (RuntimeException | Error e) {
        failed.complete(e);
      }
    }

    @Override
    public void refuse(ServerStream stream, ProtocolException cause) throws IOException {
      stream.send(Response.of(cause.status(), new Headers(), Body.EMPTY));
    }

    @Override
    public void onClosed(Ending ending) {
      closed.complete(ending);
    }
  }

  private static final class Served {
    @Nullable Http2ServerConnection connection;

    /** Before each read: what waits must be bounded however much has come. */
    void check() {
      var open = connection;
      if (open != null) {
        var options = CONFIG.options();
        assertThat(open.streams.size()).isLessThanOrEqualTo(MAX_STREAMS);
        // a read is taken whole before the next, and a frame has nine bytes at least
        assertThat(open.output.answers())
            .isLessThan(options.maxOutboundControlFrames() + Buffer.SIZE / Frame.HEADER_BYTES);
        assertThat(Buffer.lent()).isLessThan(MAX_STREAMS * 4 + 16);
      }
    }
  }

  @FuzzTest(maxDuration = "2m")
  void connectionsComeToTheirEnd(byte[] input) throws Exception {
    if (input.length == 0 || input.length > 20_000) {
      return;
    }
    int how = input[0];
    byte[] bytes = (how & 1) == 0 ? raw(input) : framed(input);
    int step = (how & 2) == 0 ? Buffer.SIZE : 1 + (how >>> 4 & 7);
    long room = (how & 4) == 0 ? Long.MAX_VALUE : 60;
    var echo = new Echo();
    Carrier carrier = CARRIERS.get(0);
    CARRIERS.run(() -> {
      var served = new Served();
      var channel = new MemoryChannel(carrier, bytes, step, room, (how & 8) != 0, served::check);
      var connection =
          new Http2ServerConnection(
              new Wire(channel), CONFIG, STATS, echo, channel::close, true, false);
      served.connection = connection;
      connection.run();
      return null;
    });
    echo.closed.get(10, TimeUnit.SECONDS);
    if (echo.failed.isDone()) {
      throw new AssertionError("a stream failed", echo.failed.get());
    }
    // the threads of streams are over; what they ran on gives back what it held
    int lent = CARRIERS.run(Buffer::lent);
    assertThat(lent).as("buffers left behind").isZero();
    assertThat(STATS.streamsActive.value()).as("streams left behind").isZero();
  }

  private static ByteArrayOutputStream begin() {
    var out = new ByteArrayOutputStream();
    out.writeBytes(FrameReader.PREFACE);
    out.writeBytes(RawHttp2.frame(Frame.SETTINGS, 0, 0, new byte[0]));
    return out;
  }

  private static byte[] raw(byte[] input) {
    var out = begin();
    out.write(input, 1, input.length - 1);
    return out.toByteArray();
  }

  private static byte[] framed(byte[] input) {
    var out = begin();
    int at = 1;
    while (at + 4 <= input.length) {
      int length = Math.min(input[at + 3] & 255, input.length - at - 4);
      byte[] payload = java.util.Arrays.copyOfRange(input, at + 4, at + 4 + length);
      out.writeBytes(
          RawHttp2.frame(input[at] & 15, input[at + 1] & 255, input[at + 2] & 255, payload));
      at += 4 + length;
    }
    return out.toByteArray();
  }
}
