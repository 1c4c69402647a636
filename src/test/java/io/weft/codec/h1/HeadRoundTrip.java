package io.weft.codec.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.codec.ProtocolException;
import io.weft.http.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses a head, writes what was understood, and parses that again. For fuzz tests. */
final class HeadRoundTrip {
  private HeadRoundTrip() {}

  /** A head as it was understood. */
  private record Head(
      int length, String line, List<String> fields, long contentLength, boolean chunked) {
    boolean meansTheSameAs(Head other) {
      return line.equals(other.line)
          && fields.equals(other.fields)
          && contentLength == other.contentLength
          && chunked == other.chunked;
    }
  }

  private static @Nullable Head parse(byte[] input, boolean request) throws ProtocolException {
    byte[] bytes = input.clone();
    Headers headers = Headers.over(bytes, bytes.length);
    var parser = new HeadParser(HeadLimits.DEFAULT, request);
    int length =
        request
            ? parser.parseRequest(bytes, bytes.length, headers)
            : parser.parseResponse(bytes, bytes.length, headers);
    if (length == 0) {
      return null;
    }
    assertThat(length).isBetween(1, bytes.length);
    var fields = new ArrayList<String>();
    headers.forEach((name, value) -> fields.add(name + ": " + value));
    String line =
        request
            ? text(bytes, parser.methodStart, parser.methodEnd)
                + " "
                + text(bytes, parser.targetStart, parser.targetEnd)
                + (parser.http10 ? " HTTP/1.0" : " HTTP/1.1")
            : (parser.http10 ? "HTTP/1.0 " : "HTTP/1.1 ") + parser.status + " ";
    return new Head(length, line, fields, parser.contentLength, parser.chunked);
  }

  private static String text(byte[] bytes, int from, int until) {
    return new String(bytes, from, until - from, StandardCharsets.ISO_8859_1);
  }

  private static byte[] written(Head head) {
    var out = new ByteArrayOutputStream();
    out.writeBytes((head.line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    head.fields.forEach(
        field -> out.writeBytes((field + "\r\n").getBytes(StandardCharsets.ISO_8859_1)));
    out.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  /** Fails if the head at the start of {@code input} is taken for another one the second time. */
  static void check(byte[] input, boolean request) {
    Head head;
    try {
      head = parse(input, request);
    } catch (ProtocolException e) {
      assertThat(e.status()).isBetween(400, 599);
      return;
    }
    if (head == null) {
      return;
    }
    try {
      for (byte[] again : List.of(written(head), Arrays.copyOf(input, head.length))) {
        Head second = parse(again, request);
        assertThat(second != null && head.meansTheSameAs(second))
            .as("%s is read as %s when it is read again", head, second)
            .isTrue();
      }
      for (int i = 0; i < Math.min(head.length, 300); i++) {
        assertThat(parse(Arrays.copyOf(input, i), request)).as("a head of %d bytes", i).isNull();
      }
    } catch (ProtocolException e) {
      throw new AssertionError("read once and refused when read again: " + head, e);
    }
  }
}
