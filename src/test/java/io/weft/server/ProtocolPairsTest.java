package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.TestExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same exchanges through every pair of protocols: HTTP/1.1 and HTTP/2, in clear text and over
 * TLS, towards the client and towards the origin.
 */
@ParameterizedClass(name = "{0} to {1}, {2}")
@MethodSource("pairs")
class ProtocolPairsTest {
  static Stream<Arguments> pairs() {
    var pairs = new ArrayList<Arguments>();
    for (Spoken down : Spoken.values()) {
      for (Spoken up : Spoken.values()) {
        pairs.add(Arguments.of(down, up, TlsSetup.BORINGSSL_EPOLL));
      }
    }
    for (TlsSetup setup : List.of(TlsSetup.BORINGSSL_NIO, TlsSetup.JDK_EPOLL)) {
      pairs.add(Arguments.of(Spoken.TLS_H1, Spoken.TLS_H1, setup));
      pairs.add(Arguments.of(Spoken.TLS_H1, Spoken.TLS_H2, setup));
      pairs.add(Arguments.of(Spoken.TLS_H2, Spoken.TLS_H1, setup));
      pairs.add(Arguments.of(Spoken.TLS_H2, Spoken.TLS_H2, setup));
    }
    pairs.add(Arguments.of(Spoken.H1, Spoken.H2, TlsSetup.BORINGSSL_NIO));
    pairs.add(Arguments.of(Spoken.H2, Spoken.H1, TlsSetup.BORINGSSL_NIO));
    return pairs.stream();
  }

  private static @Nullable ProtocolPair current;

  private final Spoken down;
  private final Spoken up;
  private final ProtocolPair pair;

  ProtocolPairsTest(Spoken down, Spoken up, TlsSetup setup) {
    this.down = down;
    this.up = up;
    pair = Objects.requireNonNull(current, setup.toString());
  }

  @BeforeParameterizedClassInvocation
  static void start(Spoken down, Spoken up, TlsSetup setup) throws IOException {
    current = new ProtocolPair(down, up, setup);
  }

  @AfterParameterizedClassInvocation
  static void stop() throws IOException {
    Objects.requireNonNull(current).close();
    current = null;
  }

  private static final String[] NONE = {};

  /** The head of a request. */
  private String[] head(String method, String path, String... more) {
    var fields = new ArrayList<String>();
    fields.addAll(List.of(":method", method, ":scheme", down.isTls() ? "https" : "http"));
    fields.addAll(List.of(":authority", "localhost", ":path", path));
    fields.addAll(List.of(more));
    return fields.toArray(NONE);
  }

  private static String large(int length) {
    var text = new StringBuilder(length);
    for (int i = 0; text.length() < length; i++) {
      text.append(i).append(' ');
    }
    return text.substring(0, length);
  }

  // messages

