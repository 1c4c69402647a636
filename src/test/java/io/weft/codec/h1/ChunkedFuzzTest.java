package io.weft.codec.h1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.codec.ProtocolException;
import io.weft.net.Buffer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chunked body means the same however its bytes arrive, and the same again when what was
 * understood is written as chunks.
 */
class ChunkedFuzzTest {
  private static final Buffer BUFFER = Buffer.unpooled();

  /** As it was understood; each byte of the body is a character. */
  private record Message(int length, String body, List<String> trailers) {
    boolean meansTheSameAs(@Nullable Message other) {
      return other != null && body.equals(other.body) && trailers.equals(other.trailers);
    }
  }

  /** Decodes with {@code step} bytes at a time; null if the message does not end. */
  private static @Nullable Message decode(byte[] input, int step) throws ProtocolException {
    BUFFER.clear();
    var decoder = new ChunkedDecoder(HeadLimits.DEFAULT, true);
    var body = new ByteArrayOutputStream();
    int given = 0;
    while (true) {
      int data = decoder.next(BUFFER);
      if (data == ChunkedDecoder.END) {
        var trailers = new ArrayList<String>();
        var fields = decoder.trailers();
        if (fields != null) {
          fields.forEach((name, value) -> trailers.add(name + ": " + value));
        }
        return new Message(
            given - BUFFER.readable(), body.toString(StandardCharsets.ISO_8859_1), trailers);
      }
      assertThat(data).isBetween(0, BUFFER.readable());
      if (data > 0) {
        var bytes = new byte[data];
        BUFFER.copyOut(BUFFER.start, bytes, 0, data);
        body.writeBytes(bytes);
        BUFFER.start += data;
        decoder.consumed(data);
      } else if (given == input.length) {
        return null;
      } else {
        int count = Math.min(step, input.length - given);
        BUFFER.compact();
        BUFFER.copyIn(input, given, count);
        given += count;
      }
    }
  }

  private static byte[] written(Message message) {
    var out = new ByteArrayOutputStream();
    if (!message.body.isEmpty()) {
      out.writeBytes(text(Integer.toHexString(message.body.length()) + "\r\n"));
      out.writeBytes(text(message.body));
      out.writeBytes(text("\r\n"));
    }
    out.writeBytes(text("0\r\n"));
    message.trailers.forEach(field -> out.writeBytes(text(field + "\r\n")));
    out.writeBytes(text("\r\n"));
    return out.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @FuzzTest(maxDuration = "2m")
  void bodiesKeepTheirMeaning(byte[] input) {
    if (input.length > 8192) {
      return;
    }
    Message whole;
    try {
      whole = decode(input, input.length);
    } catch (ProtocolException e) {
      // byte by byte a bad line may still wait for its end, but nothing may come of it
      assertThat(isTaken(input)).as("refused whole, taken byte by byte").isFalse();
      return;
    }
    try {
      Message slowly = decode(input, 1);
      if (whole == null) {
        assertThat(slowly).isNull();
        return;
      }
      assertThat(slowly).as("byte by byte").isEqualTo(whole);
      assertThat(whole.meansTheSameAs(decode(written(whole), 7))).as("written again").isTrue();
    } catch (ProtocolException e) {
      throw new AssertionError("read once and refused when read again", e);
    }
  }

  private static boolean isTaken(byte[] input) {
    try {
      return decode(input, 1) != null;
    } catch (ProtocolException e) {
      return false;
    }
  }
}
