package io.weft.codec.h2;

import io.weft.codec.ClientConnection;
import io.weft.codec.ClientStream;
import io.weft.codec.ProtocolException;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Protocol;
import io.weft.net.Channel;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an HTTP/2 connection: as many streams at a time as both sides allow.
 * Threads: see {@link Http2Connection}.
 */
public final class Http2ClientConnection extends Http2Connection implements ClientConnection {
  /** What a peer is trusted with before it has said what it takes (RFC 9113 6.5.2). */
  private static final int MAX_STREAMS_UNKNOWN = 100;

  private static final long FLUSH_NANOS = 300_000_000_000L;
  private static final long LINGER_NANOS = 1_000_000_000L;

  private final Http2ClientConfig config;
  private final HpackDecoder decoder;
  private int nextId = 1;
  private long started;

  /** The peer takes no more streams, or this side opens none. */
  private boolean closing;

  private boolean closedHere;
  private @Nullable Runnable onUnfit;
  private @Nullable Runnable onRoom;

  /** A connection over an open channel; its preface and settings go out at once. */
  public Http2ClientConnection(Channel channel, Http2ClientConfig config, Http2Stats stats) {
    super(new Wire(channel), config.options(), stats, config.bufferBytes(), FLUSH_NANOS, true);
    this.config = config;
    decoder = new HpackDecoder((int) options.tableBytes());
    var settings = new Settings();
    if (options.tableBytes() != 4096) {
      settings.add(Settings.TABLE_SIZE, options.tableBytes());
    }
    settings.add(Settings.ENABLE_PUSH, 0);
    if (streamWindow() != Http2Options.DEFAULT_WINDOW) {
      settings.add(Settings.INITIAL_WINDOW, streamWindow());
    }
    settings.add(Settings.MAX_HEADER_LIST, config.maxHeaderBytes());
    byte[] first = settings.frame(FrameReader.PREFACE);
    begin(first, first.length);
    carrier.start(this);
  }

  @Override
  public Channel channel() {
    return wire.channel();
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_2;
  }

  @Override
  public ClientStream newStream() {
    return new Http2ClientStream(this, started++ > 0);
  }

  @Override
  public int maxStreams() {
    long said = settingsReceived ? peerMaxStreams : MAX_STREAMS_UNKNOWN;
    return (int) Math.min(Integer.MAX_VALUE, Math.min(said, options.maxConcurrentStreams()));
  }

  @Override
  public long streamsStarted() {
    return started;
  }

  @Override
  public boolean isReusable() {
    return !closing && !isEnded() && !isFailed() && !isEnding() && wire.channel().isOpen();
  }

  @Override
  public boolean rest(Runnable unfit) {
    if (!isReusable()) {
      return false;
    }
    onUnfit = unfit;
    return true;
  }

  @Override
  public boolean resume() {
    onUnfit = null;
    return isReusable();
  }

  @Override
  public void onRoom(Runnable action) {
    onRoom = action;
  }

  @Override
  public void close() {
    if (isEnded()) {
      return;
    }
    closing = true;
    closedHere = true;
    onUnfit = null;
    if (!isFailed() && !isEnding()) {
      goaway(0, ErrorCode.NO_ERROR);
      output.run();
    }
    wire.channel().close();
  }

  private void unfit() {
    closing = true;
    Runnable action = onUnfit;
    if (action != null) {
      onUnfit = null;
      action.run();
    }
  }

  /** Opens a stream for the head that is written next, without a wait between. */
  void open(Http2ClientStream stream) throws IOException {
    if (!isReusable()) {
      throw lossReason();
    }
    stream.id = nextId;
    nextId += 2;
    if (nextId < 0) {
      closing = true; // RFC 9113 5.1.1: the numbers are used up
    }
    stream.sendWindow = peerStreamWindow();
    opened(stream);
  }

  // what comes

  @Override
  boolean expectsPreface() {
    return false;
  }

