package io.weft.codec.h2;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.net.Buffer;
import io.weft.net.NetTimeoutException;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has to write: control frames and header blocks first, then DATA in the order of
 * the streams' turns. Appending never writes: what was appended while the carrier had other threads
 * to run goes out in one call behind them, without a thread where the system takes it at once, else
 * on a thread of its own until it is out. Holds no buffer while there is nothing to write. Confined
 * to its connection.
 */
final class Http2Output implements Runnable {
  /** DATA that may wait; a stream that wants more waits for its turn. */
  private static final int MAX_DATA = 256 * 1024;

  /** Header blocks that may wait. */
  private static final int MAX_CONTROL = 256 * 1024;

  private static final int USUAL_CONTROL = 16 * 1024;

  /** A frame is begun in a chunk that has room for this much. */
  private static final int LEAST_ROOM = 1024;

  private static final byte[] NONE = new byte[0];
  private static final CarrierLocal<ArrayDeque<byte[]>> SPARE =
      new CarrierLocal<>(carrier -> new ArrayDeque<>(4));

  private final Http2Connection connection;
  private final Wire wire;
  private final Carrier carrier;
  private final long flushNanos;
  private final Timeouts limits = new Timeouts();

  private byte[] control = NONE;
  private int controlEnd;
  private int controlFrames;

  /** Those of them that answer the peer. */
  private int answers;

  private final ArrayDeque<Chunk> data = new ArrayDeque<>(2);
  private int dataFrames;

  /** What the system has not taken, or not all of. */
  private @Nullable Chunk writing;

  /** What a thread writes behind it. */
  private @Nullable Chunk following;

  private final ArrayDeque<Http2Stream> turns = new ArrayDeque<>(2);
  private final ArrayDeque<Http2Stream> headTurns = new ArrayDeque<>(0);
  private boolean scheduled;
  private boolean threaded;
  private boolean closed;

  Http2Output(Http2Connection connection, Wire wire, long flushNanos) {
    this.connection = connection;
    this.wire = wire;
    this.flushNanos = flushNanos;
    carrier = wire.channel().carrier();
  }

  // control frames and header blocks

  /**
   * Room for a frame or block of at most {@code bytes}, which is to be written to the array this
   * returns from {@link #controlEnd} on and then taken with {@link #wrote}; without a park between.
   */
  byte[] room(int bytes) {
    int needed = controlEnd + bytes;
    if (needed > control.length) {
      byte[] spare = control.length == 0 ? SPARE.get().pollFirst() : null;
      if (spare != null && spare.length >= needed) {
        control = spare;
      } else {
        control =
            java.util.Arrays.copyOf(
                control, Math.max(Math.max(needed, control.length * 2), USUAL_CONTROL));
      }
    }
    return control;
  }

  int controlEnd() {
    return controlEnd;
  }

  /** The array holds one frame more, up to {@code end}. */
  void wrote(int end) {
    controlEnd = end;
    controlFrames++;
    schedule();
  }

  /** The same of a frame with which the peer can make this side fill its memory. */
  void answered(int end) {
    answers++;
    wrote(end);
  }

  /** PING, SETTINGS and RST_STREAM that are not with the system yet. */
  int answers() {
    return answers;
  }

  int frames() {
    return controlFrames + dataFrames;
  }

  /** Whether another header block may be appended. */
  boolean hasControlRoom() {
    return controlEnd < MAX_CONTROL && frames() < connection.options.maxOutboundFrames();
  }

  /** Blocks until there is, or may be, room for another header block. */
  void awaitControlRoom(Http2Stream stream, Timeouts of) throws IOException {
    headTurns.addLast(stream);
    try {
      stream.awaitSend(of);
      stream.checkSending();
    } finally {
      headTurns.remove(stream);
    }
  }

  // DATA

  private boolean hasRoom() {
    return data.size() * Buffer.SIZE <= MAX_DATA
        && frames() < connection.options.maxOutboundFrames();
  }

  /** Whether no DATA waits, nor a stream that has some. */
  boolean isIdle() {
    return data.isEmpty() && turns.isEmpty();
  }

  /** Whether DATA of any stream waits, so that what must not overtake it goes behind it. */
  boolean hasData() {
    return !data.isEmpty();
  }

