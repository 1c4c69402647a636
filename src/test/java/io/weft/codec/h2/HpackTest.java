package io.weft.codec.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.http.Headers;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Header compression: the examples of RFC 7541, and what a peer may do wrong. */
class HpackTest {
  private final HpackDecoder decoder = new HpackDecoder(4096);
  private final HpackEncoder encoder = new HpackEncoder();

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private Headers decode(HeadBuilder.Kind kind, byte[] block) throws ConnectionError {
    var head = builder(kind);
    decoder.decode(block, 0, block.length, head);
    assertThat(head.problem()).isNull();
    assertThat(head.isOverflow()).isFalse();
    return head.finish();
  }

  private static HeadBuilder builder(HeadBuilder.Kind kind) {
    var head = new HeadBuilder();
    head.begin(kind, 100, 60 * 1024);
    return head;
  }

  @Test
  void decodesTheRequestsOfAppendixC4() throws Exception {
    var first = builder(HeadBuilder.Kind.REQUEST);
    byte[] block = hex("828684418cf1e3c2e5f23a6ba0ab90f4ff");
    decoder.decode(block, 0, block.length, first);
    assertThat(first.method).isEqualTo("GET");
    assertThat(first.scheme).isEqualTo("http");
    assertThat(first.path).isEqualTo("/");
    assertThat(first.authority).isEqualTo("www.example.com");

    var second = builder(HeadBuilder.Kind.REQUEST);
    block = hex("828684be5886a8eb10649cbf");
    decoder.decode(block, 0, block.length, second);
    assertThat(second.authority).isEqualTo("www.example.com");
    assertThat(second.finish().first("cache-control")).isEqualTo("no-cache");

    var third = builder(HeadBuilder.Kind.REQUEST);
    block = hex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf");
    decoder.decode(block, 0, block.length, third);
    assertThat(third.path).isEqualTo("/index.html");
    assertThat(third.scheme).isEqualTo("https");
    assertThat(third.finish().first("custom-key")).isEqualTo("custom-value");
  }