  @Override
  void headers(int id, boolean end, byte[] block, int from, int until) throws ConnectionError {
    HeadBuilder head = HeadBuilder.local();
    var stream = (Http2ClientStream) find(id);
    if (stream == null) {
      head.begin(HeadBuilder.Kind.DROPPED, 0, 0);
      decoder.decode(block, from, until, head);
      if (!isKnown(id)) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream " + id);
      }
      return;
    }
    boolean first = stream.awaitsHead();
    head.begin(
        first ? HeadBuilder.Kind.RESPONSE : HeadBuilder.Kind.TRAILERS,
        config.maxHeaders(),
        config.maxHeaderBytes());
    decoder.decode(block, from, until, head);
    try {
      String problem = problem(stream, head, first, end);
      if (problem != null) {
        head.drop();
        throw new StreamError(ErrorCode.PROTOCOL_ERROR, problem);
      }
      if (first) {
        int status = head.status;
        long length = head.contentLength;
        stream.headReceived(status, head.finish(), length, end);
      } else {
        stats.trailers.inc();
        stream.trailersReceived(head.finish());
      }
    } catch (StreamError e) {
      fail(stream, e);
    }
  }

  private @Nullable String problem(
      Http2ClientStream stream, HeadBuilder head, boolean first, boolean end) {
    if (head.isOverflow()) {
      stats.headerOverflow.inc();
      return "headers that are too large";
    }
    if (head.problem() != null) {
      return head.problem();
    }
    if (stream.isRemoteEnded()) {
      return "HEADERS behind the end";
    }
    if (!first) {
      return end ? null : "HEADERS without an end behind data";
    }
    if (head.status == 0) {
      return "a response without :status";
    }
    if (head.status == 101) {
      return "101, which HTTP/2 does not have";
    }
    return head.status < 200 && end ? "an interim response with an end" : null;
  }

  @Override
  void goawayReceived(int last, int code) {
    closing = true;
    for (Http2Stream stream : streams.all()) {
      if (Integer.compareUnsigned(stream.id, last) > 0) {
        streams.remove(stream.id);
        stats.streamsActive.dec();
        stream.reset(
            new StreamResetException(
                true, true, "GOAWAY before " + stream + ": " + ErrorCode.name(code)));
      }
    }
    unfit();
  }

  @Override
  void settingsChanged() {
    Runnable action = onRoom;
    if (action != null) {
      action.run();
    }
  }

  @Override
  boolean isKnown(int id) {
    return (id & 1) == 1 && id < nextId;
  }

  @Override
  long streamsOpened() {
    return nextId >>> 1 & 0x7fffffffL;
  }

  @Override
  int lastServed() {
    return 0;
  }

  @Override
  void streamEnded(Http2Stream stream) {
    ((Http2ClientStream) stream).bothEnded();
  }

  @Override
  void streamReset(Http2Stream stream, boolean remote) {
    // A host that resets is a matter for retries and outlier detection.
  }

  @Override
  void blame() {
    // as above
  }

  @Override
  IOException reason(StreamError error) {
    return new ProtocolException(502, "http2.protocol_error", String.valueOf(error.getMessage()));
  }

  @Override
  IOException reason(ConnectionError error) {
    return error.code() == ErrorCode.NO_ERROR
        ? new EOFException(error.getMessage())
        : new ProtocolException(502, "http2.protocol_error", String.valueOf(error.getMessage()));
  }

  @Override
  IOException lossReason() {
    return closedHere ? closed() : new EOFException("the host closed the connection");
  }

  @Override
  void connectionFailed(ConnectionError error) {
    unfit();
  }

  @Override
  void over() {
    unfit();
  }

  // limits

  @Override
  int maxFieldBytes() {
    return config.maxHeaderBytes();
  }

  @Override
  long lingerNanos() {
    return LINGER_NANOS;
  }

  @Override
  long headersNanos() {
    return Timeouts.NONE;
  }

  @Override
  long sideDue() {
    return Long.MAX_VALUE;
  }

  @Override
  void onSideDue(long now) {
    // nothing is ever due
  }
}