  /** Blocks until it is the stream's turn to append a frame and its windows are open. */
  void awaitTurn(Http2Stream stream, Timeouts of) throws IOException {
    boolean queued = false;
    try {
      while (true) {
        stream.checkSending();
        if (stream.sendWindow <= 0) {
          // It waits apart, so that it holds back nobody.
          if (queued) {
            queued = false;
            leave(stream);
          }
          stream.awaitSend(of);
          continue;
        }
        Http2Stream first = turns.peekFirst();
        if (hasRoom() && connection.sendWindow > 0 && (first == null || isSame(first, stream))) {
          return;
        }
        if (!queued) {
          queued = true;
          turns.addLast(stream);
          passTurn();
        }
        stream.awaitSend(of);
      }
    } finally {
      if (queued) {
        leave(stream);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // streams are what they are
  private static boolean isSame(Http2Stream one, Http2Stream other) {
    return one == other;
  }

  private void leave(Http2Stream stream) {
    turns.remove(stream);
    passTurn();
  }

  /** Wakes the stream whose turn it is, if it can do something. */
  void passTurn() {
    if (!headTurns.isEmpty() && hasControlRoom()) {
      headTurns.forEach(Http2Stream::wakeSender);
    }
    Http2Stream next = turns.peekFirst();
    if (next != null && (next.isReset() || (hasRoom() && connection.sendWindow > 0))) {
      next.wakeSender();
    }
  }

  /**
   * A chunk to append a frame to, which is the caller's until {@link #unclaim}. May wait for a
   * buffer.
   */
  Chunk claim() throws IOException {
    Chunk tail = data.peekLast();
    if (tail == null || tail.claimed || tail.buffer.writable() < Frame.HEADER_BYTES + LEAST_ROOM) {
      tail = new Chunk(Buffer.borrow());
      if (closed) {
        tail.buffer.release();
        throw connection.closed();
      }
      data.addLast(tail);
    }
    tail.claimed = true;
    return tail;
  }

  void unclaim(Chunk chunk) {
    chunk.claimed = false;
    if (closed) {
      release(chunk);
    } else if (chunk.buffer.isEmpty()) {
      data.remove(chunk);
      chunk.buffer.release();
    }
  }

  /** A frame was appended to a claimed chunk. */
  void appended(Chunk chunk, int bytes) {
    if (closed) {
      return;
    }
    chunk.buffer.end += bytes;
    chunk.frames++;
    dataFrames++;
    connection.stats.pendingSendBytes.add(bytes);
    schedule();
  }

  /** Appends bytes that must not overtake the DATA that waits. May wait for a buffer. */
  void appendBehindData(byte[] frame, int length) throws IOException {
    int at = 0;
    while (at < length) {
      Chunk chunk = claim();
      try {
        int count = Math.min(length - at, chunk.buffer.writable());
        chunk.buffer.copyIn(frame, at, count);
        connection.stats.pendingSendBytes.add(count);
        at += count;
        if (at == length) {
          chunk.frames++;
          dataFrames++;
        }
      } finally {
        unclaim(chunk);
      }
    }
    schedule();
  }

  /**
   * As {@link #appendBehindData} of a few bytes, from outside a thread: without a wait.
   *
   * @return whether there was a place for it
   */
  boolean tryAppendBehindData(byte[] frame, int length) {
    Chunk tail = data.peekLast();
    if (tail == null || tail.claimed || tail.buffer.writable() < length) {
      Buffer buffer = Buffer.tryBorrow();
      if (buffer == null) {
        return false;
      }
      tail = new Chunk(buffer);
      data.addLast(tail);
    }
    tail.buffer.copyIn(frame, 0, length);
    connection.stats.pendingSendBytes.add(length);
    tail.frames++;
    dataFrames++;
    schedule();
    return true;
  }

  // writing

  private void schedule() {
    if (!scheduled && !threaded && !closed) {
      scheduled = true;
      carrier.execute(this);
    }
  }

  /** Whether all of it is with the system. */
  boolean isEmpty() {
    return writing == null && following == null && controlEnd == 0 && data.isEmpty();
  }

  /** On the carrier, outside any thread. */
  @Override
  public void run() {
    scheduled = false;
    if (closed || threaded) {
      return;
    }
    boolean out = false;
    try {
      out = isDirect() && writeNow();
    } catch (IOException e) {
      connection.lost();
      return;
    }
    if (out) {
      flushed();
    } else if (!isBlockedByClaim()) {
      threaded = true;
      carrier.start(this::writeAll);
    }
  }

  /** Nothing but a chunk that is being filled is left; whoever fills it schedules the rest. */
  private boolean isBlockedByClaim() {
    Chunk head = data.peekFirst();
    return writing == null && controlEnd == 0 && (head == null || head.claimed);
  }

  private void writeAll() {
    try {
      while (!closed && !isBlockedByClaim()) {
        limits.deadlineNanos(
            flushNanos == Timeouts.NONE ? flushNanos : carrier.nowNanos() + flushNanos);
        if (!isDirect()) {
          writeThrough();
        } else if (writeNow()) {
          break;
        } else if (writing == null) {
          next(true);
        } else {
          wire.channel().awaitWritable(limits.deadlineNanos());
        }
        passTurn();
      }
      threaded = false;
      flushed();
    } catch (NetTimeoutException e) {
      connection.stats.flushTimeout.inc();
      connection.lost();
    } catch (IOException e) {
      connection.lost();
    } finally {
      threaded = false;
      if (closed) {
        releaseWriting();
      }
    }
  }

  /** Whether writes need no thread: nothing stands between this and the socket. */
  private boolean isDirect() {
    return wire.writesChannel() && wire.channel().isBare();
  }

  /** Writes what is next, waiting until it is taken; small heads go with the data behind them. */
  private void writeThrough() throws IOException {
    Chunk first = next(true);
    if (first == null) {
      return;
    }
    Chunk second = controlEnd == 0 ? data.peekFirst() : null;
    if (second == null || second.claimed) {
      wire.write(first.buffer, limits);
      wrote(first);
    } else {
      data.removeFirst();
      following = second;
      wire.write(first.buffer, second.buffer, limits);
      wrote(first);
      following = null;
      wrote(second);
    }
  }

  /** Writes what the system takes; true if that was all. */
  private boolean writeNow() throws IOException {
    while (true) {
      Chunk first = next(false);
      if (first == null) {
        return isEmpty();
      }
      Chunk second = controlEnd == 0 ? data.peekFirst() : null;
      if (second == null || second.claimed) {
        int length = first.buffer.readable();
        if (wire.channel().tryWrite(first.buffer) < length) {
          return false;
        }
        wrote(first);
      } else {
        data.removeFirst();
        following = second; // where the write fails, whoever closes lets go of it
        int length = first.buffer.readable() + second.buffer.readable();
        boolean whole = wire.channel().tryWrite(first.buffer, second.buffer) == length;
        following = null;
        if (first.buffer.isEmpty()) {
          wrote(first);
          writing = second;
          if (second.buffer.isEmpty()) {
            wrote(second);
          }
        } else {
          data.addFirst(second);
        }
        if (!whole) {
          return false;
        }
      }
    }
  }

  /** What is to be written next; null if there is nothing, or no buffer for it without a wait. */
  private @Nullable Chunk next(boolean wait) throws IOException {
    Chunk now = writing;
    if (now != null) {
      return now;
    }
    if (controlEnd > 0) {
      Buffer buffer = wait ? Buffer.borrow() : Buffer.tryBorrow();
      if (buffer == null) {
        return null;
      }
      if (closed) {
        buffer.release();
        throw connection.closed();
      }
      int count = Math.min(controlEnd, Buffer.SIZE);
      buffer.copyIn(control, 0, count);
      controlEnd -= count;
      now = new Chunk(buffer);
      now.control = true;
      now.controls = controlEnd == 0 ? controlFrames : 0;
      now.answers = controlEnd == 0 ? answers : 0;
      if (controlEnd > 0) {
        System.arraycopy(control, count, control, 0, controlEnd);
      }
      writing = now;
      return now;
    }
    now = data.peekFirst();
    if (now == null || now.claimed) {
      return null;
    }
    data.removeFirst();
    writing = now;
    return now;
  }

  private void wrote(Chunk chunk) {
    writing = null;
    dataFrames -= chunk.frames;
    controlFrames -= chunk.controls;
    answers -= chunk.answers;
    if (chunk.control && controlEnd == 0) {
      keepSpare();
    }
    release(chunk);
  }

  private void release(Chunk chunk) {
    if (!chunk.control) {
      connection.stats.pendingSendBytes.add(-chunk.buffer.end);
    }
    chunk.buffer.release();
  }

  private void keepSpare() {
    byte[] array = control;
    control = NONE;
    ArrayDeque<byte[]> spare = SPARE.get();
    if (array.length == USUAL_CONTROL && spare.size() < 4) {
      spare.addFirst(array);
    }
  }

  private void flushed() {
    passTurn();
    connection.onFlushed();
  }

  private void releaseWriting() {
    Chunk now = writing;
    if (now != null) {
      writing = null;
      release(now);
    }
    Chunk behind = following;
    if (behind != null) {
      following = null;
      release(behind);
    }
  }

  /** Drops everything. What a thread is writing, that thread lets go of; the channel is closed. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!threaded) {
      releaseWriting();
    }
    for (Chunk chunk : data) {
      if (!chunk.claimed) {
        release(chunk);
      }
    }
    data.clear();
    control = NONE;
    controlEnd = 0;
    controlFrames = 0;
    answers = 0;
    dataFrames = 0;
  }
}
