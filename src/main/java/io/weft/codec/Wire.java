package io.weft.codec;

import io.weft.carrier.Carrier;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.NetTimeoutException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The two directions of a connection as a codec uses them: a channel, or what network filters have
 * made of one. Reads keep one buffer, borrowed while it holds bytes; nothing is held while a thread
 * waits for the first byte. Confined to the carrier of the channel; one thread reads, one may
 * write.
 */
public final class Wire {
  /** Asked for when a head is awaited: enough for a head with a body of 16 KiB. */
  private static final int HEAD_BYTES = 20 * 1024;

  private final Channel channel;
  private final @Nullable Reader reader;
  private final @Nullable Writer writer;
  private @Nullable Buffer in;

  /** Reads bytes that a network filter has changed. */
  @FunctionalInterface
  public interface Reader {
    int read(ByteBuffer target) throws IOException;
  }

  /** Writes bytes that a network filter is to change. */
  @FunctionalInterface
  public interface Writer {
    void write(ByteBuffer source) throws IOException;
  }

  /** A wire that is the channel itself. */
  public Wire(Channel channel) {
    this(channel, null, null);
  }

  /** A wire whose bytes pass these; null for the channel's own. */
  public Wire(Channel channel, @Nullable Reader reader, @Nullable Writer writer) {
    this.channel = channel;
    this.reader = reader;
    this.writer = writer;
  }

  /** The channel below. */
  public Channel channel() {
    return channel;
  }

  /** Whether what is read are the channel's bytes, so that they may be moved past the codec. */
  public boolean readsChannel() {
    return reader == null;
  }

  /** Whether what is written goes to the channel as it is. */
  public boolean writesChannel() {
    return writer == null;
  }

  /** The bytes read and not consumed; null if there are none. */
  public @Nullable Buffer input() {
    Buffer buffer = in;
    return buffer == null || buffer.isEmpty() ? null : buffer;
  }

  /** Number of bytes read and not consumed. */
  public int buffered() {
    return in == null ? 0 : in.readable();
  }

  /** Gives the buffer back if nothing is in it. */
  public void releaseIfEmpty() {
    Buffer buffer = in;
    if (buffer != null && buffer.isEmpty()) {
      in = null;
      buffer.release();
    }
  }

  /** Gives the buffer back, whatever is in it. */
  public void release() {
    Buffer buffer = in;
    if (buffer != null) {
      in = null;
      buffer.release();
    }
  }

  /**
   * Reads more bytes behind those that are there; blocks until there is at least one.
   *
   * @return the number of bytes, or -1 at the end
   */
  public int fill(Timeouts limits) throws IOException {
    return fill(Buffer.SIZE, limits);
  }

  /**
   * As {@link #fill(Timeouts)} for a head: most are whole then, with a small body. The rest of a
   * large one is left to be relayed without copying.
   */
  public int fillHead(Timeouts limits) throws IOException {
    return fill(HEAD_BYTES, limits);
  }

  private int fill(int most, Timeouts limits) throws IOException {
    if (reader == null && !channel.isReadable()) {
      releaseIfEmpty();
      while (true) {
        try {
          channel.awaitReadable(limits.next());
          break;
        } catch (NetTimeoutException e) {
          if (limits.isOver(Carrier.current().nowNanos())) {
            throw e;
          }
        }
      }
    }
    int count = -1;
    try {
      count = read(inputWithRoom(), most, limits);
    } finally {
      if (count < 0) {
        // Another thread may have ended the stream meanwhile: nobody would come for the buffer.
        releaseIfEmpty();
      }
    }
    limits.active(Carrier.current().nowNanos());
    return count;
  }

  private int read(Buffer buffer, int most, Timeouts limits) throws IOException {
    if (reader == null) {
      return channel.read(buffer, most, limits.next());
    }
    ByteBuffer view = buffer.bytes();
    view.limit(Buffer.SIZE).position(buffer.end);
    int count = reader.read(view);
    if (count > 0) {
      buffer.end += count;
    }
    return count;
  }

  /** Reads what is there without waiting; 0 if nothing is, -1 at the end. */
  public int tryFill() throws IOException {
    if (reader != null || !channel.isReadable()) {
      return 0;
    }
    return channel.tryRead(inputWithRoom());
  }

  /**
   * Reads what is there, outside any thread, for the thread that reads next; nothing where there is
   * no buffer, or no room in it.
   *
   * @throws IOException if the peer has reset the connection
   */
  public void probe() throws IOException {
    if (reader != null) {
      return;
    }
    if (!channel.isBare()) {
      channel.probe();
      return;
    }
    Buffer buffer = in;
    if (buffer == null) {
      buffer = Buffer.tryBorrow();
      in = buffer;
    }
    if (buffer == null || buffer.writable() == 0) {
      return;
    }
    try {
      channel.tryRead(buffer);
    } finally {
      releaseIfEmpty();
    }
  }

  /** How many bytes could be read behind those that are there, without moving them. */
  public int room() {
    return in == null ? Buffer.SIZE : in.writable();
  }

  private Buffer inputWithRoom() throws IOException {
    Buffer buffer = in;
    if (buffer == null) {
      buffer = Buffer.borrow();
      in = buffer;
    } else if (buffer.isEmpty()) {
      buffer.clear();
    } else if (buffer.writable() == 0 || buffer.start > Buffer.SIZE / 2) {
      buffer.compact();
    }
    return buffer;
  }

  /** Writes and consumes all of {@code from}; blocks while the peer does not take it. */
  public void write(Buffer from, Timeouts limits) throws IOException {
    if (writer != null) {
      ByteBuffer view = from.bytes();
      view.limit(from.end).position(from.start);
      writer.write(view);
      from.start = from.end;
      view.clear();
      return;
    }
    while (true) {
      try {
        channel.write(from, limits.next());
        limits.active(Carrier.current().nowNanos());
        return;
      } catch (NetTimeoutException e) {
        if (limits.isOver(Carrier.current().nowNanos())) {
          throw e;
        }
      }
    }
  }

  /** Writes and consumes {@code first}, then {@code second}, in one call where it can. */
  public void write(Buffer first, Buffer second, Timeouts limits) throws IOException {
    if (writer != null) {
      write(first, limits);
      write(second, limits);
      return;
    }
    while (true) {
      try {
        channel.write(first, second, limits.next());
        limits.active(Carrier.current().nowNanos());
        return;
      } catch (NetTimeoutException e) {
        if (limits.isOver(Carrier.current().nowNanos())) {
          throw e;
        }
      }
    }
  }

  /** Moves at most {@code maxBytes} to another wire past both codecs; -1 at the end. */
  public long relayTo(Wire to, long maxBytes, Timeouts limits) throws IOException {
    while (true) {
      try {
        long moved = channel.relayTo(to.channel, maxBytes, limits.next());
        limits.active(Carrier.current().nowNanos());
        return moved;
      } catch (NetTimeoutException e) {
        if (limits.isOver(Carrier.current().nowNanos())) {
          throw e;
        }
      }
    }
  }
}
