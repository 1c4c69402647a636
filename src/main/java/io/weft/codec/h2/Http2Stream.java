package io.weft.codec.h2;

import io.weft.carrier.Carrier;
import io.weft.carrier.Timed;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.BodyTooLargeException;
import io.weft.http.Headers;
import io.weft.net.Buffer;
import io.weft.net.CanceledException;
import io.weft.net.NetException;
import io.weft.net.NetTimeoutException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What both sides know of a stream: its windows, the data that has come, who waits for what. One
 * thread may receive while another sends. Confined to the carrier of its connection.
 */
abstract class Http2Stream extends Timed {
  /** What a peer that data waits for has to take in a second, where it must take something. */
  static final int SLOW_BYTES = 1024;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  final Http2Connection connection;

  /** Its number; 0 before it is open. */
  int id;

  /** Bytes this side may send. */
  int sendWindow;

  /** Bytes the peer may send. */
  int receiveWindow;

  /** Bytes consumed that the peer was not told of. */
  private int credit;

  private final ReceiveQueue queue = new ReceiveQueue();
  private long expected = -1;
  private long received;
  private boolean bodyClosed;
  private boolean remoteEnded;
  private boolean localEnded;
  private boolean stopped;
  private @Nullable IOException reset;
  private @Nullable Headers trailers;
  private long dataBytesSent;

  /** Since when data has waited for a window, or since it was last judged; MAX_VALUE for not. */
  private long slowSince = Long.MAX_VALUE;

  private long slowSent;

  private @Nullable Thread receiver;
  private @Nullable Thread sender;
  private long receiveDeadline = Long.MAX_VALUE;
  private long sendDeadline = Long.MAX_VALUE;

  Http2Stream(Http2Connection connection, int id) {
    this.connection = connection;
    this.id = id;
    sendWindow = connection.peerStreamWindow();
    receiveWindow = connection.streamWindow();
  }

  // what the connection tells

  /** The peer's head is here; {@code contentLength} is -1 where it said none. */
  void headReceived(long contentLength, boolean end) throws StreamError {
    expected = contentLength;
    if (end) {
      endReceived();
    }
  }

  /** Data has come; the windows were checked. */
  void dataReceived(Buffer from, int index, int length, boolean end) throws StreamError {
    received += length;
    if (expected >= 0 && received > expected) {
      connection.consumed(length);
      throw wrongLength();
    }
    if (bodyClosed) {
      connection.consumed(length);
    } else if (length > 0) {
      queue.append(from, index, length);
    }
    if (end) {
      endReceived();
    }
    LockSupport.unpark(receiver);
  }

  void trailersReceived(Headers fields) throws StreamError {
    if (!fields.isEmpty()) {
      trailers = fields;
    } else {
      fields.release();
    }
    endReceived();
    LockSupport.unpark(receiver);
  }

  private void endReceived() throws StreamError {
    if (expected >= 0 && received != expected && mayCheckLength()) {
      throw wrongLength();
    }
    remoteEnded = true;
    remoteEnd();
    if (localEnded) {
      connection.ended(this);
    }
  }

  private StreamError wrongLength() {
    return new StreamError(
        ErrorCode.PROTOCOL_ERROR,
        received + " bytes of data (expected: content-length, " + expected + ")");
  }

  /** Whether the content-length says how much data comes: not in answers to HEAD, nor in 304. */
  boolean mayCheckLength() {
    return true;
  }

  /** The peer has ended its direction. */
  abstract void remoteEnd();

  /** Ends the stream both ways; the reason is what waiting and later calls throw. Once. */
  final void reset(IOException reason) {
    if (reset == null) {
      reset = reason;
      connection.consumed(queue.clear());
      LockSupport.unpark(receiver);
      LockSupport.unpark(sender);
      onReset(reason);
    }
  }

  /** The stream is no more. */
  abstract void onReset(IOException reason);

  boolean isReset() {
    return reset != null;
  }

  /** Whether what the peer has sent stays good when it resets the stream now. */
  boolean outlivesReset() {
    return false;
  }

  /** The peer, which has sent all it had, wants no more. */
  final void stopSending() {
    stopped = true;
    LockSupport.unpark(sender);
  }

  @Nullable IOException resetReason() {
    return reset;
  }

  boolean isRemoteEnded() {
    return remoteEnded;
  }

