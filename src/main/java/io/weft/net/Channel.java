package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.Timed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A connected stream socket, confined to its carrier. One virtual thread may read while another
 * writes. What looks blocking parks the virtual thread, and lets others run after 256 KiB or 16
 * calls without having parked.
 *
 * <p>Deadlines are on {@link System#nanoTime}'s scale, {@link Long#MAX_VALUE} is none. A blocking
 * call throws {@link NetTimeoutException} when its deadline passes, {@link ChannelClosedException}
 * when the channel is closed on this side, also while it waits, {@link ResetException} when the
 * peer has reset the connection, and {@link CanceledException} when its thread is interrupted.
 */
public abstract class Channel extends Timed {
  private static final AtomicLong IDS = new AtomicLong();

  /** A thread reads, writes, or may do so any time. */
  private static final byte ATTACHED = 0;

  /** No thread; the next event starts one. */
  private static final byte DETACHED = 1;

  /** No thread; the next event runs a callback. */
  private static final byte IDLE = 2;

  /** A thread waits for the next event, and for {@link #wake}. */
  private static final byte LINGERING = 3;

  /** What two short writes are joined to: a record. */
  private static final int JOINED_BYTES = 16 * 1024;

  final Carrier carrier;
  private final long id = IDS.incrementAndGet();

  /** A read may find something. Set by events, cleared by the read that finds nothing more. */
  boolean readReady;

  /** A write may be taken. Cleared by the write that was not taken whole. */
  boolean writeReady = true;

  /** The peer will send no more. */
  boolean hangUp;

  /** What the bytes pass on their way from and to the socket; null for nothing. */
  @Nullable Layer layer;

  private boolean timedOut;
  private boolean canceled;
  private byte mode;
  private @Nullable Thread reader;
  private @Nullable Thread writer;
  private @Nullable Runnable onEvent;
  private @Nullable Runnable onReset;
  private long readDeadline = Long.MAX_VALUE;
  private long writeDeadline = Long.MAX_VALUE;
  private long bytesRead;
  private long bytesWritten;
  private @Nullable NetAddress localAddress;
  private @Nullable NetAddress remoteAddress;

  Channel(Carrier carrier, @Nullable NetAddress localAddress, @Nullable NetAddress remoteAddress) {
    this.carrier = carrier;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  // what a poller's implementation does

  /** Receives up to {@code space} bytes; the number of bytes, 0 for none now, -1 at the end. */
  abstract int receive(Buffer into, int space) throws IOException;

  abstract int receive(ByteBuffer into) throws IOException;

  /** Sends readable bytes; the number taken, 0 for none now. */
  abstract int send(Buffer from, boolean more) throws IOException;

  abstract int send(ByteBuffer from) throws IOException;

  abstract int send(Buffer first, Buffer second) throws IOException;

  /** Whether there is nothing to receive, asked of the system. */
  abstract boolean probeEmpty() throws IOException;

  /** A thread or a callback begins to wait for bytes. */
  abstract void wantRead();

  /** A thread begins to wait for room. */
  abstract void wantWrite();

  abstract void closeSocket(boolean reset);

  abstract NetAddress findLocalAddress() throws IOException;

  abstract NetAddress findRemoteAddress() throws IOException;

  abstract void shutdownSocket() throws IOException;

  /** Says that nothing more will be written; the peer reads the end of the stream. */
  public final void shutdownOutput() throws IOException {
    Layer through = layer;
    if (through == null) {
      shutdownSocket();
    } else {
      through.shutdown();
    }
  }

  /** Whether {@link #close} has not been called. */
  public abstract boolean isOpen();

  private void begin() throws CanceledException {
    carrier.yieldIfSpent();
    if (canceled) {
      throw canceled();
    }
  }

  private CanceledException canceled() {
    return new CanceledException(this + ": canceled");
  }

  /**
   * Ends the waits on this channel, and every blocking call until {@link #uncancel}, with a {@link
   * CanceledException}. The socket stays open. From its carrier.
   */
  public final void cancel() {
    canceled = true;
    LockSupport.unpark(reader);
    LockSupport.unpark(writer);
  }

  /** Takes {@link #cancel} back. */
  public final void uncancel() {
    canceled = false;
  }

  // reading

  /**
   * Appends to {@code into}, asking for all its free space; blocks until there is at least one
   * byte. Returns the number of bytes, or -1 at the end of the stream.
   */
  public final int read(Buffer into, long deadlineNanos) throws IOException {
    return read(into, Buffer.SIZE, deadlineNanos);
  }

  /**
   * As {@link #read(Buffer, long)}, asking for at most {@code most} bytes: where what follows is
   * better relayed than copied.
   */
  public final int read(Buffer into, int most, long deadlineNanos) throws IOException {
    begin();
    while (true) {
      int count = tryRead(into, most);
      if (count != 0) {
        return count;
      }
      awaitReadable(deadlineNanos);
    }
  }

  /** As {@link #read(Buffer, long)} without blocking: 0 when there is nothing now. */
  public final int tryRead(Buffer into) throws IOException {
    return tryRead(into, Buffer.SIZE);
  }

  /** As {@link #tryRead(Buffer)}, asking for at most {@code most} bytes. */
  public final int tryRead(Buffer into, int most) throws IOException {
    if (!readReady) {
      return 0;
    }
    if (into.writable() == 0) {
      throw new IllegalArgumentException("no room in the buffer: compact or clear it first");
    }
    int space = Math.min(most, into.writable());
    Layer through = layer;
    int count = through == null ? receive(into, space) : receive(through, into, space);
    if (count > 0) {
      into.end += count;
      bytesRead += count;
      carrier.spend(count);
    }
    return count;
  }

  private static int receive(Layer through, Buffer into, int space) throws IOException {
    ByteBuffer view = into.bytes();
    view.limit(into.end + space).position(into.end);
    return through.receive(view);
  }

  /** As {@link #read(Buffer, long)}, at the buffer's position; any kind of buffer. */
  public final int read(ByteBuffer into, long deadlineNanos) throws IOException {
    if (!into.hasRemaining()) {
      return 0;
    }
    begin();
    while (true) {
      Layer through = layer;
      int count = !readReady ? 0 : through == null ? receive(into) : through.receive(into);
      if (count > 0) {
        countRead(count);
      }
      if (count != 0) {
        return count;
      }
      awaitReadable(deadlineNanos);
    }
  }

  final void countRead(int count) {
    bytesRead += count;
    carrier.spend(count);
  }

  final void countWritten(int count) {
    bytesWritten += count;
    carrier.spend(count);
  }

  /** Blocks until {@link #isReadable}. */
  public final void awaitReadable(long deadlineNanos) throws IOException {
    if (readReady) {
      return;
    }
    Thread me = beginWait(ATTACHED, deadlineNanos);
    try {
      while (true) {
        LockSupport.park();
        if (readReady) {
          return;
        }
        checkWait(me, readDeadline, "read from ");
      }
    } finally {
      endWait();
    }
  }

  private Thread beginWait(byte how, long deadlineNanos) throws CanceledException {
    if (canceled) {
      throw canceled();
    }
    Thread me = parkable();
    if (reader != null || mode != ATTACHED) {
      throw new IllegalStateException(this + " is already waited on for reading");
    }
    reader = me;
    mode = how;
    readDeadline = deadlineNanos;
    carrier.await(this, deadlineNanos);
    wantRead();
    return me;
  }

  private void endWait() {
    reader = null;
    mode = ATTACHED;
    readDeadline = Long.MAX_VALUE;
  }

  /**
   * Waits for the next bytes of a channel that is idle: parks until {@link #isReadable}, {@code
   * untilNanos} or {@link #wake}, and returns whether it is readable.
   */
  public final boolean linger(long untilNanos) throws NetException {
    if (readReady) {
      return true;
    }
    Thread me = beginWait(LINGERING, untilNanos);
    try {
      while (true) {
        LockSupport.park();
        if (readReady) {
          return true;
        }
        if (mode != LINGERING || untilNanos <= carrier.nowNanos()) {
          return false;
        }
        checkWait(me, untilNanos, "read from ");
      }
    } finally {
      endWait();
    }
  }

  /** Moves the deadline of a thread that waits for reading; from its carrier. */
  public final void readDeadline(long deadlineNanos) {
    if (reader != null) {
      readDeadline = deadlineNanos;
      carrier.await(this, deadlineNanos);
    }
  }

  /**
   * Whether a read will not block: there are bytes, an end or an error. A hint: the read may still
   * find nothing.
   */
  public final boolean isReadable() {
    return readReady;
  }

  /**
   * Whether the peer has shut down or reset the connection; bytes it sent before may still be
   * there. Known from epoll at once, from nio only once a read has come upon it.
   */
  public final boolean peerClosed() {
    return hangUp;
  }

  /**
   * Runs {@code callback} on the carrier, outside any virtual thread, when the connection is dead
   * both ways, which a thread waiting elsewhere would not notice. Not called on {@link #close}. One
   * at a time; null takes it back. With nio a read has to find out: see {@link #onUnread}.
   */
  public final void onReset(@Nullable Runnable callback) {
    onReset = callback;
  }

  /** Finds out what has come while nobody reads. */
  @FunctionalInterface
  public interface Probe {
    /** Something has come: bytes, an end or a reset. On the carrier, outside any thread. */
    void onUnread();
  }

  /**
   * Calls {@code probe} once when something has come and no thread waits for it: it is to read,
   * since only a read tells a reset from bytes. With nio alone; epoll tells of a reset by itself.
   * Null takes it back.
   */
  public void onUnread(@Nullable Probe probe) {}

  /** Lets the layer, of a channel that is not {@link #isBare}, take in what the socket has. */
  public final void probe() throws IOException {
    Layer through = layer;
    if (through != null) {
      through.probe();
    }
  }

  /** Whether a thread waits for bytes. */
  final boolean hasReader() {
    return reader != null;
  }

  // writing

  /** Writes and consumes all readable bytes; blocks until the system has taken them. */
  public final void write(Buffer from, long deadlineNanos) throws IOException {
    write(from, false, deadlineNanos);
  }

  /** As {@link #write(Buffer, long)}; with {@code more} a last short packet waits for the next. */
  public final void write(Buffer from, boolean more, long deadlineNanos) throws IOException {
    begin();
    if (layer != null) {
      writeThrough(from, deadlineNanos);
      return;
    }
    while (from.start < from.end) {
      if (!writeReady) {
        awaitWritable(deadlineNanos);
      }
      consume(from, send(from, more));
    }
  }

  private void writeThrough(Buffer from, long deadlineNanos) throws IOException {
    while (true) {
      if (!writeReady) {
        awaitWritable(deadlineNanos);
      }
      Layer through = layer;
      if (through == null) { // it went while the thread waited: what it held is out
        write(from, deadlineNanos);
        return;
      }
      if (through.flush()) {
        if (from.isEmpty()) {
          return;
        }
        consume(from, through.send(view(from)));
      }
    }
  }

  private static ByteBuffer view(Buffer from) {
    return from.bytes().limit(from.end).position(from.start);
  }

  /** A head and a body in one record: two would cost the reader a second decryption. */
  private void writeThrough(Buffer first, Buffer second, long deadlineNanos) throws IOException {
    if (second.start < second.end && first.readable() <= JOINED_BYTES / 2) {
      Buffer joined = Buffer.borrow();
      try {
        joined.copyIn(first, first.start, first.readable());
        int ofSecond = Math.min(second.readable(), JOINED_BYTES - joined.end);
        joined.copyIn(second, second.start, ofSecond);
        // taken at once: a write that is tried again after a time-out must not send them twice
        if (writeReady && layer != null && layer.flush() && writeReady) {
          int count = layer.send(view(joined));
          int ofFirst = Math.min(count, first.readable());
          consume(first, ofFirst);
          consume(second, count - ofFirst);
        }
      } finally {
        joined.release();
      }
    }
    writeThrough(first, deadlineNanos);
    writeThrough(second, deadlineNanos);
  }

  /** Writes and consumes all of {@code first}, then all of {@code second}, as one where it can. */
  public final void write(Buffer first, Buffer second, long deadlineNanos) throws IOException {
    begin();
    if (layer != null) {
      writeThrough(first, second, deadlineNanos);
      return;
    }
    while (first.start < first.end) {
      if (second.start == second.end) {
        write(first, false, deadlineNanos);
        return;
      }
      if (!writeReady) {
        awaitWritable(deadlineNanos);
      }
      int count = send(first, second);
      int ofFirst = Math.min(count, first.readable());
      consume(first, ofFirst);
      second.start += count - ofFirst;
      bytesWritten += count - ofFirst;
    }
    if (second.start < second.end) {
      write(second, false, deadlineNanos);
    }
  }

  /** Writes and consumes what one non-blocking send takes; returns the number of bytes. */
  public final int tryWrite(Buffer from) throws IOException {
    if (!writeReady || from.start == from.end) {
      return 0;
    }
    Layer through = layer;
    int count;
    if (through == null) {
      count = send(from, false);
    } else {
      count = through.flush() ? through.send(view(from)) : 0;
    }
    consume(from, count);
    return count;
  }

  /**
   * Whether what is written goes to the socket as it is: what {@link #tryWrite(Buffer)} has taken
   * is then with the system.
   */
  public final boolean isBare() {
    return layer == null;
  }

  /**
   * As {@link #tryWrite(Buffer)}, of {@code first} and then {@code second}; neither is empty, and
   * the channel {@link #isBare}.
   */
  public final int tryWrite(Buffer first, Buffer second) throws IOException {
    if (!writeReady) {
      return 0;
    }
    int count = send(first, second);
    int ofFirst = Math.min(count, first.readable());
    first.start += ofFirst;
    second.start += count - ofFirst;
    countWritten(count);
    return count;
  }

  private void consume(Buffer from, int count) {
    from.start += count;
    countWritten(count);
  }

  /** Writes from position to limit; any kind of buffer. */
  public final void write(ByteBuffer from, long deadlineNanos) throws IOException {
    while (from.hasRemaining() || (layer != null && layer.hasPending())) {
      begin();
      if (!writeReady) {
        awaitWritable(deadlineNanos);
      }
      Layer through = layer;
      if (through == null) {
        countWritten(send(from));
      } else if (through.flush() && from.hasRemaining()) {
        countWritten(through.send(from));
      }
    }
  }

  /** Blocks until a write may be taken. */
  public final void awaitWritable(long deadlineNanos) throws IOException {
    if (writeReady) {
      return;
    }
    if (canceled) {
      throw canceled();
    }
    Thread me = parkable();
    if (writer != null) {
      throw new IllegalStateException(this + " is already waited on for writing");
    }
    writer = me;
    writeDeadline = deadlineNanos;
    carrier.await(this, deadlineNanos);
    wantWrite();
    try {
      while (true) {
        LockSupport.park();
        if (writeReady) {
          return;
        }
        checkWait(me, writeDeadline, "write to ");
      }
    } finally {
      writer = null;
      writeDeadline = Long.MAX_VALUE;
    }
  }

  private Thread parkable() {
    Thread me = Thread.currentThread();
    if (!me.isVirtual() || !carrier.isCurrent()) {
      throw new IllegalStateException(
          "a wait on " + this + ", of carrier " + carrier.index() + ", by " + me);
    }
    return me;
  }

  private void checkWait(Thread me, long deadline, String what) throws NetException {
    if (deadline <= carrier.nowNanos()) {
      throw new NetTimeoutException(what + this + ": time out");
    }
    if (canceled) {
      throw canceled();
    }
    if (me.isInterrupted()) {
      throw new CanceledException(what + this + ": interrupted");
    }
  }

  /**
   * Moves at least one byte and at most {@code maxBytes} to another channel of the same carrier,
   * without the Java heap; blocks until it is written there. Returns the number moved, -1 if the
   * stream has ended.
   */
  public long relayTo(Channel to, long maxBytes, long deadlineNanos) throws IOException {
    awaitReadable(deadlineNanos);
    Buffer buffer = Buffer.borrow();
    try {
      // a whole buffer is asked for where the limit allows, so that a short read tells emptiness
      Layer through = to.layer;
      long most = through == null ? maxBytes : Math.min(maxBytes, through.bestWrite());
      buffer.start = buffer.end = (int) Math.max(0, Buffer.SIZE - most);
      int count = read(buffer, deadlineNanos);
      if (count > 0) {
        to.write(buffer, deadlineNanos);
      }
      return count;
    } finally {
      buffer.release();
    }
  }

  // without a thread

  /**
   * Lets the current thread end: the next event (bytes, end, error, {@link #wake}, {@link #close}
   * or {@code idleDeadlineNanos} passing) runs {@code onEvent} in a new virtual thread. Returns
   * false, and does nothing, if there is something to read now.
   */
  public final boolean detach(Runnable onEvent, long idleDeadlineNanos) {
    return leave(DETACHED, onEvent, idleDeadlineNanos);
  }

  /**
   * Parks a pooled connection without a thread: the next event (bytes, end, error or {@code
   * idleDeadlineNanos} passing) runs {@code onEvent} on the carrier outside any virtual thread.
   * Returns false, and does nothing, if there is something to read now, which makes it unfit for
   * reuse; this is asked of the system where it is not known. {@link #activate} ends it.
   */
  public final boolean idle(Runnable onEvent, long idleDeadlineNanos) throws IOException {
    return drained() && leave(IDLE, onEvent, idleDeadlineNanos);
  }

  /** As {@link #idle(Runnable, long)} without a deadline. */
  public final boolean idle(Runnable onEvent) throws IOException {
    return idle(onEvent, Long.MAX_VALUE);
  }

  private boolean leave(byte how, Runnable event, long deadline) {
    if (readReady) {
      return false;
    }
    if (reader != null || mode != ATTACHED) {
      throw new IllegalStateException(this + " is already waited on for reading");
    }
    mode = how;
    onEvent = event;
    timedOut = false;
    readDeadline = deadline;
    carrier.await(this, deadline);
    wantRead();
    return true;
  }

  /**
   * Whether nothing has come that was not read, not even an end: the connection may be used again.
   * Asks the system where it is not known.
   */
  public final boolean drained() throws IOException {
    if (layer != null) {
      return layer.drained();
    }
    if (readReady && !hangUp && isOpen() && probeEmpty()) {
      readReady = false;
    }
    return !readReady;
  }

  /** Whether {@link #detach} is in force: no thread serves the channel. */
  public final boolean isDetached() {
    return mode == DETACHED;
  }

  /** Ends {@link #idle}; false if the channel is not fit for use. */
  public final boolean activate() {
    mode = ATTACHED;
    onEvent = null;
    readDeadline = Long.MAX_VALUE;
    return !readReady && isOpen();
  }

  /**
   * Starts the thread of a detached channel now, or ends its {@link #linger}; from its carrier.
   * Nothing if it is attached.
   */
  public final void wake() {
    if (mode == DETACHED) {
      fire();
    } else if (mode == LINGERING) {
      mode = ATTACHED;
      LockSupport.unpark(reader);
    }
  }

  /**
   * Whether the thread that {@link #detach} named, or the callback, was started by its deadline.
   */
  public final boolean timedOut() {
    return timedOut;
  }

  private void fire() {
    Runnable event = onEvent;
    byte was = mode;
    mode = ATTACHED;
    onEvent = null;
    readDeadline = Long.MAX_VALUE;
    if (event == null) {
      return;
    }
    if (was == DETACHED) {
      carrier.start(event);
    } else {
      event.run();
    }
  }

  // events, called by the poller's implementation

  final void becameReadable() {
    readReady = true;
    Layer through = layer;
    if (through != null) {
      through.socketReady = true;
      if (mode == IDLE && isOpen() && concernsNobody(through)) {
        wantRead();
        return;
      }
    }
    Thread waiting = reader;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    } else if (mode != ATTACHED) {
      fire();
    }
  }

  /** Whether what came for an idle connection is the layer's own business, such as a ticket. */
  private boolean concernsNobody(Layer through) {
    try {
      return through.drained();
    } catch (IOException e) {
      readReady = true;
      return false;
    }
  }

  final void becameWritable() {
    writeReady = true;
    Layer through = layer;
    if (through != null && isOpen() && through.hasPending()) {
      try {
        if (!through.flush()) {
          return;
        }
      } catch (IOException e) {
        writeReady = true; // the writer, if there is one, comes upon the same
      }
    }
    Thread waiting = writer;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  final void becameDead() {
    Runnable callback = onReset;
    if (callback != null) {
      onReset = null;
      callback.run();
    }
  }

  @Override
  protected final long due() {
    return Math.min(readDeadline, writeDeadline);
  }

  @Override
  protected final void expire(long nowNanos) {
    if (readDeadline <= nowNanos) {
      if (reader != null) {
        LockSupport.unpark(reader);
      }
      if (mode == DETACHED || mode == IDLE) {
        timedOut = true;
        fire();
      }
    }
    if (writeDeadline <= nowNanos && writer != null) {
      LockSupport.unpark(writer);
    }
  }

  // closing

  /**
   * Closes the socket; whoever waits on it gets a {@link ChannelClosedException}. Idempotent. From
   * another thread it happens soon.
   */
  public final void close() {
    close(false);
  }

  /** As {@link #close}, and the peer sees a reset; bytes not yet sent are dropped. */
  public final void reset() {
    close(true);
  }

  /**
   * As {@link #reset}, by somebody who is not of the connection: {@link #onReset} is told as well,
   * so that a thread that waits elsewhere on its behalf ends too. On the carrier.
   */
  public final void abort() {
    Runnable callback = onReset;
    close(true);
    if (callback != null) {
      callback.run();
    }
  }

  private void close(boolean reset) {
    if (!carrier.isCurrent()) {
      carrier.execute(() -> close(reset));
      return;
    }
    if (!isOpen()) {
      return;
    }
    Layer through = layer;
    if (through != null && !reset) {
      through.closing();
    }
    closeSocket(reset);
    if (through != null) {
      through.release();
    }
    carrier.forget(this);
    onReset = null;
    if (mode == IDLE) {
      activate();
    }
    becameReadable();
    becameWritable();
  }

  /** The carrier ends: as {@link #close}, without telling anybody. */
  final void stopped() {
    closeSocket(false);
    Layer through = layer;
    if (through != null) {
      through.release();
    }
  }

  // layers

  /** Lets all bytes pass {@code through} from now on. What was put back is to be taken first. */
  public final void install(Layer through) {
    if (layer != null) {
      throw new IllegalStateException(this + " has a layer already");
    }
    layer = through;
  }

  final void uninstall() {
    layer = null;
  }

  /** Makes the bytes of {@code bytes}, which it takes over, the next ones to be read. */
  public final void putBack(Buffer bytes) {
    if (bytes.isEmpty()) {
      bytes.release();
      return;
    }
    bytesRead -= bytes.readable(); // they are counted when they are read again
    install(new PutBack(this, bytes));
    readReady = true;
  }

  /** What {@link #putBack} was given and nobody has read, now the caller's; null for nothing. */
  public final @Nullable Buffer takePutBack() {
    if (layer instanceof PutBack back) {
      back.uninstall();
      return back.take();
    }
    return null;
  }

  /** What a handshake has established of the peer; null for a connection in clear text. */
  public final @Nullable Security security() {
    Layer through = layer;
    return through == null ? null : through.security();
  }

  /** The protocol that ALPN agreed on, empty without TLS or ALPN. */
  public final String applicationProtocol() {
    Security found = security();
    return found == null ? "" : found.applicationProtocol();
  }

  // facts

  /** Unique in this process. */
  public final long id() {
    return id;
  }

  /** The carrier it is confined to. */
  public final Carrier carrier() {
    return carrier;
  }

  /** This side's address. */
  public final NetAddress localAddress() throws IOException {
    NetAddress address = localAddress;
    if (address == null) {
      address = findLocalAddress();
      localAddress = address;
    }
    return address;
  }

  /** The peer's address; a Unix peer without a name has an empty path. */
  public final NetAddress remoteAddress() throws IOException {
    NetAddress address = remoteAddress;
    if (address == null) {
      address = findRemoteAddress();
      remoteAddress = address;
    }
    return address;
  }

  public final long bytesRead() {
    return bytesRead;
  }

  public final long bytesWritten() {
    return bytesWritten;
  }

  @Override
  public String toString() {
    return remoteAddress == null ? "channel " + id : "channel " + id + " (" + remoteAddress + ")";
  }
}
