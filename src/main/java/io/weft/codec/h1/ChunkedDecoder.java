package io.weft.codec.h1;

import io.weft.codec.ForbiddenTrailers;
import io.weft.codec.ProtocolException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Tokens;
import io.weft.net.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The chunked transfer coding (RFC 9112 7.1), one message. Consumes framing from a buffer and tells
 * how many bytes of data come next; the caller consumes those. Extensions are checked and dropped.
 */
final class ChunkedDecoder {
  /** What {@link #next} returns when the last chunk and the trailers have been read. */
  static final int END = -1;

  /** What all extensions of a message may take together; nobody uses them but attackers. */
  private static final int MAX_EXTENSION_BYTES = 4096;

  private static final int SIZE_FIRST = 0;
  private static final int SIZE = 1;
  private static final int SIZE_LF = 2;
  private static final int DATA = 3;
  private static final int DATA_CR = 4;
  private static final int DATA_LF = 5;
  private static final int EXT_NAME_FIRST = 6;
  private static final int EXT_NAME = 7;
  private static final int EXT_VALUE_FIRST = 8;
  private static final int EXT_VALUE = 9;
  private static final int EXT_QUOTED = 10;
  private static final int EXT_ESCAPED = 11;
  private static final int EXT_AFTER = 12;
  private static final int TRAILERS = 13;
  private static final int OVER = 14;

  private final HeadLimits limits;
  private final boolean keepTrailers;
  private int state = SIZE_FIRST;
  private int digits;
  private long size;
  private int extensionBytes;
  private int seen;
  private @Nullable Headers trailers;

  /**
   * A decoder of one message.
   *
   * @param keepTrailers whether trailers are passed on, or read and dropped
   */
  ChunkedDecoder(HeadLimits limits, boolean keepTrailers) {
    this.limits = limits;
    this.keepTrailers = keepTrailers;
  }

  boolean isOver() {
    return state == OVER;
  }

  /** The trailers, once over; null if there were none. */
  @Nullable Headers trailers() {
    return trailers;
  }

  /**
   * Consumes framing.
   *
   * @return the number of data bytes at the start of the buffer, 0 if more input is needed, {@link
   *     #END} when the message is over
   */
  int next(Buffer in) throws ProtocolException {
    while (true) {
      if (state == DATA) {
        return (int) Math.min(size, in.readable());
      }
      if (state == OVER) {
        return END;
      }
      if (state == TRAILERS) {
        if (!readTrailers(in)) {
          return 0;
        }
        continue;
      }
      if (in.isEmpty()) {
        return 0;
      }
      step(in.at(in.start++));
    }
  }

  /** The caller has consumed {@code count} bytes of data. */
  void consumed(int count) {
    size -= count;
    if (size == 0) {
      state = DATA_CR;
    }
  }

  private void step(byte b) throws ProtocolException {
    switch (state) {
      case SIZE_FIRST, SIZE -> size(b);
      case SIZE_LF -> {
        expect(b, '\n', "chunk size");
        state = size == 0 ? TRAILERS : DATA;
      }
      case DATA_CR -> {
        expect(b, '\r', "end of chunk");
        state = DATA_LF;
      }
      case DATA_LF -> {
        expect(b, '\n', "end of chunk");
        state = SIZE_FIRST;
      }
      default -> extension(b);
    }
  }

  private void size(byte b) throws ProtocolException {
    int digit = Character.digit(b, 16);
    if (digit >= 0 && b > 0) {
      if (state == SIZE_FIRST) {
        size = 0;
        digits = 0;
        state = SIZE;
      }
      if (++digits > 16 || size >>> 59 != 0) {
        throw bad("chunk size: longer than 16 digits or beyond 63 bits");
      }
      size = size << 4 | digit;
    } else if (state == SIZE && b == '\r') {
      state = SIZE_LF;
    } else if (state == SIZE && b == ';') {
      state = EXT_NAME_FIRST;
      countExtension();
    } else {
      throw bad("chunk size: byte " + (b & 0xff) + " (expected: 1 to 16 hexadecimal digits)");
    }
  }

