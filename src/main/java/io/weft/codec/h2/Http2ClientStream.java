package io.weft.codec.h2;

import io.weft.codec.ClientStream;
import io.weft.codec.Interim;
import io.weft.codec.ProtocolException;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on a connection to a host. Over when the request is out and the
 * response has been read, or when it was reset.
 */
final class Http2ClientStream extends Http2Stream implements ClientStream {
  /** Interim responses that are taken before one final response; more is an attack. */
  private static final int MAX_INTERIM = 8;

  private record Head(int status, Headers headers, long contentLength, boolean end) {}

  private final Http2ClientConnection client;
  private final boolean reused;
  private final ArrayDeque<Head> heads = new ArrayDeque<>(1);
  private int interims;
  private boolean finalHead;
  private boolean head;
  private boolean noLength;
  private boolean responseStarted;
  private int status;

  /** What the request asks the stream to become, and whether that was accepted. */
  private @Nullable String upgrade;

  private boolean tunnel;
  private @Nullable String key;
  private boolean sending;
  private boolean requestDone;
  private boolean responseDone;
  private boolean over;
  private long headBytesSent;
  private long headBytesReceived;
  private @Nullable Runnable onEnd;

  Http2ClientStream(Http2ClientConnection connection, boolean reused) {
    super(connection, 0);
    client = connection;
    this.reused = reused;
  }

  @Override
  public void onEnd(Runnable action) {
    onEnd = action;
    if (over) {
      onEnd = null;
      action.run();
    }
  }

  // sending

  @Override
  public boolean sendHead(Request request, Timeouts limits) throws IOException {
    sending = true;
    boolean complete = false;
    try {
      while (!client.output.hasControlRoom()) {
        client.output.awaitControlRoom(this, limits);
      }
      checkSending();
      complete = writeHead(request);
      if (!complete && upgrade == null) {
        complete = sendDataAtHand(request.body(), limits);
      }
      return complete;
    } catch (IOException | RuntimeException e) {
      complete = true;
      throw e;
    } finally {
      if (complete) {
        sent();
      }
    }
  }

  /** Appends the head; whether it is all of the request. */
  private boolean writeHead(Request request) throws IOException {
    head = request.method().equals("HEAD");
    Body body = request.body();
    upgrade = request.upgrade();
    // whoever serves the client still has to know that this is an upgrade
    Headers fields = upgrade == null ? request.headers() : request.headers().copy();
    String method = upgrade == null ? request.method() : "CONNECT";
    boolean bare = request.method().equals("CONNECT");
    if (upgrade != null && !bare) {
      if (client.settingsReceived && !client.peerAllowsConnect) {
        throw new ProtocolException(
            502, "http2.connect_not_allowed", "the host takes no extended CONNECT (RFC 8441)");
      }
      key = fields.first(WebSocketKeys.KEY);
    }
    fields
        .remove(HeaderName.CONNECTION)
        .remove(HeaderName.KEEP_ALIVE)
        .remove(HeaderName.PROXY_CONNECTION)
        .remove(HeaderName.TRANSFER_ENCODING)
        .remove(HeaderName.UPGRADE)
        .remove(HeaderName.HTTP2_SETTINGS);
    long length = upgrade == null ? body.length() : -1;
    if (length < 0) {
      fields.remove(HeaderName.CONTENT_LENGTH);
    } else if (length > 0 || fields.contains(HeaderName.CONTENT_LENGTH)) {
      fields.set(HeaderName.CONTENT_LENGTH, Long.toString(length));
    }
    String authority = request.authority();
    int most =
        HpackEncoder.mostBytes(fields)
            + method.length()
            + (upgrade == null ? 0 : upgrade.length())
            + request.path().length()
            + authority.length()
            + 128;
    boolean end = length == 0 && body.trailers() == null;
    client.open(this);
    byte[] to = client.output.room(most);
    int from = client.output.controlEnd();
    HpackEncoder encoder = client.encoder;
    int at = encoder.begin(to, from + Frame.HEADER_BYTES);
    at = encoder.pseudo(":method", method, true, to, at);
    if (upgrade != null && !bare) {
      at = encoder.pseudo(":protocol", upgrade, true, to, at);
    }
    if (!bare) {
      at = encoder.pseudo(":scheme", request.scheme(), true, to, at);
    }
    if (!authority.isEmpty()) {
      at = encoder.pseudo(":authority", authority, true, to, at);
    }
    if (!bare) {
      at = encoder.pseudo(":path", request.path(), false, to, at);
    }
    at = encoder.headers(fields, HeaderName.HOST, to, at);
    headBytesSent = (long) at - from;
    client.headersWritten(id, end, at);
    if (end) {
      endLocal();
    }
    return end;
  }