  boolean isLocalEnded() {
    return localEnded;
  }

  /** This side has appended its last frame. */
  void endLocal() {
    localEnded = true;
    if (remoteEnded) {
      connection.ended(this);
    }
  }

  long dataBytesReceived() {
    return received;
  }

  long dataBytesSent() {
    return dataBytesSent;
  }

  // receiving

  /** The trailers of a body that has been read to its end. */
  @Nullable Headers trailers() {
    return trailers;
  }

  /** As {@link Body#readNow}. */
  int read(ByteBuffer target, boolean ofRequest, Timeouts limits) throws BodyBrokenException {
    IOException broken = reset;
    if (broken != null) {
      throw new BodyBrokenException(ofRequest, broken);
    }
    if (bodyClosed) {
      throw new BodyBrokenException(ofRequest, new CanceledException("the body was closed"));
    }
    int there = readable();
    if (there == 0) {
      if (remoteEnded && queue.size() == 0) {
        bodyRead();
        return -1;
      }
      return 0;
    }
    int count = queue.read(target, there);
    if (count > 0) {
      limits.active(carrier().nowNanos());
      connection.consumed(count);
      if (!remoteEnded) {
        credit(count);
      }
    }
    return count;
  }

  /**
   * Bytes that may be passed on. The last byte of a body whose length was told stays here until its
   * end is known: nobody must see as whole what may be reset for being longer (security bar H1).
   */
  private int readable() {
    int there = queue.size();
    return there > 0 && !remoteEnded && received == expected ? there - 1 : there;
  }

  /** Padding has come: it counts in the windows and is gone. */
  void paddingReceived(int bytes) {
    if (!remoteEnded && reset == null) {
      credit(bytes);
    }
  }

  private void credit(int bytes) {
    credit += bytes;
    if (credit >= connection.streamWindow() / 2) {
      connection.windowUpdate(id, credit);
      receiveWindow += credit;
      credit = 0;
    }
  }

  /** Blocks until {@link #read} has something to tell. */
  void awaitData(Timeouts limits) throws IOException {
    beforeWaiting();
    Thread me = Thread.currentThread();
    receiver = me;
    try {
      while (!hasNews()) {
        long until = limits.next();
        receiveDeadline = until;
        carrier().await(this, until);
        LockSupport.park(this);
        if (hasNews()) {
          return;
        }
        checkWait(me, limits, "data of ");
      }
    } finally {
      receiver = null;
      receiveDeadline = Long.MAX_VALUE;
    }
  }

  /** The first read is about to wait: the sender may wait for an invitation. */
  void beforeWaiting() throws IOException {}

  private boolean hasNews() {
    return reset != null || bodyClosed || remoteEnded || readable() > 0;
  }

  /** Blocks until {@link #wakeReceiver} or the end of the stream; for the head of a response. */
  void awaitHead(Timeouts limits) throws IOException {
    Thread me = Thread.currentThread();
    receiver = me;
    try {
      receiveDeadline = limits.next();
      carrier().await(this, receiveDeadline);
      LockSupport.park(this);
      if (reset == null) {
        checkWait(me, limits, "a response on ");
      }
    } finally {
      receiver = null;
      receiveDeadline = Long.MAX_VALUE;
    }
  }

  void wakeReceiver() {
    LockSupport.unpark(receiver);
  }

  /** Moves the deadline of a thread that waits to receive. */
  void receiveDeadline(long deadlineNanos) {
    if (receiver != null) {
      receiveDeadline = deadlineNanos;
      carrier().await(this, deadlineNanos);
    }
  }

  private void checkWait(Thread me, Timeouts limits, String what) throws NetException {
    if (me.isInterrupted()) {
      throw new CanceledException("wait for " + what + this + ": interrupted");
    }
    if (limits.isOver(carrier().nowNanos())) {
      throw new NetTimeoutException("wait for " + what + this + ": time out");
    }
  }

  /** The body has been read to its end. */
  void bodyRead() {}

  /** Nobody wants the rest of the body: what that means depends on the side. */
  abstract void abandonBody();

  /** What of the body is here or comes is dropped. */
  void closeBody() {
    if (!bodyClosed) {
      bodyClosed = true;
      connection.consumed(queue.clear());
      LockSupport.unpark(receiver);
    }
  }

  // sending