  private void extension(byte b) throws ProtocolException {
    countExtension();
    switch (state) {
      case EXT_NAME_FIRST -> {
        if (Tokens.isTokenByte(b)) {
          state = EXT_NAME;
        } else if (b != ' ' && b != '\t') {
          throw badExtension(b);
        }
      }
      case EXT_NAME -> {
        if (b == '=') {
          state = EXT_VALUE_FIRST;
        } else if (!Tokens.isTokenByte(b)) {
          endOfExtension(b);
        }
      }
      case EXT_VALUE_FIRST -> {
        if (b == '"') {
          state = EXT_QUOTED;
        } else if (Tokens.isTokenByte(b)) {
          state = EXT_VALUE;
        } else if (b != ' ' && b != '\t') {
          throw badExtension(b);
        }
      }
      case EXT_VALUE -> {
        if (!Tokens.isTokenByte(b)) {
          endOfExtension(b);
        }
      }
      case EXT_QUOTED -> {
        if (b == '"') {
          state = EXT_AFTER;
        } else if (b == '\\') {
          state = EXT_ESCAPED;
        } else if (!Tokens.isValueByte(b)) {
          throw badExtension(b);
        }
      }
      case EXT_ESCAPED -> {
        if (!Tokens.isValueByte(b)) {
          throw badExtension(b);
        }
        state = EXT_QUOTED;
      }
      case EXT_AFTER -> endOfExtension(b);
      default -> throw new IllegalStateException("state " + state);
    }
  }

  private void endOfExtension(byte b) throws ProtocolException {
    if (b == '\r') {
      state = SIZE_LF;
    } else if (b == ';') {
      state = EXT_NAME_FIRST;
    } else {
      throw badExtension(b);
    }
  }

  private void countExtension() throws ProtocolException {
    if (++extensionBytes > MAX_EXTENSION_BYTES) {
      throw bad("chunk extensions: more than " + MAX_EXTENSION_BYTES + " bytes");
    }
  }

  private boolean readTrailers(Buffer in) throws ProtocolException {
    int length = in.readable();
    if (length >= 2 && in.at(in.start) == '\r' && in.at(in.start + 1) == '\n') {
      in.start += 2;
      state = OVER;
      return true;
    }
    if (!hasLineEnd(in)) {
      if (length > limits.maxHeadBytes()) {
        throw bad("trailers: longer than " + limits.maxHeadBytes() + " bytes");
      }
      return false;
    }
    byte[] bytes = new byte[length];
    in.copyOut(in.start, bytes, 0, length);
    var fields = Headers.over(bytes, length);
    int used = new HeadParser(limits, true).parseTrailers(bytes, length, fields);
    if (used == 0) {
      return false;
    }
    in.start += used;
    state = OVER;
    for (int i = fields.size() - 1; i >= 0; i--) {
      if (ForbiddenTrailers.contains(HeaderName.of(fields.name(i)).text())) {
        fields.removeAt(i);
      }
    }
    trailers = fields.isEmpty() || !keepTrailers ? null : fields;
    return true;
  }

  /** Whether a line has ended since the last look: parsing again is worth it only then. */
  private boolean hasLineEnd(Buffer in) {
    int length = in.readable();
    boolean found = false;
    for (int i = Math.min(seen, length); i < length && !found; i++) {
      found = in.at(in.start + i) == '\n';
    }
    seen = length;
    return found;
  }

  private static void expect(byte b, char wanted, String where) throws ProtocolException {
    if (b != wanted) {
      throw bad(where + ": byte " + (b & 0xff) + " (expected: CR LF)");
    }
  }

  private static ProtocolException badExtension(byte b) {
    return bad("chunk extension: byte " + (b & 0xff) + " (expected: ;name=value)");
  }

  private static ProtocolException bad(String message) {
    return new ProtocolException(400, "http1.codec_error", message);
  }
}
