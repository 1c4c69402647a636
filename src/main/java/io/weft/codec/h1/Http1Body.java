package io.weft.codec.h1;

import io.weft.codec.BodyBrokenException;
import io.weft.codec.ProtocolException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.net.Buffer;
import io.weft.net.CanceledException;
import io.weft.net.Security;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a message as it comes off a wire, framed by a length, by chunks, or by the end of the
 * connection. Read by one thread of the carrier.
 */
final class Http1Body extends Body {
  /** What happens to a body, for the stream it belongs to; called once. */
  interface Watcher {
    /** The body has been read to its end. */
    void onBodyEnd();

    /** Nobody wants the rest, or it cannot be read: the connection cannot be used again. */
    void onBodyAbandoned();

    /** The first read is about to wait: the sender may wait for an invitation. */
    default void beforeWaiting() throws IOException {}
  }

  /** Worth reading to keep a connection. */
  private static final int MAX_DROPPED_BYTES = 64 * 1024;

  private final Wire wire;
  private final Timeouts limits;
  private final boolean ofRequest;
  private final Watcher watcher;
  private final long length;
  private final boolean announced;
  private final @Nullable ChunkedDecoder chunks;
  private long left;
  private boolean begun;
  private boolean over;
  private boolean abandoned;
  private long bytesRead;

  private Http1Body(
      Wire wire,
      Timeouts limits,
      boolean ofRequest,
      Watcher watcher,
      long length,
      boolean announced,
      @Nullable ChunkedDecoder chunks) {
    this.wire = wire;
    this.limits = limits;
    this.ofRequest = ofRequest;
    this.watcher = watcher;
    this.length = length;
    this.left = length;
    this.announced = announced;
    this.chunks = chunks;
  }

  /** A body of {@code length} bytes, at least one. */
  static Http1Body ofLength(
      Wire wire, Timeouts limits, boolean ofRequest, Watcher watcher, long length) {
    return new Http1Body(wire, limits, ofRequest, watcher, length, false, null);
  }

  /** A body in chunks. */
  static Http1Body chunked(
      Wire wire,
      Timeouts limits,
      boolean ofRequest,
      Watcher watcher,
      HeadLimits trailerLimits,
      boolean keepTrailers) {
    return new Http1Body(
        wire,
        limits,
        ofRequest,
        watcher,
        -1,
        false,
        new ChunkedDecoder(trailerLimits, keepTrailers));
  }

  /**
   * The body of a response that ends with its connection. Over TLS the host is to announce that
   * end, else anybody on the way could cut the body short (RFC 9112 9.8).
   */
  static Http1Body untilClose(Wire wire, Timeouts limits, Watcher watcher) {
    return new Http1Body(wire, limits, false, watcher, -1, true, null);
  }

  /**
   * What comes through a tunnel, up to the end of its connection; what it is worth is for those to
   * tell who speak through it. Nothing of it is read before somebody asks.
   */
  static Http1Body tunnel(Wire wire, Timeouts limits, boolean ofRequest, Watcher watcher) {
    return new Http1Body(wire, limits, ofRequest, watcher, -1, false, null);
  }

  /** Whether it ends with its connection. */
  boolean isUntilClose() {
    return length < 0 && chunks == null;
  }