  @Test
  void aRequestAndItsResponsePassWithTheirFields() throws Exception {
    for (int i = 0; i < 3; i++) {
      int before = pair.connections();
      String ended =
          pair.exchange(
              client -> {
                client.sendHead(
                    true, head("GET", "/go?a=%20b", "x-two", "1", "te", "trailers", "x-two", "2"));
                var response = client.head();
                assertThat(response.status()).isEqualTo(203);
                assertThat(response.all("x-there")).containsExactly("", "a, b");
                assertThat(response.only("transfer-encoding")).isNull();
                assertThat(client.rest()).isEqualTo("hello");
              },
              (origin, request) -> {
                assertThat(request.only(":method")).isEqualTo("GET");
                assertThat(request.only(":path")).isEqualTo("/go?a=%20b");
                assertThat(request.only(":authority")).isEqualTo("localhost");
                assertThat(request.all("x-two")).containsExactly("1", "2");
                assertThat(request.only("x-forwarded-proto"))
                    .isEqualTo(down.isTls() ? "https" : "http");
                assertThat(request.only("transfer-encoding")).isNull();
                assertThat(request.only("content-length")).isNull();
                assertThat(origin.rest()).isEmpty();
                origin.sendHead(
                    false,
                    ":status",
                    "203",
                    "content-length",
                    "5",
                    "x-there",
                    "",
                    "x-there",
                    "a, b");
                origin.send("hello");
                origin.end();
              });
      assertThat(ended).isEqualTo("203 - via_upstream");
      assertThat(pair.connections() - before).isLessThanOrEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void largeBodiesPassWhole(boolean lengthIsTold) throws Exception {
    String body = large(400_000);
    String[] length = lengthIsTold ? new String[] {"content-length", "400000"} : NONE;
    pair.exchange(
        client -> {
          client.sendHead(false, head("POST", "/go", length));
          for (int at = 0; at < body.length(); at += 50_000) {
            client.send(body.substring(at, at + 50_000));
          }
          client.end();
          var response = client.head();
          assertThat(response.status()).isEqualTo(200);
          if (lengthIsTold) {
            assertThat(response.only("content-length")).isEqualTo("400000");
          }
          assertThat(client.rest()).isEqualTo(body);
        },
        (origin, request) -> {
          if (lengthIsTold) {
            assertThat(request.only("content-length")).isEqualTo("400000");
          }
          assertThat(origin.rest()).isEqualTo(body);
          var fields = new ArrayList<>(List.of(":status", "200"));
          fields.addAll(List.of(length));
          origin.sendHead(false, fields.toArray(NONE));
          for (int at = 0; at < body.length(); at += 50_000) {
            origin.send(body.substring(at, at + 50_000));
          }
          origin.end();
        });
  }

  @Test
  void bodiesFlowBothWaysBeforeEitherEnds() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(false, head("POST", "/go"));
          client.send("one");
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.read(3)).isEqualTo("ONE");
          for (String word : List.of("two", "six", "ten")) {
            client.send(word);
            assertThat(client.read(3)).isEqualTo(word.toUpperCase(Locale.ROOT));
          }
          client.end();
          assertThat(client.rest()).isEqualTo("end");
        },
        (origin, request) -> {
          String first = origin.read(3);
          origin.sendHead(false, ":status", "200");
          origin.send(first.toUpperCase(Locale.ROOT));
          for (int i = 0; i < 3; i++) {
            origin.send(origin.read(3).toUpperCase(Locale.ROOT));
          }
          assertThat(origin.rest()).isEmpty();
          origin.send("end");
          origin.end();
        });
  }

  /** The head of a response is not held back for a body that is slow. */
  @Test
  void aHeadPassesBeforeItsBody() throws Exception {
    var seen = new CountDownLatch(1);
    pair.exchange(
        client -> {
          client.sendHead(true, head("GET", "/go"));
          assertThat(client.head().status()).isEqualTo(200);
          seen.countDown();
          assertThat(client.rest()).isEqualTo("later");
        },
        (origin, request) -> {
          origin.sendHead(false, ":status", "200");
          assertThat(seen.await(5, TimeUnit.SECONDS)).isTrue();
          origin.send("later");
          origin.end();
        });
  }

  @Test
  void trailersPassBothWays() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(false, head("POST", "/go", "te", "trailers", "trailer", "x-sum"));
          client.send("abc");
          client.end("x-sum", "3", "x-more", "m");
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.rest()).isEqualTo("de");
          assertThat(client.trailers().only("x-got")).isEqualTo("3");
          assertThat(client.trailers().only("x-sent")).isEqualTo("2");
        },
        (origin, request) -> {
          assertThat(origin.rest()).isEqualTo("abc");
          assertThat(origin.trailers().only("x-sum")).isEqualTo("3");
          assertThat(origin.trailers().only("x-more")).isEqualTo("m");
          origin.sendHead(false, ":status", "200");
          origin.send("de");
          origin.end("x-got", "3", "x-sent", "2");
        });
  }

  @Test
  void trailersPassWithoutABody() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(false, head("POST", "/go"));
          client.end("x-sum", "0");
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.rest()).isEmpty();
          assertThat(client.trailers().only("grpc-status")).isEqualTo("0");
        },
        (origin, request) -> {
          assertThat(origin.rest()).isEmpty();
          assertThat(origin.trailers().only("x-sum")).isEqualTo("0");
          origin.sendHead(false, ":status", "200");
          origin.end("grpc-status", "0");
        });
  }

  @Test
  void earlyHintsPassAndOtherInterimResponsesDoNot() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(true, head("GET", "/go"));
          var hints = client.head();
          assertThat(hints.status()).isEqualTo(103);
          assertThat(hints.only("link")).isEqualTo("</a>");
          assertThat(hints.names()).doesNotContain("connection", "transfer-encoding");
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.rest()).isEqualTo("ok");
        },
        (origin, request) -> {
          origin.sendHead(false, ":status", "102");
          if (up.isHttp2()) {
            origin.sendHead(false, ":status", "103", "link", "</a>");
          } else {
            origin.sendHead(
                false,
                ":status",
                "103",
                "link",
                "</a>",
                "connection",
                "x",
                "transfer-encoding",
                "chunked");
          }
          answer(origin, "200", "ok");
        });
  }

  @Test
  void aBodyIsInvitedWhenItIsWanted() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(
              false, head("POST", "/go", "expect", "100-continue", "content-length", "3"));
          assertThat(client.head().status()).isEqualTo(100);
          client.send("abc");
          client.end();
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.rest()).isEqualTo("ok");
        },
        (origin, request) -> {
          assertThat(request.only("expect")).isNull();
          assertThat(origin.rest()).isEqualTo("abc");
          answer(origin, "200", "ok");
        });
  }

  private static void answer(TestExchange origin, String status, String body) throws IOException {
    origin.sendHead(false, ":status", status, "content-length", "" + body.length());
    origin.send(body);
    origin.end();
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200, 10", "GET, 204,", "GET, 304, 7", "HEAD, 404, 3", "HEAD, 200,"})
  void responsesWithoutABodyPass(String method, String status, String length) throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(true, head(method, "/go"));
          var response = client.head();
          assertThat(response.only(":status")).isEqualTo(status);
          assertThat(response.only("content-length")).isEqualTo(length);
          assertThat(response.only("etag")).isEqualTo("x");
          assertThat(client.rest()).isEmpty();
        },
        (origin, request) -> {
          assertThat(request.only(":method")).isEqualTo(method);
          if (length == null) {
            origin.sendHead(true, ":status", status, "etag", "x");
          } else {
            origin.sendHead(true, ":status", status, "etag", "x", "content-length", length);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"404", "500", "503"})
  void whatTheOriginSaysIsNotTouched(String status) throws Exception {
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(true, head("DELETE", "/go"));
              assertThat(client.head().only(":status")).isEqualTo(status);
              assertThat(client.rest()).isEqualTo("because");
            },
            (origin, request) -> answer(origin, status, "because"));
    assertThat(ended).isEqualTo(status + " - via_upstream");
  }

  @Test
  void largeHeadsPass() throws Exception {
    var more = new ArrayList<String>();
    for (int i = 0; i < 60; i++) {
      more.add("x-large-" + i);
      more.add(large(700));
    }
    pair.exchange(
        client -> {
          client.sendHead(true, head("GET", "/go", more.toArray(NONE)));
          var response = client.head();
          assertThat(response.status()).isEqualTo(200);
          for (int i = 0; i < 60; i++) {
            assertThat(response.only("x-large-" + i)).isEqualTo(large(700));
          }
          assertThat(client.rest()).isEmpty();
        },
        (origin, request) -> {
          for (int i = 0; i < 60; i++) {
            assertThat(request.only("x-large-" + i)).isEqualTo(large(700));
          }
          var fields = new ArrayList<>(List.of(":status", "200"));
          fields.addAll(more);
          origin.sendHead(true, fields.toArray(NONE));
        });
  }

  // answers of the proxy

  @Test
  void aClusterThatIsNotThereIsTold() throws Exception {
    String ended =
        pair.alone(client -> {
          client.sendHead(false, head("POST", "/nobody", "content-length", "3"));
          client.send("abc");
          client.end();
          var response = client.head();
          assertThat(response.status()).isEqualTo(503);
          assertThat(client.rest()).startsWith("upstream connect error or disconnect/reset");
        });
    assertThat(ended).startsWith("503 UF upstream_reset_before_response_started");
  }

  @Test
  void aPathThatLeadsNowhereIsTold() throws Exception {
    String ended =
        pair.alone(client -> {
          client.sendHead(true, head("GET", "/elsewhere"));
          assertThat(client.head().status()).isEqualTo(404);
          assertThat(client.rest()).isEmpty();
        });
    assertThat(ended).isEqualTo("404 NR route_not_found");
  }

  @Test
  void anOriginThatIsTooSlowIsLeft() throws Exception {
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(true, head("GET", "/slow"));
              assertThat(client.head().status()).isEqualTo(504);
              assertThat(client.rest()).isEqualTo("upstream request timeout");
            },
            (origin, request) -> origin.awaitGivenUp());
    assertThat(ended).isEqualTo("504 UT response_timeout");
  }

  // one side is early, or leaves

  @Test
  void anEarlyResponsePassesWhole() throws Exception {
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(false, head("POST", "/go", "content-length", "1000000"));
              client.send("some");
              assertThat(client.head().status()).isEqualTo(413);
              assertThat(client.rest()).isEqualTo("enough");
              client.halfClose();
            },
            (origin, request) -> {
              assertThat(origin.read(4)).isEqualTo("some");
              answer(origin, "413", "enough");
              origin.awaitGivenUp();
            });
    assertThat(ended).isEqualTo("413 - via_upstream");
  }

  @Test
  void aRequestIsAnsweredBehindItsEnd() throws Exception {
    pair.exchange(
        client -> {
          client.sendHead(false, head("POST", "/go", "content-length", "3"));
          client.send("abc");
          client.halfClose();
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.read(3)).isEqualTo("yes");
          assertThat(client.rest()).isEqualTo(", all");
        },
        (origin, request) -> {
          assertThat(origin.rest()).isEqualTo("abc");
          origin.sendHead(false, ":status", "200");
          origin.send("yes");
          origin.send(", all");
          origin.end();
        });
  }

  private String remote() {
    return down.isHttp2() ? "http2.remote_reset" : "downstream_remote_disconnect";
  }

  @Test
  void aClientThatResetsWhileItWaitsEndsTheRequest() throws Exception {
    var here = new CountDownLatch(1);
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(true, head("GET", "/go"));
              assertThat(here.await(5, TimeUnit.SECONDS)).isTrue();
              client.reset();
            },
            (origin, request) -> {
              here.countDown();
              origin.awaitGivenUp();
            });
    assertThat(ended).isEqualTo("0 DC " + remote());
  }

  @Test
  void aClientThatResetsWithinItsBodyEndsTheRequest() throws Exception {
    var here = new CountDownLatch(1);
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(false, head("POST", "/go"));
              client.send("some");
              assertThat(here.await(5, TimeUnit.SECONDS)).isTrue();
              client.reset();
            },
            (origin, request) -> {
              assertThat(origin.read(4)).isEqualTo("some");
              here.countDown();
              assertThatThrownBy(origin::rest).isInstanceOf(IOException.class);
            });
    assertThat(ended).isEqualTo("0 DC " + remote());
  }

  @Test
  void aClientThatResetsWithinTheResponseEndsIt() throws Exception {
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(true, head("GET", "/go"));
              assertThat(client.head().status()).isEqualTo(200);
              assertThat(client.read(4)).isEqualTo("some");
              client.reset();
            },
            (origin, request) -> {
              origin.sendHead(false, ":status", "200");
              origin.send("some");
              origin.awaitGivenUp();
            });
    assertThat(ended).isEqualTo("200 DC " + remote());
  }

  /** A POST: one that was sent on a connection that had served before is not sent again. */
  @Test
  void anOriginThatResetsBeforeItAnswersIsTold() throws Exception {
    String ended =
        pair.exchange(
            client -> {
              client.sendHead(false, head("POST", "/go", "content-length", "3"));
              client.send("abc");
              client.end();
              assertThat(client.head().status()).isEqualTo(503);
              assertThat(client.rest()).startsWith("upstream connect error or disconnect/reset");
            },
            (origin, request) -> {
              assertThat(origin.rest()).isEqualTo("abc");
              origin.reset();
            });
    assertThat(ended)
        .startsWith(
            (up.isHttp2() ? "503 UR " : "503 UC ") + "upstream_reset_before_response_started{");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResponseThatIsResetIsNeverWhole(boolean lengthIsTold) throws Exception {
    String ended = brokenResponse(lengthIsTold, TestExchange::reset);
    assertThat(ended)
        .isEqualTo(
            up.isHttp2()
                ? "200 UR upstream_reset_after_response_started{remote_reset}"
                : "200 UC upstream_reset_after_response_started{connection_termination}");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResponseThatIsCutIsNeverWhole(boolean lengthIsTold) throws Exception {
    String ended = brokenResponse(lengthIsTold, TestExchange::cut);
    assertThat(ended)
        .isEqualTo("200 UC upstream_reset_after_response_started{connection_termination}");
  }

  private interface Break {
    void apply(TestExchange exchange) throws IOException;
  }

  private String brokenResponse(boolean lengthIsTold, Break broken) throws Exception {
    var seen = new CountDownLatch(1);
    return pair.exchange(
        client -> {
          client.sendHead(true, head("GET", "/go"));
          assertThat(client.head().status()).isEqualTo(200);
          assertThat(client.read(4)).isEqualTo("some");
          seen.countDown();
          assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
        },
        (origin, request) -> {
          if (lengthIsTold) {
            origin.sendHead(false, ":status", "200", "content-length", "10");
          } else {
            origin.sendHead(false, ":status", "200");
          }
          origin.send("some");
          assertThat(seen.await(5, TimeUnit.SECONDS)).isTrue();
          broken.apply(origin);
        });
  }
}
