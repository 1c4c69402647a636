package io.weft.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.server.TestProxy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a host that speaks HTTP/2 may do besides answering. */
class Http2ClientTest {
  private static TestProxy proxy(RawHttp2Server server) throws IOException {
    return proxy(server, "");
  }

  private static TestProxy proxy(RawHttp2Server server, String options) throws IOException {
    return TestProxy.to(server.port())
        .cluster("http2_protocol_options: {" + options + "}")
        .route("timeout: 5s")
        .start();
  }

  @Test
  void aResetIsAnsweredFor() throws Exception {
    try (var server =
            RawHttp2Server.start(
                (_, id, out) -> out.write(RawHttp2Server.reset(id, ErrorCode.CANCEL)));
        var proxy = proxy(server)) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).endsWith("reset reason: remote reset");
      assertThat(proxy.awaitEnded()).startsWith("503 UR");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  /**
   * As in Envoy, whose code is its own: the host's says what was wrong between it and the proxy.
   */
  @ParameterizedTest
  @ValueSource(ints = {ErrorCode.NO_ERROR, ErrorCode.CANCEL, ErrorCode.ENHANCE_YOUR_CALM})
  void aResetBehindTheHeadIsPassedOnWithoutItsCode(int code) throws Exception {
    var headSeen = new CountDownLatch(1);
    RawHttp2Server.Script script =
        (_, id, out) -> {
          out.write(RawHttp2Server.head(id, false, ":status", "200"));
          try {
            headSeen.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          out.write(RawHttp2Server.reset(id, code));
        };
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server);
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.get("/");
      while (client.reply(id).status == 0) {
        client.next();
      }
      headSeen.countDown();
      var reply = client.await(id);
      assertThat(reply.ended).isFalse();
      assertThat(reply.reset).isEqualTo(ErrorCode.INTERNAL_ERROR);
    }
  }

  @Test
  void aRefusedStreamIsSentOnceMore() throws Exception {
    RawHttp2Server.Script script =
        (number, id, out) ->
            out.write(
                number == 0
                    ? RawHttp2Server.reset(id, ErrorCode.REFUSED_STREAM)
                    : RawHttp2Server.answer(id, "done"));
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server)) {
      assertThat(proxy.get("/").body()).isEqualTo("done");
      assertThat(proxy.stat("cluster.up.http2.stream_refused_errors")).isEqualTo(1);
    }
  }

  /** RFC 9113 6.8: what is above the last stream of a GOAWAY was never looked at. */
  @Test
  void aStreamThatAGoawayLeavesOutIsSentElsewhere() throws Exception {
    RawHttp2Server.Script script =
        (number, id, out) ->
            out.write(
                number == 0
                    ? RawHttp2.frame(Frame.GOAWAY, 0, 0, new byte[8])
                    : RawHttp2Server.answer(id, "done"));
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server)) {
      assertThat(proxy.get("/").body()).isEqualTo("done");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void aStreamThatAGoawayTakesInIsFinishedAndTheNextGoesElsewhere() throws Exception {
    RawHttp2Server.Script script =
        (number, id, out) -> {
          if (number == 0) {
            byte[] last = ByteBuffer.allocate(8).putInt(id).array();
            out.write(RawHttp2.frame(Frame.GOAWAY, 0, 0, last));
          }
          out.write(RawHttp2Server.answer(id, "done"));
        };
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server)) {
      assertThat(proxy.get("/").body()).isEqualTo("done");
      proxy.awaitStat("cluster.up.upstream_cx_active", 0);
      assertThat(proxy.get("/").body()).isEqualTo("done");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void aHostThatStopsAnUploadAfterItsAnswerHasAnswered() throws Exception {
    RawHttp2Server.Script script =
        (_, id, out) -> {
          out.write(RawHttp2Server.answer(id, "enough"));
          out.write(RawHttp2Server.reset(id, ErrorCode.NO_ERROR));
        };
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server);
        var client = proxy.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nstart");
      var reply = client.read();
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).isEqualTo("enough");
    }
  }

  @Test
  void aConnectionThatEndsIsAnsweredFor() throws Exception {
    try (var server =
            RawHttp2Server.start((_, _, _) -> {
              throw new java.io.EOFException("enough");
            });
        var proxy = proxy(server, "connection_keepalive: {interval: 0.1s, timeout: 0.1s}")) {
      var reply = proxy.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(proxy.awaitEnded()).startsWith("503 UC");
      assertThat(proxy.stat("cluster.up.http2.keepalive_timeout")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "X-Upper", "bad name", ":path", "content-length"})
  void aMalformedAnswerIsNotPassedOn(String name) throws Exception {
    RawHttp2Server.Script script =
        (_, id, out) -> out.write(RawHttp2Server.head(id, true, ":status", "200", name, "7"));
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server)) {
      assertThat(proxy.get("/").status()).isEqualTo(502);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      assertThat(proxy.stat("cluster.up.http2.rx_messaging_error")).isEqualTo(1);
    }
  }

  @Test
  void aHostThatFloodsIsLeft() throws Exception {
    RawHttp2Server.Script script =
        (_, id, out) -> {
          out.write(RawHttp2Server.head(id, false, ":status", "200"));
          byte[] empty = RawHttp2.frame(Frame.DATA, 0, id, new byte[0]);
          for (int i = 0; i < 3; i++) {
            out.write(empty);
          }
        };
    try (var server = RawHttp2Server.start(script);
        var proxy = proxy(server);
        var client = proxy.connect()) {
      client.request("GET", "/");
      proxy.awaitStat("cluster.up.http2.inbound_empty_frames_flood", 1);
      proxy.awaitStat("cluster.up.upstream_cx_active", 0);
    }
  }
}