  /** Whether somebody has asked for a byte of it. */
  boolean isBegun() {
    return begun;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public @Nullable Headers trailers() {
    return over && chunks != null ? chunks.trailers() : null;
  }

  boolean isOver() {
    return over;
  }

  /** Data bytes read so far. */
  long bytesRead() {
    return bytesRead;
  }

  /** The wire it comes from. */
  Wire wire() {
    return wire;
  }

  /** The bytes left if they may be moved past the codec, else 0. */
  long relayable() {
    if (chunks != null || abandoned || !wire.readsChannel() || wire.buffered() > 0) {
      return 0;
    }
    return length < 0 ? Long.MAX_VALUE : left;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = readNow(target);
    while (count == 0 && target.hasRemaining()) {
      fill();
      count = readNow(target);
    }
    return count;
  }

  @Override
  public int readNow(ByteBuffer target) throws IOException {
    int there = next();
    if (there <= 0) {
      return there;
    }
    Buffer in = wire.input();
    int count = Math.min(there, target.remaining());
    if (in != null && count > 0) {
      target.put(target.position(), in.bytes().clear(), in.start, count);
      target.position(target.position() + count);
      consumed(count);
    }
    return count;
  }

  /**
   * The number of data bytes at the start of the wire's input, 0 if more must be read first, -1 at
   * the end. Never waits.
   */
  int next() throws IOException {
    begun = true;
    if (over) {
      return -1;
    }
    if (abandoned) {
      throw new BodyBrokenException(ofRequest, new EOFException("closed"));
    }
    int there = there();
    if (there == 0 && wire.buffered() == 0) {
      int count;
      try {
        count = wire.tryFill();
      } catch (IOException e) {
        throw broken(e);
      }
      if (count < 0) {
        end();
      }
      there = there();
    } else if (there > 0 && chunks == null && there < left && left - there <= wire.room()) {
      // the rest of a body that came with its head: one write for all of it
      try {
        if (wire.tryFill() > 0) {
          there = there();
        }
      } catch (IOException e) {
        throw broken(e);
      }
    }
    return there;
  }

  /** Drops what is there without waiting, unless somebody has begun to read. */
  void dropAtHand() {
    if (begun) {
      return;
    }
    try {
      while (bytesRead < MAX_DROPPED_BYTES) {
        int there = next();
        if (there <= 0) {
          return;
        }
        consumed(there);
      }
    } catch (IOException e) {
      // It is broken, and known as abandoned now.
    }
  }

  private int there() throws IOException {
    if (over) {
      return -1;
    }
    Buffer in = wire.input();
    if (in == null) {
      return 0;
    }
    if (chunks == null) {
      return length < 0 ? in.readable() : (int) Math.min(left, in.readable());
    }
    try {
      int there = chunks.next(in);
      if (there == ChunkedDecoder.END) {
        finish();
      }
      return there;
    } catch (ProtocolException e) {
      throw broken(e);
    }
  }

  /** The caller has taken {@code count} bytes from the start of the wire's input. */
  void consumed(int count) {
    Buffer in = wire.input();
    if (in != null) {
      in.start += count;
    }
    counted(count);
    if (chunks != null) {
      chunks.consumed(count);
    }
  }

  /** The caller has moved {@code count} bytes past the input. */
  void counted(long count) {
    bytesRead += count;
    if (length >= 0) {
      left -= count;
      if (left == 0) {
        finish();
      }
    }
  }

  /** To be called before bytes are awaited past {@link #fill}. */
  void beforeWaiting() throws IOException {
    begun = true;
    try {
      watcher.beforeWaiting();
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** Reads more input; blocks until there is some, or the end has been told. */
  void fill() throws IOException {
    try {
      watcher.beforeWaiting();
      if (wire.fill(limits) < 0) {
        end();
      }
    } catch (BodyBrokenException e) {
      throw e;
    } catch (CanceledException e) {
      if (ofRequest) {
        throw new BodyBrokenException(true, e); // nothing was read: another try may go on
      }
      throw broken(e);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** The peer has ended its side. */
  void end() throws IOException {
    if (isUntilClose()) {
      Security security = announced ? wire.channel().security() : null;
      if (security != null && !security.endedCleanly()) {
        throw broken(new EOFException("ended without close_notify"));
      }
      finish();
    } else {
      throw broken(
          new EOFException(
              chunks == null
                  ? "ended " + left + " bytes before its length"
                  : "ended before its last chunk"));
    }
  }

  BodyBrokenException broken(IOException reason) {
    abandon();
    return new BodyBrokenException(ofRequest, reason);
  }

  private void finish() {
    over = true;
    watcher.onBodyEnd();
  }

  private void abandon() {
    if (!over && !abandoned) {
      abandoned = true;
      watcher.onBodyAbandoned();
    }
  }

  @Override
  public void close() {
    abandon();
  }
}
