package io.weft.codec.h1;

import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.BodyTooLargeException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.NetException;
import io.weft.net.NetTimeoutException;
import io.weft.net.ResetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one message to a wire: its head, its body in one of the framings, its trailers. A short
 * body that is at hand goes out in one write with its head. One thread at a time.
 */
final class Http1Output {
  /** Up to here data is copied behind what waits to be written; above, both are gathered. */
  private static final int COPY_BYTES = 16 * 1024;

  /** From here on bytes are moved past the codec. */
  private static final long RELAY_BYTES = 32 * 1024;

  /** Room kept for the framing around one chunk. */
  private static final int CHUNK_ROOM = 16;

  private static final byte[] HEX =
      "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final Wire wire;
  private final Timeouts limits;
  private final boolean properCase;
  private @Nullable Buffer pending;
  private long bodyBytes;
  private long firstByteNanos = -1;

  /** How the length of a body is told. */
  enum Framing {
    NONE,
    LENGTH,
    CHUNKED,
    CLOSE
  }

  Http1Output(Wire wire, Timeouts limits, boolean properCase) {
    this.wire = wire;
    this.limits = limits;
    this.properCase = properCase;
  }

  /** Data bytes written so far, framing apart. */
  long bodyBytes() {
    return bodyBytes;
  }

  /** When the first write began (System.nanoTime), or -1. */
  long firstByteNanos() {
    return firstByteNanos;
  }

  /** What waits to be written; borrowed at the first call. */
  Buffer out() throws IOException {
    Buffer buffer = pending;
    if (buffer == null) {
      buffer = Buffer.borrow();
      pending = buffer;
    }
    return buffer;
  }

  /** Gives back what was borrowed; what has not been written is lost. */
  void release() {
    Buffer buffer = pending;
    if (buffer != null) {
      pending = null;
      buffer.release();
    }
  }

  /** Forgets a message of which nothing has been written. */
  void discard() {
    release();
    bodyBytes = 0;
  }

  /** Writes what waits. */
  void flush() throws IOException {
    Buffer buffer = pending;
    if (buffer != null) {
      started();
      wire.write(buffer, limits);
      pending = null;
      buffer.release();
    }
  }

  private void started() {
    if (firstByteNanos < 0) {
      firstByteNanos = Carrier.current().nowNanos();
    }
  }

  /** Tells the peer that nothing more comes. */
  void end() throws IOException {
    wire.channel().shutdownOutput();
  }