  @Test
  void evictsAsTheResponsesOfAppendixC6() throws Exception {
    byte[] small = hex("3fe101"); // 256
    byte[] first =
        hex(
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad17"
                + "1863c78f0b97c8e9ae82ae43d3");
    byte[] both = Arrays.copyOf(small, small.length + first.length);
    System.arraycopy(first, 0, both, small.length, first.length);
    assertThat(decode(HeadBuilder.Kind.RESPONSE, both).first("location"))
        .isEqualTo("https://www.example.com");
    var second = builder(HeadBuilder.Kind.RESPONSE);
    byte[] block = hex("4883640effc1c0bf");
    decoder.decode(block, 0, block.length, second);
    assertThat(second.status).isEqualTo(307);
    assertThat(second.finish().first("location")).isEqualTo("https://www.example.com");
    Headers third =
        decode(
            HeadBuilder.Kind.RESPONSE,
            hex(
                "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2"
                    + "e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
    assertThat(third.first("date")).isEqualTo("Mon, 21 Oct 2013 20:13:22 GMT");
    assertThat(third.first("set-cookie"))
        .isEqualTo("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
  }

  @Test
  void whatIsEncodedIsDecodedWhateverTheTableHolds() throws Exception {
    var random = new Random(42);
    for (int round = 0; round < 2_000; round++) {
      var headers = new Headers();
      for (int i = random.nextInt(12); i >= 0; i--) {
        String name = random.nextInt(3) == 0 ? "content-type" : "x-" + random.nextInt(60);
        headers.add(name, text(random, random.nextInt(4) == 0 ? 200 : 12));
      }
      if (random.nextInt(50) == 0) {
        encoder.limit(random.nextInt(5000));
      }
      byte[] block = new byte[HpackEncoder.mostBytes(headers)];
      int end;
      if (random.nextInt(5) == 0) {
        end = encoder.trailers(headers, block, 0);
      } else {
        end = encoder.headers(headers, null, block, encoder.begin(block, 0));
      }
      var head = builder(HeadBuilder.Kind.RESPONSE);
      decoder.decode(block, 0, end, head);
      assertThat(head.problem()).isNull();
      assertThat(head.finish()).hasToString(headers.toString());
    }
  }

  private static String text(Random random, int most) {
    var text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append((char) ('!' + random.nextInt(random.nextBoolean() ? 5 : 90)));
    }
    return text.toString();
  }

  @Test
  void aFieldIsIndexedWhenItComesAgain() {
    var headers = Headers.of("server", "envoy", "x-id", "1");
    byte[] block = new byte[200];
    int first = encoder.headers(headers, null, block, 0);
    int second = encoder.headers(headers, null, block, 0);
    int third = encoder.headers(headers, null, block, 0);
    assertThat(second).isLessThanOrEqualTo(first);
    assertThat(third).isEqualTo(2);
  }

  @Test
  void credentialsAreNeverIndexed() {
    var headers = Headers.of("authorization", "secret", "cookie", "a=b");
    byte[] block = new byte[200];
    for (int i = 0; i < 4; i++) {
      int end = encoder.headers(headers, null, block, 0);
      assertThat(new String(block, 0, end, ISO_8859_1)).contains("secret").contains("a=b");
      assertThat(block[0] & 0xf0).isEqualTo(0x10);
    }
  }

  @Test
  void everyByteSurvivesTheHuffmanCode() {
    byte[] all = new byte[256];
    byte[] same = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
      same[i] = (byte) i;
    }
    byte[] coded = new byte[1024];
    int end = Huffman.encode(all, 0, 256, same, coded, 0);
    assertThat(end).isEqualTo(Huffman.encodedLength(all, 0, 256, same));
    byte[] back = new byte[Huffman.mostDecoded(end)];
    assertThat(Huffman.decode(coded, 0, end, back, 0)).isEqualTo(256);
    assertThat(Arrays.copyOf(back, 256)).isEqualTo(all);
  }

  @Test
  void aFieldLargerThanTheTableEmptiesIt() throws Exception {
    var block = new ByteArrayOutputStream();
    block.writeBytes(hex("40 01 61 01 62")); // a: b, indexed
    block.write(0x40);
    block.write(1);
    block.write('c');
    block.writeBytes(hex("7f 89 26")); // 5000
    block.writeBytes("v".repeat(5000).getBytes(ISO_8859_1));
    Headers headers = decode(HeadBuilder.Kind.RESPONSE, block.toByteArray());
    assertThat(headers.first("a")).isEqualTo("b");
    assertThat(headers.first("c")).hasSize(5000);
    assertThat(decoder.newest()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // index 0
        "ff8001", // index beyond the tables
        "00 05 61 62", // a string beyond the block
        "ff ffffffffffffffff 01", // an integer that is too large
        "ff 80808080808080808080", // an integer that does not end
        "3fe1ff03", // a table that is too large
        "88 20", // a size update behind a field
        "20 20 20", // three of them
        "00 01 61 81 00", // padding of zeros
        "00 01 61 84 ffffffff", // the end symbol
        "40", // nothing behind a literal
      })
  void aBrokenBlockEndsTheConnection(String block) {
    byte[] bytes = hex(block);
    var head = builder(HeadBuilder.Kind.REQUEST);
    assertThatThrownBy(() -> decoder.decode(bytes, 0, bytes.length, head))
        .isInstanceOfSatisfying(
            ConnectionError.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.COMPRESSION_ERROR));
  }

  @Test
  void aBombIsDroppedWhileItIsDecoded() throws Exception {
    var block = new ByteArrayOutputStream();
    block.writeBytes(hex("40 01 61 7f b9 1d")); // a: 3896 bytes, indexed
    block.writeBytes("v".repeat(3896).getBytes(ISO_8859_1));
    for (int i = 0; i < 20_000; i++) {
      block.write(0xbe);
    }
    var head = builder(HeadBuilder.Kind.REQUEST);
    decoder.decode(block.toByteArray(), 0, block.size(), head);
    assertThat(head.isOverflow()).isTrue();
    assertThat(head.isDropping()).isTrue();
  }

  @Test
  void randomBytesNeverDoMoreThanFail() {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] block = new byte[random.nextInt(60)];
      random.nextBytes(block);
      var head = builder(HeadBuilder.Kind.REQUEST);
      try {
        new HpackDecoder(4096).decode(block, 0, block.length, head);
        if (!head.isOverflow()) {
          head.finish();
        }
      } catch (ConnectionError e) {
        assertThat(e.code()).isEqualTo(ErrorCode.COMPRESSION_ERROR);
      }
    }
  }
}
