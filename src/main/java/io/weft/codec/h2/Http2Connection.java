package io.weft.codec.h2;

import io.weft.carrier.Carrier;
import io.weft.carrier.Timed;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Headers;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.ChannelClosedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of an HTTP/2 connection have in common: frames in, frames out, windows, settings.
 *
 * <p>Threads, all of them virtual and of the carrier of the channel, so that none of this state
 * needs a lock:
 *
 * <ul>
 *   <li>The <b>reader</b> takes frames off the wire, changes the state of streams and wakes who
 *       waits for it. It runs no code of filters and never waits for a write. It ends when nothing
 *       more is there to read; the next event of the channel starts another with {@link #run}.
 *   <li>The <b>thread of a stream</b> sends its head and data by appending whole frames to {@link
 *       Http2Output}, and waits there for its windows and its turn. Encoding a header block and
 *       appending it is one step without a wait; a block that was encoded is sent, whatever becomes
 *       of its stream, because the peer's table must stay the same as this side's.
 *   <li><b>Writing</b> is done behind all of them by {@link Http2Output}; it alone owns the socket.
 * </ul>
 *
 * <p>An unread stream holds back nobody but itself: the connection's window is given back when data
 * is received, that of a stream when its data is consumed; beyond {@link #MAX_UNCONSUMED} bytes of
 * data that nobody has consumed the connection's window is withheld too.
 */
abstract class Http2Connection extends Timed implements Runnable {
  /** Received and not consumed, of all streams; more is not asked for. */
  private static final int MAX_UNCONSUMED = 8 * 1024 * 1024;

  /** Of one header block, encoded, unless the limit of its fields is larger. */
  private static final int MAX_BLOCK = 64 * 1024;

  private static final int MAX_CONTINUATIONS = 16;
  private static final int MAX_WINDOW = Integer.MAX_VALUE;

  final Carrier carrier;
  final Http2Options options;
  final Http2Stats stats;
  final Http2Output output;
  final HpackEncoder encoder = new HpackEncoder();
  final StreamTable streams = new StreamTable();
  final Wire wire;
  private final FrameReader frames;
  private final boolean mayDetach;
  private final int streamWindow;
  private final Timeouts readLimits = new Timeouts();

  // what the peer has said
  private int peerStreamWindow = Http2Options.DEFAULT_WINDOW;
  private int peerMaxFrame = Frame.MAX_BYTES;
  long peerMaxStreams = Long.MAX_VALUE;
  boolean peerAllowsConnect;
  boolean settingsReceived;

  /** Bytes of data this side may send. */
  int sendWindow = Http2Options.DEFAULT_WINDOW;

  private int receiveWindow;
  private int credit;
  private long unconsumed;
  long dataFramesSent;

  private final RecentStreams recent;

  /** A GOAWAY with an error was appended: nothing more is served or read but the end. */
  private boolean failed;

  /** Nothing is written behind what waits now. */
  private boolean ending;

  private boolean outputShut;
  private boolean ended;

  // when something is to be done without a frame; Long.MAX_VALUE is never
  private long lingerAt = Long.MAX_VALUE;
  private long pingAt = Long.MAX_VALUE;
  private boolean pinged;
  private long timerAt = Long.MAX_VALUE;

  Http2Connection(
      Wire wire,
      Http2Options options,
      Http2Stats stats,
      int bufferBytes,
      long flushNanos,
      boolean mayDetach) {
    this.wire = wire;
    this.options = options;
    this.stats = stats;
    this.mayDetach = mayDetach;
    carrier = wire.channel().carrier();
    output = new Http2Output(this, wire, flushNanos);
    recent = new RecentStreams(options.maxConcurrentStreams());
    frames = new FrameReader(this, options, stats);
    streamWindow =
        Math.max(Http2Options.DEFAULT_WINDOW, Math.min(options.streamWindow(), bufferBytes));
    receiveWindow = options.connectionWindow();
  }

  // what the sides add

  /** Whether the peer begins with the preface. */
  abstract boolean expectsPreface();

  /** A header block is to be decoded; the builder is to be begun for what it is. */
  abstract void headers(int id, boolean end, byte[] block, int from, int until)
      throws ConnectionError;

  /** The peer has said that it will not serve streams of this side above {@code last}. */
  abstract void goawayReceived(int last, int code);

  /** Whether the number is one of a stream that was opened, by whichever side. */
  abstract boolean isKnown(int id);

  /** Streams that were opened by the peer or for it. */
  abstract long streamsOpened();

  /** Settings, PING with {@code data}: for whoever sent one and waits. */
  void pingAnswered(long data) {}

  void settingsAcknowledged() {}

  /** The peer's settings have changed. */
  void settingsChanged() {}

  /** A stream has ended well, or as agreed. */
  abstract void streamEnded(Http2Stream stream);

  /** A stream was reset: by this side with a code that blames the peer, or by the peer. */
  abstract void streamReset(Http2Stream stream, boolean remote) throws ConnectionError;

  /** Something that the peer does wrong again and again, such as a malformed request. */
  abstract void blame() throws ConnectionError;

  /** The connection is over; its channel is closed. Once. */
  abstract void over();

  /** How large the fields of a block may be. */
  abstract int maxFieldBytes();

  /** How long the peer may take data slowly, see {@link Http2Stream#SLOW_BYTES}. */
  long slowNanos() {
    return Timeouts.NONE;
  }

  /** How long a connection that ends may still be read. */
  abstract long lingerNanos();

  /** When the side has something to do, {@link Long#MAX_VALUE} for never. */
  abstract long sideDue();

  /** {@link #sideDue} has come. */
  abstract void onSideDue(long now);

  /** Highest stream of the peer that was or may have been served. */
  abstract int lastServed();

  // the reader

  /** Sends what a side begins with. */
  final void begin(byte[] first, int length) {
    byte[] to = output.room(length + 9 + 4);
    int at = output.controlEnd();
    System.arraycopy(first, 0, to, at, length);
    at += length;
    int more = options.connectionWindow() - Http2Options.DEFAULT_WINDOW;
    if (more > 0) {
      at = Frame.header(to, at, 4, Frame.WINDOW_UPDATE, 0, 0);
      at = Frame.integer(to, at, more);
    }
    output.wrote(at);
    long now = carrier.nowNanos();
    if (options.pingNanos() != Timeouts.NONE) {
      pingAt = nextPing(now);
    }
    arm();
  }

  @Override
  public final void run() {
    boolean resting = false;
    try {
      resting = read();
    } catch (ConnectionError e) {
      fail(e);
      resting = lingerOn();
    } catch (IOException e) {
      // The peer is gone.
    } finally {
      if (!resting) {
        end();
      }
    }
  }

  private boolean lingerOn() {
    try {
      return read();
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads until there is nothing, which is true, or to the end. */
  private boolean read() throws IOException {
    Channel channel = wire.channel();
    while (true) {
      Buffer in = wire.input();
      if (in != null) {
        if (failed || ending) {
          in.clear();
        } else {
          frames.consume(in);
        }
      }
      wire.releaseIfEmpty();
      carrier.yieldIfSpent();
      int count;
      if (wire.readsChannel()) {
        if (!channel.isReadable()) {
          if (mayDetach) {
            if (channel.detach(this, Long.MAX_VALUE)) {
              return true;
            }
          } else {
            channel.awaitReadable(Long.MAX_VALUE);
          }
        }
        count = wire.tryFill();
      } else {
        count = wire.fill(readLimits);
      }
      if (count < 0) {
        return false;
      }
    }
  }

  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    wire.channel().close();
    wire.release();
    carrier.forget(this);
    output.close();
    var reason = lossReason();
    for (Http2Stream stream : streams.all()) {
      streams.remove(stream.id);
      stats.streamsActive.dec();
      stream.reset(reason);
    }
    over();
  }

  /** Whether it is over. */
  final boolean isEnded() {
    return ended;
  }

  final boolean isFailed() {
    return failed;
  }

  /** Why nothing can be sent or received any more. */
  final IOException closed() {
    return new ChannelClosedException(this + " is closed");
  }

  /** The socket does not work any more. */
  final void lost() {
    wire.channel().close(); // the reader notices
  }

  // errors

  /** Ends the connection with a GOAWAY that says why. */
  final void fail(ConnectionError error) {
    if (failed || ended) {
      return;
    }
    failed = true;
    goaway(lastServed(), error.code());
    if (output.answers() > options.maxOutboundControlFrames()
        || output.frames() > options.maxOutboundFrames()) {
      wire.channel().reset(); // it does not read what it is sent
    }
    var reason = reason(error);
    for (Http2Stream stream : streams.all()) {
      streams.remove(stream.id);
      stats.streamsActive.dec();
      stream.reset(reason);
    }
    connectionFailed(error);
    finish();
  }

  /** What the streams of a connection that ends for this are told. */
  IOException reason(ConnectionError error) {
    return new StreamResetException(false, false, String.valueOf(error.getMessage()));
  }

  /** What a stream that ends for this is told. */
  IOException reason(StreamError error) {
    return new StreamResetException(false, false, String.valueOf(error.getMessage()));
  }

  /** What streams are told when the connection is over. */
  IOException lossReason() {
    return closed();
  }

  /** For statistics. */
  abstract void connectionFailed(ConnectionError error);

  /** Ends this side once all that waits is written, and reads on for a while. */
  final void finish() {
    if (!ending) {
      ending = true;
      lingerAt = carrier.nowNanos() + Math.max(lingerNanos(), 1);
      arm();
      onFlushed();
    }
  }

  /** All that waited is with the system. */
  final void onFlushed() {
    if (ending && !outputShut && !ended && output.isEmpty()) {
      outputShut = true;
      try {
        // A client that still sends would get a reset, and might lose the GOAWAY with it.
        wire.channel().shutdownOutput();
      } catch (IOException e) {
        lost();
      }
    }
  }

  /** Resets a stream because of what the peer has sent. */
  final void fail(Http2Stream stream, StreamError error) throws ConnectionError {
    resetStream(stream, error.code(), reason(error));
    stats.messagingError.inc();
    streamReset(stream, false);
  }

  /** Resets a stream; idempotent. */
  final void resetStream(Http2Stream stream, int code, IOException reason) {
    if (stream.isReset()) {
      return;
    }
    if (streams.get(stream.id) != null) {
      if (!stream.isRemoteEnded()) {
        recent.add(stream.id);
      }
      sendReset(stream.id, code, stream.dataBytesSent() > 0);
      streams.remove(stream.id);
      stats.streamsActive.dec();
    }
    stream.reset(reason);
  }

  /** Resets a stream that is not open on this side. */
  final void refuseStream(int id, int code) {
    recent.add(id);
    sendReset(id, code, false);
  }

  /** Sends RST_STREAM; behind the DATA of its stream, where there may be some. */
  private void sendReset(int id, int code, boolean mayHaveData) {
    if (ended || failed) {
      return;
    }
    stats.txReset.inc();
    if (mayHaveData && output.hasData()) {
      byte[] frame = new byte[13];
      Frame.integer(frame, Frame.header(frame, 0, 4, Frame.RST_STREAM, 0, id), code);
      if (output.tryAppendBehindData(frame, 13)) {
        return;
      }
    }
    byte[] to = output.room(13);
    int at = Frame.header(to, output.controlEnd(), 4, Frame.RST_STREAM, 0, id);
    output.answered(Frame.integer(to, at, code));
  }

  // frames from the peer, told by the reader's frames

  final void dataReceived(int id, Buffer in, int at, int length, int padding, boolean last)
      throws ConnectionError {
    int whole = length + padding;
    receiveWindow -= whole;
    if (receiveWindow < 0) {
      throw new ConnectionError(
          ErrorCode.FLOW_CONTROL_ERROR, "data beyond the connection's window");
    }
    credit += whole;
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      if (!isKnown(id)) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "DATA on stream " + id + ", not open");
      }
      if (!recent.contains(id)) {
        refuseStream(id, ErrorCode.STREAM_CLOSED);
        blame();
      }
    } else {
      unconsumed += length;
      try {
        dataReceived(stream, in, at, length, padding, last);
      } catch (StreamError e) {
        fail(stream, e);
      }
    }
    giveBack();
  }

  private void dataReceived(
      Http2Stream stream, Buffer in, int at, int length, int padding, boolean last)
      throws StreamError {
    if (stream.isRemoteEnded()) {
      consumed(length);
      throw new StreamError(ErrorCode.STREAM_CLOSED, "DATA behind the end of " + stream);
    }
    stream.receiveWindow -= length + padding;
    if (stream.receiveWindow < 0) {
      consumed(length);
      throw new StreamError(ErrorCode.FLOW_CONTROL_ERROR, "data beyond the window of " + stream);
    }
    stream.dataReceived(in, at, length, last);
    if (padding > 0) {
      stream.paddingReceived(padding);
    }
  }

  /** Gives the connection's window back, unless too much lies about that nobody reads. */
  private void giveBack() {
    if (credit >= options.connectionWindow() / 2 && unconsumed <= MAX_UNCONSUMED) {
      int bytes = credit;
      credit = 0;
      receiveWindow += bytes;
      windowUpdate(0, bytes);
    }
  }

  /** Data that was received has been consumed, or dropped. */
  final void consumed(int bytes) {
    unconsumed -= bytes;
    if (!ended) {
      giveBack();
    }
  }

  final void windowUpdate(int id, int bytes) {
    if (ended || failed) {
      return;
    }
    byte[] to = output.room(13);
    int at = Frame.header(to, output.controlEnd(), 4, Frame.WINDOW_UPDATE, 0, id);
    output.wrote(Frame.integer(to, at, bytes));
  }

  final void windowUpdateReceived(int id, int bytes) throws ConnectionError {
    if (id == 0) {
      if (bytes == 0) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
      }
      if (bytes > MAX_WINDOW - sendWindow) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window above 2^31-1");
      }
      sendWindow += bytes;
      output.passTurn();
      return;
    }
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      if (!isKnown(id)) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE on stream " + id);
      }
      return;
    }
    if (bytes == 0) {
      fail(stream, new StreamError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0"));
    } else if ((long) stream.sendWindow + bytes > MAX_WINDOW) {
      fail(stream, new StreamError(ErrorCode.FLOW_CONTROL_ERROR, "a window above 2^31-1"));
    } else {
      stream.sendWindow += bytes;
      if (stream.sendWindow > 0) {
        stream.wakeSender();
      }
    }
  }

  final void resetReceived(int id, int code) throws ConnectionError {
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      if (!isKnown(id)) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "RST_STREAM on stream " + id);
      }
      return;
    }
    stats.rxReset.inc();
    if (code == ErrorCode.REFUSED_STREAM) {
      stats.streamRefused.inc();
    }
    streams.remove(id);
    stats.streamsActive.dec();
    if (stream.outlivesReset()) {
      stream.stopSending();
      return;
    }
    stream.reset(
        new StreamResetException(
            true,
            code == ErrorCode.REFUSED_STREAM,
            stream + " was reset by the peer: " + ErrorCode.name(code)));
    streamReset(stream, true);
  }

  /** PRIORITY says nothing that is used; a stream that depends on itself is a mistake. */
  final void priorityReceived(int id, int on) throws ConnectionError {
    if (id == on) {
      Http2Stream stream = streams.get(id);
      var error = new StreamError(ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself");
      if (stream != null) {
        fail(stream, error);
      } else {
        refuseStream(id, error.code());
        blame();
      }
    }
  }

  final void badPriority(int id) throws ConnectionError {
    Http2Stream stream = streams.get(id);
    if (stream != null) {
      fail(stream, new StreamError(ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of another length"));
    } else {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of another length");
    }
  }

  final void settingsReceived(ByteBuffer in, int at, int length) throws ConnectionError {
    boolean tableChanged = false;
    for (int i = at; i < at + length; i += 6) {
      int value = in.getInt(i + 2);
      switch (in.getShort(i)) {
        case Settings.TABLE_SIZE -> {
          encoder.limit(value & 0xffffffffL);
          tableChanged = true;
        }
        case Settings.ENABLE_PUSH -> Settings.checkFlag(value, "ENABLE_PUSH");
        case Settings.MAX_STREAMS -> peerMaxStreams = value & 0xffffffffL;
        case Settings.INITIAL_WINDOW -> peerStreamWindow(value);
        case Settings.MAX_FRAME -> peerMaxFrame = Settings.frameSize(value);
        case Settings.CONNECT_PROTOCOL -> {
          Settings.checkFlag(value, "ENABLE_CONNECT_PROTOCOL");
          peerAllowsConnect = value == 1;
        }
        default -> {} // RFC 9113 6.5.2: unknown ones are ignored, and MAX_HEADER_LIST is advice
      }
    }
    settingsReceived = true;
    acknowledge(tableChanged);
    settingsChanged();
  }

  /** Trailers that wait were encoded for the table as it was: the answer goes behind them. */
  private void acknowledge(boolean behindData) {
    if (behindData && output.hasData()) {
      byte[] frame = new byte[9];
      Frame.header(frame, 0, 0, Frame.SETTINGS, Frame.ACK, 0);
      if (output.tryAppendBehindData(frame, 9)) {
        return;
      }
    }
    byte[] to = output.room(9);
    output.answered(Frame.header(to, output.controlEnd(), 0, Frame.SETTINGS, Frame.ACK, 0));
  }

  private void peerStreamWindow(int value) throws ConnectionError {
    if (value < 0) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE above 2^31-1");
    }
    int change = value - peerStreamWindow;
    peerStreamWindow = value;
    for (Http2Stream stream : streams.all()) {
      if ((long) stream.sendWindow + change > MAX_WINDOW) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window above 2^31-1");
      }
      stream.sendWindow += change;
      if (stream.sendWindow > 0) {
        stream.wakeSender();
      }
    }
  }

  final void pingReceived(boolean ack, long data) {
    if (ack) {
      if (pinged && data == 0) {
        pinged = false;
        pingAt = nextPing(carrier.nowNanos());
        arm();
      }
      pingAnswered(data);
    } else {
      sendPing(Frame.ACK, data);
    }
  }

  final void sendPing(int flags, long data) {
    byte[] to = output.room(17);
    int at = Frame.header(to, output.controlEnd(), 8, Frame.PING, flags, 0);
    at = Frame.integer(to, at, (int) (data >>> 32));
    output.answered(Frame.integer(to, at, (int) data));
  }

  /** Appends GOAWAY. */
  final void goaway(int last, int code) {
    stats.goawaySent.inc();
    byte[] to = output.room(17);
    int at = Frame.header(to, output.controlEnd(), 8, Frame.GOAWAY, 0, 0);
    at = Frame.integer(to, at, last);
    output.wrote(Frame.integer(to, at, code));
  }

  /** Frames that answer the peer pile up: it sends and does not read. */
  final void checkOutput() throws ConnectionError {
    if (output.answers() > options.maxOutboundControlFrames()) {
      stats.outboundControlFlood.inc();
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "answers that the peer does not read");
    }
    if (output.frames() > options.maxOutboundFrames()) {
      stats.outboundFlood.inc();
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "frames that the peer does not read");
    }
  }

  // frames to the peer, from the threads of streams

  /**
   * Takes one header block that {@code output.room} holds behind nine bytes for its frame, up to
   * {@code end}; divides it where the peer takes no frame of that size.
   */
  final void headersWritten(int id, boolean last, int end) {
    byte[] to = output.room(0);
    int from = output.controlEnd();
    int length = end - from - Frame.HEADER_BYTES;
    int flags = last ? Frame.END_STREAM : 0;
    if (length <= peerMaxFrame) {
      Frame.header(to, from, length, Frame.HEADERS, flags | Frame.END_HEADERS, id);
      output.wrote(end);
      return;
    }
    byte[] block = java.util.Arrays.copyOfRange(to, from + Frame.HEADER_BYTES, end);
    int count = (length + peerMaxFrame - 1) / peerMaxFrame;
    to = output.room(length + count * Frame.HEADER_BYTES);
    int at = from;
    for (int i = 0; i < count; i++) {
      int part = Math.min(peerMaxFrame, length - i * peerMaxFrame);
      int type = i == 0 ? Frame.HEADERS : Frame.CONTINUATION;
      int more = (i == 0 ? flags : 0) | (i == count - 1 ? Frame.END_HEADERS : 0);
      at = Frame.header(to, at, part, type, more, id);
      System.arraycopy(block, i * peerMaxFrame, to, at, part);
      at += part;
    }
    output.wrote(at);
  }

  /** Appends trailers, behind the DATA that waits. */
  final void sendTrailers(Http2Stream stream, Headers fields) throws IOException {
    byte[] block = new byte[HpackEncoder.mostBytes(fields) + Frame.HEADER_BYTES];
    int end = encoder.trailers(fields, block, Frame.HEADER_BYTES);
    int length = end - Frame.HEADER_BYTES;
    if (length > peerMaxFrame) {
      throw new StreamResetException(false, false, "trailers of " + length + " bytes");
    }
    int flags = Frame.END_STREAM | Frame.END_HEADERS;
    Frame.header(block, 0, length, Frame.HEADERS, flags, stream.id);
    output.appendBehindData(block, end);
  }

  /** Ends a stream whose last data has been sent. */
  final void sendEnd(Http2Stream stream) throws IOException {
    byte[] frame = new byte[Frame.HEADER_BYTES];
    int end = Frame.header(frame, 0, 0, Frame.DATA, Frame.END_STREAM, stream.id);
    output.appendBehindData(frame, end);
  }

  final void dataSent(int bytes) {
    sendWindow -= bytes;
    dataFramesSent++;
  }

  // streams

  /** A stream is open from now on. */
  final void opened(Http2Stream stream) {
    streams.put(stream);
    stats.streamsActive.inc();
  }

  /** Both directions of a stream have ended. */
  final void ended(Http2Stream stream) {
    if (streams.get(stream.id) != null) {
      streams.remove(stream.id);
      stats.streamsActive.dec();
      streamEnded(stream);
    }
  }

  final boolean hasOtherStreams() {
    return streams.size() > 1;
  }

  /** Whether this side has reset the stream lately. */
  final boolean isRecent(int id) {
    return recent.contains(id);
  }

  final int peerStreamWindow() {
    return peerStreamWindow;
  }

  final int peerMaxFrame() {
    return peerMaxFrame;
  }

  final int streamWindow() {
    return streamWindow;
  }

  /** How large a header block may be, encoded. */
  final int maxBlock() {
    return Math.max(MAX_BLOCK, maxFieldBytes());
  }

  final int maxContinuations() {
    return Math.max(MAX_CONTINUATIONS, maxFieldBytes() / Frame.MAX_BYTES);
  }

  // time

  private long nextPing(long now) {
    double jitter = options.pingJitter() / 100;
    long more =
        (long)
            (options.pingNanos()
                * jitter
                * java.util.concurrent.ThreadLocalRandom.current().nextDouble());
    return now + options.pingNanos() + more;
  }

  /** Something that {@link #due} says has changed. */
  final void arm() {
    if (!ended) {
      carrier.await(this, due());
    }
  }

  /** Sets when {@link #onFrameTimeout} comes; {@link Long#MAX_VALUE} for never. */
  final void frameTimeout(long at) {
    if (timerAt != at) {
      timerAt = at;
      arm();
    }
  }

  /** A header block did not come to its end in time. */
  private void onFrameTimeout() {
    fail(new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "a header block that does not end"));
  }

  /** How long a header block may take. */
  abstract long headersNanos();

  @Override
  protected final long due() {
    return Math.min(Math.min(lingerAt, pingAt), Math.min(timerAt, sideDue()));
  }

  @Override
  protected final void expire(long now) {
    if (ended) {
      return;
    }
    if (lingerAt <= now) {
      lingerAt = Long.MAX_VALUE;
      lost();
      return;
    }
    if (timerAt <= now) {
      timerAt = Long.MAX_VALUE;
      onFrameTimeout();
    }
    if (pingAt <= now) {
      ping(now);
    }
    if (sideDue() <= now) {
      onSideDue(now);
    }
  }

  private void ping(long now) {
    if (failed || ending) {
      pingAt = Long.MAX_VALUE;
    } else if (pinged) {
      pingAt = Long.MAX_VALUE;
      stats.keepaliveTimeout.inc();
      fail(new ConnectionError(ErrorCode.NO_ERROR, "PING was not answered"));
    } else {
      pinged = true;
      pingAt =
          options.pingTimeoutNanos() == Timeouts.NONE
              ? Long.MAX_VALUE
              : now + options.pingTimeoutNanos();
      sendPing(0, 0);
    }
  }

  /** Whether {@link #finish} was called. */
  final boolean isEnding() {
    return ending;
  }

  final @Nullable Http2Stream find(int id) {
    return streams.get(id);
  }

  @Override
  public String toString() {
    return "HTTP/2 on " + wire.channel();
  }
}
