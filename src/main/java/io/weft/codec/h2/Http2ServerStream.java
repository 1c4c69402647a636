package io.weft.codec.h2;

import io.weft.codec.BodyBrokenException;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One request and its response. {@link #run} is its thread. */
final class Http2ServerStream extends Http2Stream implements ServerStream, Runnable {
  private final Http2ServerConnection server;
  private final Timeouts limits = new Timeouts();
  private final Headers headers;
  private final long start;
  private Request request;
  private @Nullable ProtocolException refusal;
  private boolean expectsContinue;
  private boolean responseStarted;
  private boolean responseComplete;
  private boolean canceled;
  private boolean keyMade;
  private long firstByte = -1;
  private long requestEnd = -1;
  private @Nullable Runnable onCancel;

  Http2ServerStream(Http2ServerConnection connection, int id, Headers headers) {
    super(connection, id);
    server = connection;
    this.headers = headers;
    start = carrier().nowNanos();
    request = Request.of("-", "http", "", "-", Protocol.HTTP_2, headers, Body.EMPTY);
  }

  /** Takes the head of the request. */
  void begin(RequestHead head, HeadBuilder said, boolean end, Http2ServerConfig config)
      throws StreamError {
    headReceived(said.contentLength, end);
    Body body =
        end ? Body.EMPTY : new Http2Body(this, true, limits, Math.max(-1, said.contentLength));
    if (said.contentLength == 0 && !end) {
      body = new Http2Body(this, true, limits, -1);
    }
    upgrade(head.upgrade());
    request =
        Request.of(head.method(), head.scheme(), null, head.path(), Protocol.HTTP_2, headers, body);
    if (head.path().length() > config.maxTargetBytes()) {
      refusal = new ProtocolException(414, "path_too_long", "path: too long");
    } else if (said.expect) {
      expect(config.sendContinue());
    }
  }

  /** Extended CONNECT (RFC 8441) has the form of an HTTP/1 upgrade from here on. */
  private void upgrade(@Nullable String protocol) {
    if (protocol != null) {
      headers.add("Connection", "Upgrade").add("Upgrade", protocol);
      if (WebSocketKeys.isWebSocket(protocol) && !headers.contains(WebSocketKeys.KEY)) {
        headers.add("Sec-WebSocket-Key", WebSocketKeys.make());
        keyMade = true;
      }
    }
  }

  private void expect(boolean answer) {
    String expected = headers.first(HeaderName.EXPECT);
    if (expected == null || !expected.equalsIgnoreCase("100-continue")) {
      refusal =
          new ProtocolException(
              417, "http2.unknown_expectation", "expect: (expected: 100-continue)");
    }
    expectsContinue = answer && !isRemoteEnded();
  }

  @Override
  public void run() {
    try {
      server.serve(this, refusal);
    } catch (IOException e) {
      // The client is gone; whoever serves has told.
    } finally {
      server.threadEnded(this);
      headers.release();
    }
  }

  /** The thread is over and nobody has reset the stream. */
  void finish() {
    if (!responseComplete) {
      server.resetStream(
          this, ErrorCode.INTERNAL_ERROR, new StreamResetException(false, false, "no response"));
    } else if (!isRemoteEnded()) {
      // RFC 9113 8.1: the rest of the request is not wanted.
      server.resetStream(
          this, ErrorCode.NO_ERROR, new StreamResetException(false, false, "answered"));
      server.streamEnded(this);
    }
  }

  long startNanos() {
    return start;
  }

  @Override
  public Request request() {
    return request;
  }

  @Override
  public Timeouts timeouts() {
    return limits;
  }

  @Override
  void remoteEnd() {
    requestEnd = carrier().nowNanos();
  }

  @Override
  void onReset(IOException reason) {
    if (!responseComplete) {
      canceled = true;
      Runnable action = onCancel;
      if (action != null) {
        onCancel = null;
        action.run();
      }
    }
  }

  @Override
  void abandonBody() {
    closeBody();
  }

  /** RFC 9110 10.1.1: whoever is about to read the body has decided to take it. */
  @Override
  void beforeWaiting() throws IOException {
    if (expectsContinue) {
      expectsContinue = false;
      if (!responseStarted && !isRemoteEnded()) {
        sendInterim(100, new Headers());
      }
    }
  }

  @Override
  public void sendInterim(int status, Headers fields) throws IOException {
    if (!responseStarted) {
      sendHead(status, fields, false);
    }
  }

  private void sendHead(int status, Headers fields, boolean end) throws IOException {
    checkSending();
    while (!server.output.hasControlRoom()) {
      server.output.awaitControlRoom(this, limits);
    }
    byte[] to = server.output.room(HpackEncoder.mostBytes(fields) + Frame.HEADER_BYTES + 16);
    int at = server.output.controlEnd() + Frame.HEADER_BYTES;
    at = server.encoder.status(status, to, at);
    at = server.encoder.headers(fields, null, to, at);
    server.headersWritten(id, end, at);
  }

  @Override
  public void send(Response response) throws IOException {
    if (responseStarted) {
      throw new IllegalStateException("a second response to " + request);
    }
    responseStarted = true;
    Body body = response.body();
    try {
      boolean end = frame(response, body);
      sendHead(response.status() == 101 ? 200 : response.status(), response.headers(), end);
      firstByte = carrier().nowNanos();
      if (end) {
        endLocal();
      } else {
        sendData(body, limits);
      }
      responseComplete = true;
    } catch (BodyBrokenException e) {
      if (firstByte < 0) {
        responseStarted = false;
      }
      throw e;
    } finally {
      body.close();
    }
  }

  /** Says in the headers how long the body is; true if there is none. */
  private boolean frame(Response response, Body body) throws IOException {
    Headers fields = response.headers();
    fields
        .remove(HeaderName.CONNECTION)
        .remove(HeaderName.KEEP_ALIVE)
        .remove(HeaderName.PROXY_CONNECTION)
        .remove(HeaderName.TRANSFER_ENCODING)
        .remove(HeaderName.UPGRADE);
    int status = response.status();
    if (request.isUpgradedBy(status)) {
      fields.remove(HeaderName.CONTENT_LENGTH);
      if (keyMade) {
        fields.remove(WebSocketKeys.ACCEPT);
      }
      return false;
    }
    if (status == 101) {
      throw new IllegalStateException("101 to a request that asked for no upgrade: " + request);
    }
    if (request.method().equals("HEAD") || status == 304) {
      return true;
    }
    if (status == 204) {
      fields.remove(HeaderName.CONTENT_LENGTH);
      return true;
    }
    long length = body.length();
    if (length < 0) {
      fields.remove(HeaderName.CONTENT_LENGTH);
      return false;
    }
    if (!fields.contains(HeaderName.CONTENT_LENGTH)
        || !Long.toString(length).equals(fields.first(HeaderName.CONTENT_LENGTH))) {
      fields.set(HeaderName.CONTENT_LENGTH, Long.toString(length));
    }
    return length == 0 && body.trailers() == null;
  }

  @Override
  public boolean responseStarted() {
    return responseStarted;
  }

  @Override
  public boolean requestComplete() {
    return isRemoteEnded();
  }

  @Override
  public void reset() {
    server.resetStream(
        this,
        ErrorCode.INTERNAL_ERROR,
        new StreamResetException(false, false, this + " was reset here"));
  }

  @Override
  public void closeAfterResponse() {
    // What is left of the request costs the connection nothing.
  }

  @Override
  public void drainConnection() {
    server.drain();
  }

  @Override
  public boolean isCanceled() {
    return canceled;
  }

  @Override
  public boolean isCutByConnection() {
    return server.isEnded() || server.isFailed();
  }

  @Override
  public String cancelDetail() {
    return switch (resetReason()) {
      case StreamResetException e when e.isRemote() -> "http2.remote_reset";
      case StreamResetException _ -> MESSAGING_RULE;
      case null, default -> REMOTE_DISCONNECT;
    };
  }

  @Override
  public void onCancel(@Nullable Runnable action) {
    onCancel = action;
  }

  @Override
  public long bodyBytesReceived() {
    return dataBytesReceived();
  }

  @Override
  public long bodyBytesSent() {
    return dataBytesSent();
  }

  @Override
  public long firstByteSentNanos() {
    return firstByte;
  }

  @Override
  public long requestEndNanos() {
    return requestEnd;
  }
}