  /** Appends bytes, writing first what would leave no room. */
  void append(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, out().writable());
      out().copyIn(bytes, at, count);
      at += count;
      left -= count;
      if (left > 0) {
        flush();
      }
    }
  }

  /** Appends the fields as lines, and the empty line behind them. */
  void appendFields(Headers headers) throws IOException {
    if (properCase) {
      headers.properCase();
    }
    int length = headers.wireLength();
    if (length + 2 <= out().writable()) {
      Buffer out = out();
      ByteBuffer bytes = out.bytes().clear();
      out.end = headers.writeLines(bytes, out.end);
    } else {
      for (int i = 0; i < headers.size(); i++) {
        byte[] bytes = headers.bytes();
        append(bytes, headers.nameOffset(i), headers.nameLength(i));
        append(COLON, 0, 2);
        append(bytes, headers.valueOffset(i), headers.valueLength(i));
        append(LINE_END, 0, 2);
      }
    }
    append(LINE_END, 0, 2);
  }

  private static final byte[] COLON = {':', ' '};
  private static final byte[] LINE_END = {'\r', '\n'};

  /**
   * Appends of the body what is at hand and fits; writes nothing.
   *
   * @return whether the body is complete
   */
  boolean appendAtHand(Body body, Framing framing) throws IOException {
    if (framing == Framing.NONE) {
      return true;
    }
    while (true) {
      int room = out().writable() - CHUNK_ROOM;
      if (room <= 0 || out().readable() >= COPY_BYTES) {
        return false;
      }
      int count = appendData(body, framing, Math.min(room, COPY_BYTES), false);
      if (count < 0) {
        appendEnd(body, framing);
        return true;
      }
      if (count == 0) {
        return false;
      }
    }
  }

  /** Writes all of the body, reading it to its end, and its trailers. */
  void writeBody(Body body, Framing framing) throws IOException {
    if (framing == Framing.NONE) {
      flush();
      return;
    }
    if (body instanceof Http1Body wired) {
      writeWired(wired, framing);
    } else {
      writeAny(body, framing);
    }
    appendEnd(body, framing);
    flush();
  }

  private void writeAny(Body body, Framing framing) throws IOException {
    while (true) {
      if (out().readable() >= COPY_BYTES) {
        flush();
      }
      int count = appendData(body, framing, Buffer.SIZE, false);
      if (count == 0) {
        flush();
        count = appendData(body, framing, Buffer.SIZE, true);
      }
      if (count < 0) {
        return;
      }
    }
  }

  /** Bytes of a wire: gathered from the buffer they were read into, or moved past the codec. */
  private void writeWired(Http1Body body, Framing framing) throws IOException {
    while (true) {
      // asked before next(), which would read what is there into a buffer
      if (framing != Framing.CHUNKED && wire.writesChannel() && body.relayable() >= RELAY_BYTES) {
        flush();
        relay(body);
      }
      int there = body.next();
      if (there < 0) {
        return;
      }
      if (there == 0) {
        flush();
        body.fill();
      } else if (there > COPY_BYTES) {
        writeThrough(body, there, framing);
      } else {
        if (out().writable() < there + CHUNK_ROOM) {
          flush();
        }
        appendData(body, framing, there, false);
        if (out().readable() >= COPY_BYTES) {
          flush();
        }
      }
    }
  }

  private void relay(Http1Body body) throws IOException {
    body.beforeWaiting();
    body.wire().releaseIfEmpty();
    while (!body.isOver()) {
      relayOnce(body);
    }
  }

  private void relayOnce(Http1Body body) throws IOException {
    long moved;
    try {
      moved = body.wire().relayTo(wire, body.relayable(), limits);
    } catch (IOException e) {
      if (isOf(body.wire().channel(), e)) {
        throw body.broken(e);
      }
      throw e;
    }
    if (moved < 0) {
      body.end();
    } else {
      body.counted(moved);
      bodyBytes += moved;
    }
  }

  /**
   * Writes what is at hand of a body that goes through a tunnel, past the codec, and lets its wire
   * be idle without a thread then.
   *
   * @param more runs when there is more
   * @return whether that was the end; if not, {@code more} will run
   * @throws NetTimeoutException if nothing has come either way for too long
   */
  boolean relayAtHand(Http1Body body, Runnable more) throws IOException {
    while (body.wire().buffered() > 0) {
      writeThrough(body, body.next(), Framing.CLOSE);
    }
    flush();
    body.beforeWaiting();
    body.wire().releaseIfEmpty();
    Channel from = body.wire().channel();
    while (true) {
      if (body.isOver()) {
        return true;
      }
      if (from.isReadable()) {
        relayOnce(body);
      } else if (limits.isOver(Carrier.current().nowNanos())) {
        throw new NetTimeoutException("relay from " + from + ": time out");
      } else if (from.detach(more, limits.next())) {
        return false;
      }
    }
  }

  /** Either side may have failed; the side that is closed or reset tells which. */
  private boolean isOf(Channel source, IOException e) {
    if (e instanceof ResetException reset) {
      return reset.isOf(source);
    }
    if (!source.isOpen()) {
      return wire.channel().isOpen();
    }
    return source.peerClosed() && !wire.channel().peerClosed();
  }

  /** One write for what waits, the chunk's size, and data straight from the input buffer. */
  private void writeThrough(Http1Body body, int there, Framing framing) throws IOException {
    Buffer in = java.util.Objects.requireNonNull(body.wire().input());
    if (framing == Framing.CHUNKED) {
      appendChunkSize(there);
    }
    started();
    int end = in.end;
    int start = in.start;
    in.end = start + there;
    try {
      wire.write(out(), in, limits);
    } finally {
      in.end = end;
      in.start = start;
    }
    out().clear();
    body.consumed(there);
    bodyBytes += there;
    if (framing == Framing.CHUNKED) {
      append(LINE_END, 0, 2);
    }
  }

  private void appendChunkSize(int size) throws IOException {
    Buffer out = out();
    int digits = (35 - Integer.numberOfLeadingZeros(size)) >> 2;
    for (int i = digits - 1; i >= 0; i--) {
      out.put(HEX[size >>> (i << 2) & 15]);
    }
    out.put((byte) '\r');
    out.put((byte) '\n');
  }

  /** Keeps the failure of a filter that made the body apart from those of either connection. */
  private static int read(Body body, ByteBuffer into, boolean wait) throws IOException {
    try {
      return wait ? body.read(into) : body.readNow(into);
    } catch (BodyBrokenException | BodyTooLargeException | NetException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Appends data from the body as one chunk or plain; the count of {@code read}. */
  private int appendData(Body body, Framing framing, int most, boolean wait) throws IOException {
    Buffer out = out();
    ByteBuffer view = out.bytes();
    int frame = framing == Framing.CHUNKED ? 6 : 0;
    int from = out.end + frame;
    int until = Math.min(Buffer.SIZE - CHUNK_ROOM / 2, from + most);
    view.clear().limit(until).position(from);
    int count = read(body, view, wait);
    view.clear();
    if (count <= 0) {
      return count;
    }
    bodyBytes += count;
    if (framing == Framing.LENGTH && bodyBytes > body.length()) {
      throw new IllegalStateException("body longer than its length, " + body.length());
    }
    if (frame > 0) {
      int sizeEnd = from - 2;
      int at = sizeEnd;
      for (int rest = count; rest > 0; rest >>>= 4) {
        view.put(--at, HEX[rest & 15]);
      }
      view.put(sizeEnd, (byte) '\r');
      view.put(sizeEnd + 1, (byte) '\n');
      int gap = at - out.end;
      if (gap > 0) {
        // A short size leaves a gap behind what waits already.
        view.put(out.end, view, at, from + count - at);
      }
      out.end = from + count - gap;
      view.put(out.end++, (byte) '\r');
      view.put(out.end++, (byte) '\n');
    } else {
      out.end = from + count;
    }
    return count;
  }

  private void appendEnd(Body body, Framing framing) throws IOException {
    if (framing == Framing.LENGTH && bodyBytes != body.length()) {
      throw new IllegalStateException(
          "body of " + bodyBytes + " bytes (expected: its length, " + body.length() + ")");
    }
    if (framing != Framing.CHUNKED) {
      return;
    }
    append(LAST_CHUNK, 0, 3);
    Headers trailers = body.trailers();
    if (trailers == null) {
      append(LINE_END, 0, 2);
    } else {
      appendFields(trailers);
    }
  }

  private static final byte[] LAST_CHUNK = {'0', '\r', '\n'};

  /**
   * Decides how a body is framed and says so in the headers.
   *
   * @param mayChunk whether the receiver knows chunks
   * @param mayClose whether the end of the connection may end the body
   */
  static Framing frame(Headers headers, Body body, boolean mayChunk, boolean mayClose) {
    headers.remove(HeaderName.TRANSFER_ENCODING);
    long length = body.length();
    if (length >= 0) {
      int field = headers.find(HeaderName.CONTENT_LENGTH, 0);
      if (field < 0 ? length > 0 : !says(headers, field, length)) {
        headers.set(HeaderName.CONTENT_LENGTH, Long.toString(length));
      }
      return length == 0 ? Framing.NONE : Framing.LENGTH;
    }
    headers.remove(HeaderName.CONTENT_LENGTH);
    if (mayChunk) {
      headers.add("transfer-encoding", "chunked");
      return Framing.CHUNKED;
    }
    if (mayClose) {
      return Framing.CLOSE;
    }
    throw new IllegalStateException("a body of unknown length for a peer that knows no chunks");
  }

  private static boolean says(Headers headers, int field, long length) {
    byte[] bytes = headers.bytes();
    int from = headers.valueOffset(field);
    int count = headers.valueLength(field);
    if (count == 0 || count > 18) {
      return false;
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      int digit = bytes[from + i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    return value == length;
  }
}
