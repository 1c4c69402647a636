package io.weft.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.http.Headers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A header block is understood or refused, whatever is in it and before it; what was understood
 * keeps within the limits, and is understood as the same when it is encoded again. An input is
 * blocks one after the other, each behind a byte that says how long it is.
 */
class HpackFuzzTest {
  private static final int MAX_FIELDS = 50;
  private static final int MAX_BYTES = 8 * 1024;

  private static @Nullable Headers decode(HpackDecoder decoder, byte[] block, int end)
      throws ConnectionError {
    var head = new HeadBuilder();
    head.begin(HeadBuilder.Kind.RESPONSE, MAX_FIELDS, MAX_BYTES);
    decoder.decode(block, 0, end, head);
    if (head.isOverflow() || head.problem() != null) {
      head.drop();
      return null;
    }
    return head.finish();
  }

  @FuzzTest(maxDuration = "2m")
  void blocksKeepTheirMeaning(byte[] input) {
    var decoder = new HpackDecoder(4096);
    var encoder = new HpackEncoder();
    var again = new HpackDecoder(4096);
    for (int at = 0; at < input.length; ) {
      int from = at + 1;
      int until = Math.min(input.length, from + (input[at] & 255));
      at = until;
      Headers headers;
      try {
        byte[] block = Arrays.copyOfRange(input, from, until);
        headers = decode(decoder, block, block.length);
      } catch (ConnectionError e) {
        assertThat(e.code()).isEqualTo(ErrorCode.COMPRESSION_ERROR);
        return;
      }
      if (headers == null) {
        continue;
      }
      assertThat(headers.size()).isLessThanOrEqualTo(MAX_FIELDS);
      assertThat(headers.wireLength()).isLessThanOrEqualTo(MAX_BYTES);
      encodeAgain(encoder, again, headers);
    }
  }

  private static void encodeAgain(HpackEncoder encoder, HpackDecoder decoder, Headers headers) {
    byte[] block = new byte[HpackEncoder.mostBytes(headers) + 16];
    int end = encoder.headers(headers, null, block, encoder.begin(block, 0));
    try {
      Headers back = decode(decoder, block, end);
      assertThat(back).isNotNull().hasToString(headers.toString());
    } catch (ConnectionError e) {
      throw new AssertionError("decoded, encoded, and not decoded again", e);
    }
  }
}