  /**
   * Whether this side may send.
   *
   * @throws IOException why not
   */
  void checkSending() throws IOException {
    IOException reason = reset;
    if (reason != null) {
      throw reason;
    }
    if (stopped) {
      throw new StreamResetException(true, false, this + " is answered, the rest is not wanted");
    }
  }

  /** Blocks until {@link #wakeSender}. */
  void awaitSend(Timeouts limits) throws IOException {
    Thread me = Thread.currentThread();
    sender = me;
    try {
      sendDeadline = Math.min(limits.next(), slowDue());
      carrier().await(this, sendDeadline);
      LockSupport.park(this);
      if (reset == null) {
        checkWait(me, limits, "room for data of ");
        checkPace();
      }
    } finally {
      sender = null;
      sendDeadline = Long.MAX_VALUE;
    }
  }

  void wakeSender() {
    LockSupport.unpark(sender);
  }

  /**
   * Sends the body, reading it to its end, and its trailers. Returns when all of it waits to be
   * written.
   */
  void sendData(Body body, Timeouts limits) throws IOException {
    var source = new DataSource(body, dataBytesSent);
    try {
      while (!sendFrame(source, limits)) {
        if (connection.hasOtherStreams()) {
          carrier().yieldNow();
        }
      }
    } finally {
      source.release();
    }
  }

  /** Sends of the body what is at hand and may be sent; true if that was all of it. */
  boolean sendDataAtHand(Body body, Timeouts limits) throws IOException {
    var source = new DataSource(body, dataBytesSent);
    while (sendWindow > 0 && connection.sendWindow > 0 && connection.output.isIdle()) {
      int count = appendFrame(source, limits);
      if (count <= 0) {
        return count < 0;
      }
    }
    return false;
  }

  /** Appends one frame, waiting for what it takes; true if it was the last. */
  private boolean sendFrame(DataSource source, Timeouts limits) throws IOException {
    checkSending();
    if (sendWindow <= 0 || connection.sendWindow <= 0) {
      // An end needs no window, and the peer may wait for it.
      await(source);
      if (source.read(NOTHING) < 0) {
        end(source);
        return true;
      }
      startPace();
    }
    connection.output.awaitTurn(this, limits);
    int count = appendFrame(source, limits);
    if (count == 0) {
      await(source);
    }
    return count < 0;
  }

  /** Waits for data to send; meanwhile it is not the peer that is slow. */
  private void await(DataSource source) throws IOException {
    long before = carrier().nowNanos();
    source.await();
    if (carrier().nowNanos() != before) {
      slowSince = Long.MAX_VALUE;
    }
  }

  /** Data waits for a window. */
  private void startPace() throws IOException {
    if (slowSince == Long.MAX_VALUE && connection.slowNanos() != Timeouts.NONE) {
      slowSince = carrier().nowNanos();
      slowSent = dataBytesSent;
    } else {
      checkPace();
    }
  }

  /**
   * A peer that opens its windows a byte at a time makes progress, and would keep its stream, and
   * what the stream holds, for ever (security bar H11).
   */
  private void checkPace() throws IOException {
    long now = carrier().nowNanos();
    if (slowDue() > now) {
      return;
    }
    long seconds = Math.max(1, connection.slowNanos() / 1_000_000_000);
    if (dataBytesSent - slowSent < SLOW_BYTES * seconds) {
      var slow = new NetTimeoutException(this + ": data is taken too slowly");
      connection.resetStream(this, ErrorCode.ENHANCE_YOUR_CALM, slow);
      throw slow;
    }
    slowSince = now;
    slowSent = dataBytesSent;
  }

  private long slowDue() {
    return slowSince == Long.MAX_VALUE ? slowSince : slowSince + connection.slowNanos();
  }