  @Override
  public void sendBody(Body body, Timeouts limits) throws IOException {
    if (requestDone && !over) {
      throw new IllegalStateException("the body is sent once");
    }
    try {
      checkSending();
      sendData(body, limits);
    } finally {
      sent();
    }
  }

  private void sent() {
    sending = false;
    requestDone = true;
    endIfOver();
  }

  // receiving

  boolean awaitsHead() {
    return !finalHead;
  }

  void headReceived(int status, Headers fields, long contentLength, boolean end)
      throws StreamError {
    responseStarted = true;
    headBytesReceived += fields.wireLength();
    if (status < 200 && ++interims > MAX_INTERIM) {
      fields.release();
      throw new StreamError(
          ErrorCode.ENHANCE_YOUR_CALM, "more than " + MAX_INTERIM + " interim responses");
    }
    if (status >= 200) {
      finalHead = true;
      noLength = head || status == 304 || status == 204;
    }
    heads.addLast(new Head(status, fields, contentLength, end));
    if (status >= 200) {
      headReceived(contentLength, end);
    }
    wakeReceiver();
  }

  @Override
  boolean mayCheckLength() {
    return !noLength;
  }

  @Override
  public Response receive(Interim interim, Timeouts limits) throws IOException {
    while (true) {
      Head next = heads.pollFirst();
      if (next == null) {
        IOException reason = resetReason();
        if (reason != null) {
          throw reason;
        }
        awaitHead(limits);
      } else if (next.status >= 200) {
        return response(next, limits);
      } else {
        if (next.status == 103) {
          interim.onInterim(next.status, next.headers);
        }
        next.headers.release();
      }
    }
  }

  private Response response(Head next, Timeouts limits) {
    limits.active(carrier().nowNanos());
    status = next.status;
    String asked = upgrade;
    if (asked != null && next.status < 300) {
      return tunnel(asked, next, limits);
    }
    long length = next.end || noLength ? 0 : next.contentLength;
    if (next.status == 204) {
      next.headers.remove(HeaderName.CONTENT_LENGTH);
    }
    return Response.of(next.status, next.headers, new Http2Body(this, false, limits, length));
  }

  /** The host has accepted: what comes and goes from here on are the tunnel's bytes. */
  private Response tunnel(String asked, Head next, Timeouts limits) {
    tunnel = true;
    Headers fields = next.headers;
    fields.remove(HeaderName.CONTENT_LENGTH);
    int status = next.status;
    if (!asked.equals("CONNECT")) {
      status = 101;
      fields.add("Connection", "Upgrade").add("Upgrade", asked);
      if (WebSocketKeys.isWebSocket(asked)) {
        WebSocketKeys.accept(key, fields);
      }
    }
    return Response.of(status, fields, new Http2Body(this, false, limits, -1));
  }

  @Override
  public void deadlineMoved(Timeouts limits) {
    receiveDeadline(limits.next());
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public boolean responseStarted() {
    return responseStarted;
  }

  @Override
  public boolean onReusedConnection() {
    return reused;
  }

  @Override
  public long bytesSent() {
    return headBytesSent + dataBytesSent();
  }

  @Override
  public long bytesReceived() {
    return headBytesReceived + dataBytesReceived();
  }

  // the end

  @Override
  void remoteEnd() {
    // The response is over when it has been read.
  }

  void bothEnded() {
    endIfOver();
  }

  @Override
  void bodyRead() {
    responseOver();
  }

  @Override
  void abandonBody() {
    if (isRemoteEnded()) {
      closeBody();
      responseOver();
    } else {
      reset();
    }
  }

  private void responseOver() {
    responseDone = true;
    if (!requestDone && !isLocalEnded() && !tunnel) {
      // The host has said all it had to say: nobody reads the rest of the request.
      client.resetStream(
          this, ErrorCode.CANCEL, new StreamResetException(false, false, "answered"));
    }
    endIfOver();
  }

  @Override
  boolean outlivesReset() {
    return isRemoteEnded();
  }

  private void endIfOver() {
    if (requestDone && responseDone) {
      end();
    }
  }

  private void end() {
    if (!over) {
      over = true;
      forget();
      for (Head left : heads) {
        left.headers.release();
      }
      heads.clear();
      Runnable action = onEnd;
      if (action != null) {
        onEnd = null;
        action.run();
      }
    }
  }

  @Override
  void onReset(IOException reason) {
    responseDone = true;
    if (!sending) {
      requestDone = true;
    }
    end();
  }

  @Override
  public void reset() {
    if (!over) {
      client.resetStream(
          this, ErrorCode.CANCEL, new StreamResetException(false, false, this + " was reset here"));
      responseDone = true;
      requestDone = true;
      end();
    }
  }
}
