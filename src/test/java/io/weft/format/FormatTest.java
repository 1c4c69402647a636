package io.weft.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.http.Headers;
import io.weft.testing.TestFacts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatTest {
  private static String render(Format format, Facts facts) {
    var line = new Line(16);
    format.render(facts, line);
    return line.utf8();
  }

  private static String text(String format, Facts facts) throws FormatException {
    return render(Format.text(format, false), facts);
  }

  @Test
  void defaultFormatIsEnvoysToTheByte() throws FormatException {
    assertThat(text(Format.DEFAULT, TestFacts.proxied()))
        .isEqualTo(
            "[2023-11-14T22:13:20.123Z] \"GET /products/1?color=red HTTP/1.1\" 200 - 0 1024 5 3"
                + " \"10.0.0.7\" \"curl/7.88.1\" \"d3b07384-d113-4ec2-a5f6-1d2e3f4a5b6c\""
                + " \"www.example.com\" \"127.0.0.1:8080\"\n");
  }

  @Test
  void absentFactsAreDashesInTheDefaultFormat() throws FormatException {
    assertThat(text(Format.DEFAULT, new TestFacts()))
        .isEqualTo(
            "[2023-11-14T22:13:20.123Z] \"- - -\" 0 - 0 0 - - \"-\" \"-\" \"-\" \"-\" \"-\"\n");
  }

  @Test
  void absentFactsAreNothingWhenEmptyValuesAreOmitted() throws FormatException {
    var format = Format.text("[%REQ(X-A)%|%UPSTREAM_HOST%|%RESPONSE_FLAGS%]", true);
    assertThat(render(format, new TestFacts())).isEqualTo("[||-]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " | ",
      value = {
        "%START_TIME(%s)% | 1700000000",
        "%START_TIME(%s.%3f)% | 1700000000.123",
        "%START_TIME(%Y/%m/%dT%H:%M:%S%z %f)% | 2023/11/14T22:13:20+0000 123000000",
        "%START_TIME(%a, %e %b %y %I:%M %p %j %6f %1f)% | Tue, 14 Nov 23 10:13 PM 318 123000 1",
        "%START_TIME(%F %T.%2f)% | 2023-11-14 22:13:20.12",
        "%START_TIME(100%%F)% | 100%F",
        "%START_TIME(%3f|%s|%1f)% | 123|1700000000|1",
      })
  void startTimeTakesStrftime(String format, String expected) throws FormatException {
    assertThat(text(format, new TestFacts())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 951_782_399_999L, 951_868_800_000L, 4_107_542_400_000L, -1, 1_709_164_800_000L})
  void startTimeAgreesWithTheJdk(long millis) throws FormatException {
    var facts = new TestFacts();
    facts.startTimeMillis = millis;
    assertThat(text("%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%", facts))
        .isEqualTo(
            java.time.format.DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
                .withZone(java.time.ZoneOffset.UTC)
                .format(java.time.Instant.ofEpochMilli(millis)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%REQ(:METHOD)%:%REQ(:PATH)%:%REQ(:AUTHORITY)%:%REQ(:SCHEME)% | GET:/products/1?color=red:www.example.com:http",
        "%REQ(Host)% | www.example.com",
        "%REQ(X-MISSING?User-Agent)% | curl/7.88.1",
        "%REQ(User-Agent):4% | curl",
        "%REQ(X-MISSING?X-ALSO)% | -",
        "%REQ_WITHOUT_QUERY(:PATH)% | /products/1",
        "%RESP(content-type)% %RESPONSE_HEADER(:STATUS)% %TRAILER(x)% | text/plain 200 -",
        "%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT% | 127.0.0.1 8080",
        "%DOWNSTREAM_REMOTE_ADDRESS%,%UPSTREAM_CLUSTER% | 10.0.0.7:4711,backend",
        "%DURATION%/%REQUEST_DURATION%/%COMMON_DURATION(DS_RX_BEG:DS_RX_END:us)% | 5/-/-",
        "%RESPONSE_CODE_DETAILS% 100%% | via_upstream 100%",
        "%ACCESS_LOG_TYPE% | DownstreamEnd",
      })
  void operatorsShowTheirFact(String format, String expected) throws FormatException {
    assertThat(text(format, TestFacts.proxied())).isEqualTo(expected);
  }

  @Test
  void addressesOfVersion6LoseTheirBracketsWithThePort() throws FormatException {
    var facts = new TestFacts();
    facts.upstreamHost = "[::1]:80";
    facts.downstreamRemoteAddress = "/run/weft.sock";
    assertThat(
            text(
                "%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%"
                    + " %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%",
                facts))
        .isEqualTo("[::1]:80 ::1 80 /run/weft.sock -");
  }

  @Test
  void flagsAreJoinedInEnvoysOrder() throws FormatException {
    var facts =
        new TestFacts()
            .status(
                503,
                ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED,
                ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
    assertThat(text("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", facts))
        .isEqualTo("UF,URX UpstreamConnectionFailure,UpstreamRetryLimitExceeded");
    assertThat(ResponseFlag.text(facts.responseFlags)).isEqualTo("UF,URX");
  }

  @Test
  void grpcStatusComesFromTrailersThenHeadersThenTheHttpStatus() throws FormatException {
    var facts = TestFacts.get("/x", "content-type", "application/grpc");
    facts.responseCode = 503;
    String format = "%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS_NUMBER%";
    assertThat(text(format, facts)).isEqualTo("Unavailable UNAVAILABLE 14");
    facts.responseHeaders = Headers.of("grpc-status", "4");
    assertThat(text(format, facts)).isEqualTo("DeadlineExceeded DEADLINE_EXCEEDED 4");
    facts.responseTrailers = Headers.of("grpc-status", "0");
    assertThat(text(format, facts)).isEqualTo("OK OK 0");
  }

  @Test
  void controlCharactersOfAValueCannotEndATextLine() throws FormatException {
    var facts = new TestFacts();
    facts.localReplyBody = "a\r\nb\tc\u001b[31m\u007f\u00e9";
    assertThat(text("<%LOCAL_REPLY_BODY%>\n", facts))
        .isEqualTo("<a\\r\\nb\\tc\\x1b[31m\\x7f\u00e9>\n");
    assertThat(render(Format.body("%LOCAL_REPLY_BODY%", false), facts))
        .isEqualTo(facts.localReplyBody);
  }

  @Test
  void jsonKeepsTypesAndOrderAndEscapes() throws FormatException {
    var template = new LinkedHashMap<String, Object>();
    template.put("code", "%RESPONSE_CODE%");
    template.put("path", "%REQ(:PATH)%");
    template.put("absent", "%REQ(X-MISSING)%");
    template.put("agent \"x\"", "a=%REQ(User-Agent)%, b=%REQ(X-MISSING)%");
    var nested = new LinkedHashMap<String, Object>();
    nested.put("flags", "%RESPONSE_FLAGS%");
    nested.put("list", new ArrayList<Object>(List.of("%BYTES_SENT%", 1.0, true, "quote \"")));
    template.put("nested", nested);
    var facts = TestFacts.get("/a\"b\\c", "user-agent", "x\"y\tz");
    facts.responseCode = 404;
    facts.bytesSent = 7;
    assertThat(render(Format.json(template, false), facts))
        .isEqualTo(
            "{\"code\":404,\"path\":\"/a\\\"b\\\\c\",\"absent\":null,"
                + "\"agent \\\"x\\\"\":\"a=x\\\"y\\tz, b=-\","
                + "\"nested\":{\"flags\":\"-\",\"list\":[7,1,true,\"quote \\\"\"]}}\n");
    assertThat(render(Format.json(template, true), facts))
        .isEqualTo(
            "{\"code\":404,\"path\":\"/a\\\"b\\\\c\","
                + "\"agent \\\"x\\\"\":\"a=x\\\"y\\tz, b=\","
                + "\"nested\":{\"flags\":\"-\",\"list\":[7,1,true,\"quote \\\"\"]}}\n");
  }

  @Test
  void jsonIsUtf8WhateverTheClientSent() throws FormatException {
    String sent =
        new String("\u00e9\u20ac".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
            + "\u00ff\u00c0\u00af\u00ed\u00a0\u0080\u00e2\u0082";
    var facts = TestFacts.get("/", "x-a", sent);
    assertThat(render(Format.json(Map.of("a", "%REQ(X-A)%"), false), facts))
        .isEqualTo("{\"a\":\"\u00e9\u20ac" + "\\ufffd".repeat(8) + "\"}\n");
  }

  @Test
  void filterStateIsTextOrJson() throws FormatException {
    var facts = new TestFacts();
    facts.state = Map.of("user", "a\"n", "left", 3L);
    assertThat(
            text(
                "%FILTER_STATE(user:PLAIN)% %FILTER_STATE(user:PLAIN):1% %FILTER_STATE(user)%"
                    + " %FILTER_STATE(left:TYPED)% %FILTER_STATE(x:PLAIN)%",
                facts))
        .isEqualTo("a\"n a \"a\\\"n\" 3 -");
    assertThat(render(Format.json(Map.of("m", "%FILTER_STATE(left)%"), false), facts))
        .isEqualTo("{\"m\":3}\n");
    assertThatThrownBy(() -> text("%FILTER_STATE(user:FIELD:x)%", facts))
        .hasMessageContaining("expected: KEY, KEY:PLAIN or KEY:TYPED");
    assertThatThrownBy(() -> text("%FILTER_STATE%", facts)).hasMessageContaining("no argument");
  }

  @Test
  void metadataIsTextOrJson() throws FormatException {
    var facts = new TestFacts();
    facts.metadata = Map.of("io.example", Map.of("user", "ann", "quota", Map.of("left", 3)));
    assertThat(
            text(
                "%DYNAMIC_METADATA(io.example:user)% %DYNAMIC_METADATA(io.example:user):2%"
                    + " %DYNAMIC_METADATA(io.example:quota)% %DYNAMIC_METADATA(io.example:x)%",
                facts))
        .isEqualTo("ann an {\"left\":3} -");
    assertThat(
            render(Format.json(Map.of("m", "%DYNAMIC_METADATA(io.example:quota)%"), false), facts))
        .isEqualTo("{\"m\":{\"left\":3}}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a %NO_SUCH% | %NO_SUCH% at character 2: no such operator",
        "%TRACE_ID% | %TRACE_ID% at character 0: not supported by Weft yet",
        "%TLS_JA3_FINGERPRINT% | %TLS_JA3_FINGERPRINT% at character 0: not supported by Weft yet",
        "50% of | '%' at character 2: no operator follows (expected: %NAME% or %%)",
        "%PROTOCOL | %PROTOCOL% at character 0: the closing '%' is missing",
        "%PROTOCOL(x)% | %PROTOCOL% at character 0: takes no argument, has 'x'",
        "%PROTOCOL:3% | %PROTOCOL% at character 0: takes no length, has 3",
        "%REQ()% | %REQ% at character 0: no argument (expected: the name of a header)",
        "%REQ(a?b?c)% | %REQ% at character 0: argument 'a?b?c' (expected: NAME or NAME?OTHER)",
        "%REQ(a b)% | %REQ% at character 0: argument 'a b' (expected: the name of a header)",
        "%REQ(a):x% | %REQ% at character 0: length: 'x' (expected: a number)",
        "%REQ(a | %REQ% at character 0: the parenthesis is not closed",
        "%START_TIME(%Q)% | %START_TIME% at character 0: time format '%Q': not supported by Weft",
        "%COMMON_DURATION(US_CX_BEG:US_CX_END:ms)% | %COMMON_DURATION% at character 0: time point 'US_CX_BEG': not supported by Weft yet",
        "%COMMON_DURATION(DS_RX_BEG:NOW:ms)% | %COMMON_DURATION% at character 0: time point 'NOW' (expected: one of [DS_RX_BEG, DS_RX_END, DS_TX_BEG, DS_TX_END, US_RX_BEG, US_RX_END, US_TX_BEG, US_TX_END])",
      })
  void mistakesNameTheOperatorAndItsPlace(String format, String message) {
    assertThatThrownBy(() -> Format.text(format, false))
        .isInstanceOf(FormatException.class)
        .hasMessage(message);
  }

  @Test
  void mistakesInJsonNameTheField() {
    assertThatThrownBy(() -> Format.json(Map.of("a", Map.of("b", List.of("%X%"))), false))
        .isInstanceOf(FormatException.class)
        .hasMessage("a.b[0]: %X% at character 0: no such operator");
  }
}