  /** Appends what is there as one frame: 0 if nothing is there, -1 if that was the end. */
  private int appendFrame(DataSource source, Timeouts limits) throws IOException {
    Http2Output output = connection.output;
    Chunk chunk = output.claim();
    int count;
    boolean end = false;
    try {
      checkSending();
      int room = chunk.buffer.writable() - Frame.HEADER_BYTES;
      int most =
          Math.min(
              Math.min(sendWindow, connection.sendWindow),
              Math.min(room, connection.peerMaxFrame()));
      if (most <= 0) {
        return 0;
      }
      ByteBuffer view = chunk.buffer.bytes().clear();
      int at = chunk.buffer.end + Frame.HEADER_BYTES;
      view.limit(at + most).position(at);
      count = source.read(view);
      view.clear();
      if (count > 0) {
        checkSending();
        end = source.isOver() && source.trailers() == null;
        frame(view, chunk.buffer.end, count, end ? Frame.END_STREAM : 0);
        sendWindow -= count;
        connection.dataSent(count);
        dataBytesSent += count;
        output.appended(chunk, Frame.HEADER_BYTES + count);
        limits.active(carrier().nowNanos());
      }
    } finally {
      output.unclaim(chunk);
    }
    if (count < 0) {
      end(source);
      return -1;
    }
    if (end) {
      endLocal();
      return -1;
    }
    return count;
  }

  private void frame(ByteBuffer to, int at, int length, int flags) {
    to.putInt(at, length << 8 | Frame.DATA);
    to.put(at + 4, (byte) flags);
    to.putInt(at + 5, id);
  }

  private void end(DataSource source) throws IOException {
    Headers fields = source.trailers();
    if (fields != null && !fields.isEmpty()) {
      connection.sendTrailers(this, fields);
    } else {
      connection.sendEnd(this);
    }
    endLocal();
  }

  /** A body that is sent: read without waiting where it can tell, else through a buffer. */
  private static final class DataSource {
    private final Body body;
    private @Nullable Buffer pulled;
    private boolean over;
    private long count;

    /** The rest of a body of which {@code sent} bytes are out. */
    DataSource(Body body, long sent) {
      this.body = body;
      count = sent;
    }

    int read(ByteBuffer target) throws IOException {
      Buffer from = pulled;
      if (from != null && !from.isEmpty()) {
        int moved = Math.min(from.readable(), target.remaining());
        target.put(target.position(), from.bytes().clear(), from.start, moved);
        target.position(target.position() + moved);
        from.start += moved;
        return moved;
      }
      if (over) {
        return -1;
      }
      return counted(call(target, false));
    }

    /** Whether it is known now that nothing follows. */
    boolean isOver() throws IOException {
      Buffer from = pulled;
      if (from != null && !from.isEmpty()) {
        return false;
      }
      if (!over) {
        counted(call(NOTHING, false));
      }
      return over;
    }

    void await() throws IOException {
      Buffer into = pulled;
      if (over || (into != null && !into.isEmpty()) || (into == null && awaitData())) {
        return;
      }
      if (into == null) {
        into = Buffer.borrow();
        pulled = into;
      }
      into.clear();
      ByteBuffer view = into.bytes().clear();
      int read = counted(call(view, true));
      if (read > 0) {
        into.end = read;
      }
      view.clear();
    }

    private boolean awaitData() throws IOException {
      try {
        return body.awaitData();
      } catch (BodyBrokenException | BodyTooLargeException | NetException e) {
        throw e;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Keeps the failure of a filter that made the body apart from those of either connection. */
    private int call(ByteBuffer into, boolean wait) throws IOException {
      try {
        return wait ? body.read(into) : body.readNow(into);
      } catch (BodyBrokenException | BodyTooLargeException | NetException e) {
        throw e;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private int counted(int read) {
      if (read > 0) {
        count += read;
      }
      over |= read < 0;
      long length = body.length();
      if (length >= 0 && (count > length || (over && count != length))) {
        throw new IllegalStateException(
            "body of " + count + " bytes (expected: its length, " + length + ")");
      }
      return read;
    }

    @Nullable Headers trailers() {
      return body.trailers();
    }

    void release() {
      Buffer held = pulled;
      if (held != null) {
        pulled = null;
        held.release();
      }
    }
  }

  // deadlines

  Carrier carrier() {
    return connection.carrier;
  }

  @Override
  protected long due() {
    return Math.min(receiveDeadline, sendDeadline);
  }

  @Override
  protected void expire(long nowNanos) {
    if (receiveDeadline <= nowNanos) {
      receiveDeadline = Long.MAX_VALUE;
      LockSupport.unpark(receiver);
    }
    if (sendDeadline <= nowNanos) {
      sendDeadline = Long.MAX_VALUE;
      LockSupport.unpark(sender);
    }
  }

  /** Nothing waits for it any more. */
  void forget() {
    carrier().forget(this);
    connection.consumed(queue.clear());
  }

  @Override
  public String toString() {
    return "stream " + id + " of " + connection;
  }
}
