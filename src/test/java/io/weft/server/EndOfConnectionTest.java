package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bodies that end with their connection, which HTTP/1 alone has: over TLS the end must have been
 * announced, since anybody on the way can end a connection.
 */
class EndOfConnectionTest {
  static Stream<Arguments> pairs() {
    var pairs = new ArrayList<Arguments>();
    for (Spoken down : Spoken.values()) {
      pairs.add(Arguments.of(down, Spoken.H1, TlsSetup.BORINGSSL_EPOLL));
      for (TlsSetup setup : TlsSetup.values()) {
        pairs.add(Arguments.of(down, Spoken.TLS_H1, setup));
      }
    }
    return pairs.stream();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void anEndThatIsAnnouncedMakesABodyWhole(Spoken down, Spoken up, TlsSetup setup)
      throws Exception {
    try (var pair = new ProtocolPair(down, up, setup)) {
      String ended =
          pair.exchange(
              client -> {
                client.sendHead(true, ask(down));
                assertThat(client.head().status()).isEqualTo(200);
                assertThat(client.rest()).isEqualTo("all of it");
              },
              (origin, request) -> {
                origin.sendHead(false, ":status", "200", "connection", "close");
                origin.send("all of it");
                origin.end();
              });
      assertThat(ended).isEqualTo("200 - via_upstream");
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void anEndThatIsNotAnnouncedCutsABodyOverTls(Spoken down, Spoken up, TlsSetup setup)
      throws Exception {
    var seen = new CountDownLatch(1);
    try (var pair = new ProtocolPair(down, up, setup)) {
      String ended =
          pair.exchange(
              client -> {
                client.sendHead(true, ask(down));
                assertThat(client.head().status()).isEqualTo(200);
                assertThat(client.read(4)).isEqualTo("some");
                seen.countDown();
                if (up.isTls()) {
                  assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
                } else {
                  assertThat(client.rest()).isEmpty();
                }
              },
              (origin, request) -> {
                origin.sendHead(false, ":status", "200", "connection", "close");
                origin.send("some");
                assertThat(seen.await(5, TimeUnit.SECONDS)).isTrue();
                origin.cut();
              });
      assertThat(ended)
          .isEqualTo(
              up.isTls()
                  ? "200 UC upstream_reset_after_response_started{connection_termination}"
                  : "200 - via_upstream");
    }
  }

  private static String[] ask(Spoken down) {
    return new String[] {
      ":method",
      "GET",
      ":scheme",
      down.isTls() ? "https" : "http",
      ":authority",
      "localhost",
      ":path",
      "/go"
    };
  }
}
