package io.weft.codec.h2;

import io.weft.codec.ProtocolException;
import io.weft.codec.ServerConnection;
import io.weft.codec.StreamServer;
import io.weft.codec.StreamServer.Ending;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Headers;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of an HTTP/2 connection: gives each request to the {@link StreamServer} on a
 * virtual thread of its own. Threads: see {@link Http2Connection}.
 *
 * <p>It ends in two steps (RFC 9113 6.8): a GOAWAY that refuses nothing yet, then, when the client
 * has had the time to see it, one with the last stream that is served.
 */
public final class Http2ServerConnection extends Http2Connection implements ServerConnection {
  /** The data of the PING behind the first GOAWAY: its answer says that the GOAWAY was seen. */
  private static final long DRAIN_PING = 0x77656674_64726e31L;

  private final Http2ServerConfig config;
  private final StreamServer server;
  private final Runnable onEnd;
  private final boolean secure;
  private final ResetBudget resets;

  private int lastOpened;
  private int lastServed;
  private long requests;
  private int threads;
  private boolean settingsAcknowledged;

  private boolean draining;
  private boolean refusing;
  private Ending ending = Ending.REMOTE;

  private long idleAt;
  private long drainAt = Long.MAX_VALUE;
  private long ageAt;

  /**
   * A connection whose client's preface is the next to be read.
   *
   * @param onEnd closes the connection; called once, on its carrier, when it is over
   * @param mayDetach whether threads may end while there is nothing to read
   * @param secure whether the client's scheme is https
   */
  public Http2ServerConnection(
      Wire wire,
      Http2ServerConfig config,
      Http2Stats stats,
      StreamServer server,
      Runnable onEnd,
      boolean mayDetach,
      boolean secure) {
    super(wire, config.options(), stats, config.bufferBytes(), config.flushNanos(), mayDetach);
    this.config = config;
    this.server = server;
    this.onEnd = onEnd;
    this.secure = secure;
    long now = carrier.nowNanos();
    resets = new ResetBudget(now);
    idleAt = after(now, config.idleNanos());
    ageAt = after(now, config.maxConnectionNanos());
    wire.channel().onReset(null);
    byte[] first = settings().frame(new byte[0]);
    begin(first, first.length);
  }

  private Settings settings() {
    Http2Options to = options;
    var settings = new Settings();
    if (to.tableBytes() != 4096) {
      settings.add(Settings.TABLE_SIZE, to.tableBytes());
    }
    settings.add(Settings.MAX_STREAMS, Math.min(to.maxConcurrentStreams(), Integer.MAX_VALUE));
    if (streamWindow() != Http2Options.DEFAULT_WINDOW) {
      settings.add(Settings.INITIAL_WINDOW, streamWindow());
    }
    settings.add(Settings.MAX_HEADER_LIST, config.maxHeaderBytes());
    if (to.allowConnect()) {
      settings.add(Settings.CONNECT_PROTOCOL, 1);
    }
    return settings;
  }

  private static long after(long now, long nanos) {
    return nanos == Timeouts.NONE ? Long.MAX_VALUE : now + nanos;
  }

  @Override
  boolean expectsPreface() {
    return true;
  }

  // requests

  @Override
  void headers(int id, boolean end, byte[] block, int from, int until) throws ConnectionError {
    HeadBuilder head = HeadBuilder.local();
    Http2Stream open = find(id);
    if (open != null) {
      trailers((Http2ServerStream) open, end, head, block, from, until);
      return;
    }
    if ((id & 1) == 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a request on stream " + id);
    }
    if (id <= lastOpened) {
      drop(head, block, from, until);
      if (!isRecent(id)) {
        throw new ConnectionError(ErrorCode.STREAM_CLOSED, "HEADERS on stream " + id + ", closed");
      }
      return;
    }
    lastOpened = id;
    if (refusing) {
      drop(head, block, from, until); // RFC 9113 6.8: the client knows that it was not served
      return;
    }
    if (streams.size() >= options.maxConcurrentStreams()
        || threads >= 2 * options.maxConcurrentStreams()) {
      drop(head, block, from, until);
      refuseStream(id, ErrorCode.REFUSED_STREAM);
      if (settingsAcknowledged) {
        blame();
      }
      return;
    }
    head.begin(HeadBuilder.Kind.REQUEST, config.maxHeaders(), config.maxHeaderBytes());
    decoder.decode(block, from, until, head);
    open(id, end, head);
  }

  private final HpackDecoder decoder = new HpackDecoder((int) options.tableBytes());

  private void drop(HeadBuilder head, byte[] block, int from, int until) throws ConnectionError {
    head.begin(HeadBuilder.Kind.DROPPED, 0, 0);
    decoder.decode(block, from, until, head);
  }

