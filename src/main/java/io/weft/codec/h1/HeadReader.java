package io.weft.codec.h1;

import io.weft.carrier.CarrierLocal;
import io.weft.codec.ProtocolException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Headers;
import io.weft.net.Buffer;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads message heads from a wire: a head is copied once off the native buffer and parsed in the
 * heap. One a carrier and side; {@link #read} parks, what the parser holds after it is used before
 * the next park.
 */
final class HeadReader {
  private static final CarrierLocal<HeadReader> REQUESTS =
      new CarrierLocal<>(carrier -> new HeadReader(HeadLimits.DEFAULT, true));
  private static final CarrierLocal<HeadReader> RESPONSES =
      new CarrierLocal<>(carrier -> new HeadReader(HeadLimits.DEFAULT, false));

  /** Room for what filters add, so that the array need not grow. */
  private static final int ROOM = 320;

  /** Nearly all heads are shorter. */
  private static final int USUAL = 1536;

  private final HeadParser parser;

  private HeadReader(HeadLimits limits, boolean request) {
    parser = new HeadParser(limits, request);
  }

  static HeadReader ofRequests(HeadLimits limits) {
    return limits.equals(HeadLimits.DEFAULT) ? REQUESTS.get() : new HeadReader(limits, true);
  }

  static HeadReader ofResponses(HeadLimits limits) {
    return limits.equals(HeadLimits.DEFAULT) ? RESPONSES.get() : new HeadReader(limits, false);
  }

  /** The parser, with the result of the last {@link #read}. */
  HeadParser parser() {
    return parser;
  }

  /**
   * Reads one head and consumes it.
   *
   * @return its fields, or null if the peer ended before the first byte
   * @throws EOFException if it ended within the head
   */
  @Nullable Headers read(Wire wire, Timeouts limits) throws IOException {
    int tried = 0;
    int seen = 0;
    while (true) {
      Buffer in = wire.input();
      if (in != null && (tried == 0 || worthTrying(in, seen))) {
        int length = in.readable();
        tried++;
        Headers headers = parse(in, length);
        if (headers != null) {
          return headers;
        }
      }
      seen = wire.buffered();
      if (seen == Buffer.SIZE) {
        throw new ProtocolException(
            parser.isRequest() ? 431 : 502,
            "http1.headers_too_large",
            "head: longer than a buffer");
      }
      int count = wire.fillHead(limits);
      if (count < 0) {
        if (wire.buffered() == 0) {
          return null;
        }
        throw new EOFException("the peer ended within a message head");
      }
    }
  }

  private @Nullable Headers parse(Buffer in, int length) throws ProtocolException {
    // What lies behind the head may be a large body: it is not copied along unless it must be.
    Headers headers = length > USUAL ? parseFirst(in, USUAL) : null;
    int most = Math.min(length, parser.limits().maxHeadBytes() + 1);
    return headers == null ? parseFirst(in, most) : headers;
  }

  private @Nullable Headers parseFirst(Buffer in, int length) throws ProtocolException {
    Headers headers = Headers.forHead(length, ROOM);
    byte[] bytes = headers.bytes();
    in.copyOut(in.start, bytes, 0, length);
    int used =
        parser.isRequest()
            ? parser.parseRequest(bytes, length, headers)
            : parser.parseResponse(bytes, length, headers);
    if (used == 0) {
      headers.release();
      return null;
    }
    in.start += used;
    headers.truncate(used);
    return headers;
  }

  /** A head that trickles in is parsed again only when another line has ended. */
  private boolean worthTrying(Buffer in, int seen) {
    int length = in.readable();
    int target = parser.limits().maxTargetBytes();
    if ((length > target && seen <= target) || length > parser.limits().maxHeadBytes()) {
      return true;
    }
    for (int i = Math.min(seen, length); i < length; i++) {
      if (in.at(in.start + i) == '\n') {
        return true;
      }
    }
    return false;
  }
}