  private void open(int id, boolean end, HeadBuilder head) throws ConnectionError {
    if (head.isOverflow()) {
      stats.headerOverflow.inc();
      refuse(id, ErrorCode.ENHANCE_YOUR_CALM);
      return;
    }
    RequestHead request = RequestHead.of(head, secure, options.allowConnect());
    if (request == null) {
      head.drop();
      stats.messagingError.inc();
      refuse(id, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    Headers headers = head.finish();
    lastServed = id;
    requests++;
    var stream = new Http2ServerStream(this, id, headers);
    opened(stream);
    idleAt = Long.MAX_VALUE;
    try {
      stream.begin(request, head, end, config);
    } catch (StreamError e) {
      headers.release();
      fail(stream, e);
      return;
    }
    threads++;
    carrier.start(stream);
    if (config.maxRequests() > 0 && requests >= config.maxRequests()) {
      drain();
    }
  }

  /** A request that no stream is made of. */
  private void refuse(int id, int code) throws ConnectionError {
    refuseStream(id, code);
    blame();
  }

  private void trailers(
      Http2ServerStream stream, boolean end, HeadBuilder head, byte[] block, int from, int until)
      throws ConnectionError {
    head.begin(HeadBuilder.Kind.TRAILERS, config.maxHeaders(), config.maxHeaderBytes());
    decoder.decode(block, from, until, head);
    String problem =
        stream.isRemoteEnded()
            ? "HEADERS behind the end"
            : head.isOverflow()
                ? "trailers that are too large"
                : end ? head.problem() : "HEADERS without an end behind data";
    try {
      if (problem != null) {
        head.drop();
        int code = stream.isRemoteEnded() ? ErrorCode.STREAM_CLOSED : ErrorCode.PROTOCOL_ERROR;
        throw new StreamError(code, problem);
      }
      stats.trailers.inc();
      stream.trailersReceived(head.finish());
    } catch (StreamError e) {
      fail(stream, e);
    }
  }

  /** Runs on the stream's thread. */
  void serve(Http2ServerStream stream, @Nullable ProtocolException refusal) throws IOException {
    if (refusal == null) {
      server.serve(stream);
    } else {
      server.refuse(stream, refusal);
    }
  }

  /** The thread of a stream is over. */
  void threadEnded(Http2ServerStream stream) {
    threads--;
    if (!stream.isReset()) {
      stream.finish();
    }
    stream.forget();
    if (isEnded()) {
      if (threads == 0) {
        closed(ending);
      }
    } else if (streams.size() == 0) {
      rest();
    }
  }

  /** No stream is open. */
  private void rest() {
    if (isEnding()) {
      return;
    }
    if (refusing) {
      finish();
    } else {
      server.onIdle();
      idleAt = after(carrier.nowNanos(), config.idleNanos());
      arm();
    }
  }

  @Override
  void streamEnded(Http2Stream stream) {
    resets.used();
  }

  @Override
  void streamReset(Http2Stream stream, boolean remote) throws ConnectionError {
    long now = carrier.nowNanos();
    if (stream.isLocalEnded()
        || now - ((Http2ServerStream) stream).startNanos() > ResetBudget.YOUNG_NANOS) {
      resets.used();
    } else {
      blame();
    }
  }

  @Override
  void blame() throws ConnectionError {
    if (resets.wasted(carrier.nowNanos())) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many streams reset at once");
    }
  }

  @Override
  boolean isKnown(int id) {
    return id <= lastOpened && (id & 1) == 1;
  }

  @Override
  long streamsOpened() {
    return (lastOpened + 1L) >>> 1;
  }

  @Override
  int lastServed() {
    return lastServed;
  }

  @Override
  void settingsAcknowledged() {
    settingsAcknowledged = true;
  }

  @Override
  void goawayReceived(int last, int code) {
    // What is under way is finished; the client opens no more.
    refusing = true;
    if (streams.size() == 0 && threads == 0) {
      finish();
    }
  }

  // the end

  @Override
  public void drain() {
    if (draining || isEnded() || isEnding()) {
      return;
    }
    draining = true;
    ending = Ending.LOCAL;
    goaway(Integer.MAX_VALUE, ErrorCode.NO_ERROR);
    sendPing(0, DRAIN_PING);
    drainAt = after(carrier.nowNanos(), config.drainNanos());
    arm();
  }

  @Override
  void pingAnswered(long data) {
    if (data == DRAIN_PING && draining) {
      refuseMore();
    }
  }

  private void refuseMore() {
    drainAt = Long.MAX_VALUE;
    if (!refusing && !isEnding()) {
      refusing = true;
      goaway(lastServed, ErrorCode.NO_ERROR);
      if (streams.size() == 0 && threads == 0) {
        finish();
      }
    }
  }

  @Override
  void connectionFailed(ConnectionError error) {
    if (error.code() != ErrorCode.NO_ERROR) {
      ending = Ending.PROTOCOL_ERROR;
    }
  }

  @Override
  void over() {
    if (threads == 0) {
      closed(ending);
    }
  }

  private void closed(Ending why) {
    server.onClosed(why);
    onEnd.run();
  }

  @Override
  long sideDue() {
    return Math.min(idleAt, Math.min(drainAt, ageAt));
  }

  @Override
  void onSideDue(long now) {
    if (drainAt <= now) {
      refuseMore();
    }
    if (ageAt <= now) {
      ageAt = Long.MAX_VALUE;
      drain();
      ending = Ending.MAX_DURATION;
    }
    if (idleAt <= now) {
      idleAt = Long.MAX_VALUE;
      if (streams.size() == 0 && threads == 0 && !isEnding()) {
        ending = Ending.IDLE_TIMEOUT;
        refusing = true;
        goaway(lastServed, ErrorCode.NO_ERROR);
        finish();
      }
    }
  }

  // limits

  @Override
  int maxFieldBytes() {
    return config.maxHeaderBytes();
  }

  @Override
  long slowNanos() {
    return config.slowNanos();
  }

  @Override
  long lingerNanos() {
    return config.delayedCloseNanos();
  }

  @Override
  long headersNanos() {
    return config.headersNanos();
  }
}
