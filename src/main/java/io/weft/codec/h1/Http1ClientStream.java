package io.weft.codec.h1;

import io.weft.codec.ClientStream;
import io.weft.codec.Interim;
import io.weft.codec.ProtocolException;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.Buffer;
import io.weft.net.CanceledException;
import io.weft.net.Channel;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on an upstream HTTP/1 connection. Its two halves may run on two
 * threads; it is over when both are.
 */
final class Http1ClientStream implements ClientStream, Http1Body.Watcher {
  /** Interim responses that are taken before one final response; more is an attack. */
  private static final int MAX_INTERIM = 8;

  private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Http1ClientConnection connection;
  private final Wire wire;
  private final Http1ClientConfig config;
  private final boolean reused;
  private final long readBefore;
  private final long writtenBefore;
  private @Nullable Http1Output output;
  private Http1Output.Framing framing = Http1Output.Framing.NONE;
  private boolean head;

  /** What the request asks the connection to become; null for nothing. */
  private @Nullable String upgrade;

  private boolean tunnel;
  private boolean sending;
  private boolean requestDone;
  private boolean responseDone;
  private boolean responseStarted;
  private int status;
  private boolean clean = true;
  private boolean ended;
  private @Nullable Runnable onEnd;
  private @Nullable Thread sender;

  /** What a tunnel comes from, while no thread waits for it. */
  private @Nullable Channel idleSource;

  Http1ClientStream(
      Http1ClientConnection connection, Wire wire, Http1ClientConfig config, boolean reused) {
    this.connection = connection;
    this.wire = wire;
    this.config = config;
    this.reused = reused;
    readBefore = wire.channel().bytesRead();
    writtenBefore = wire.channel().bytesWritten();
  }

  @Override
  public void onEnd(Runnable action) {
    onEnd = action;
    if (ended) {
      onEnd = null;
      action.run();
    }
  }

  @Override
  public boolean sendHead(Request request, Timeouts limits) throws IOException {
    var out = new Http1Output(wire, limits, config.properCase());
    output = out;
    sending = true;
    if (connection.isDirect()) {
      upgrade = request.upgrade();
      framing = Http1Output.Framing.CLOSE;
      return false;
    }
    boolean complete = false;
    try {
      head = request.method().equals("HEAD");
      upgrade = request.upgrade();
      Headers headers = request.headers();
      framing =
          upgrade == null
              ? Http1Output.frame(headers, request.body(), true, false)
              : Http1Output.Framing.CLOSE;
      latin1(out, request.method());
      out.append(SPACE, 0, 1);
      latin1(out, request.method().equals("CONNECT") ? request.authority() : request.path());
      out.append(VERSION, 0, VERSION.length);
      out.appendFields(headers);
      complete = upgrade == null && out.appendAtHand(request.body(), framing);
      out.flush();
      return complete;
    } catch (IOException | RuntimeException e) {
      complete = true;
      clean = false;
      throw e;
    } finally {
      if (complete) {
        sent();
      }
    }
  }

  private static final byte[] SPACE = {' '};

  private static void latin1(Http1Output out, String text) throws IOException {
    Buffer buffer = out.out();
    if (text.length() <= buffer.writable()) {
      for (int i = 0; i < text.length(); i++) {
        buffer.put((byte) text.charAt(i));
      }
    } else {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      out.append(bytes, 0, bytes.length);
    }
  }

  @Override
  public void sendBody(Body body, Timeouts limits) throws IOException {
    Http1Output out = beginBody();
    try {
      out.writeBody(body, framing);
      if (tunnel) {
        out.end();
      }
    } catch (IOException e) {
      clean = false;
      throw e;
    } finally {
      sender = null;
      sent();
    }
  }

  @Override
  public boolean sendTunnel(Body body, Timeouts limits, Runnable more) throws IOException {
    if (!(body instanceof Http1Body client)
        || !client.wire().readsChannel()
        || !wire.writesChannel()) {
      sendBody(body, limits);
      return true;
    }
    Http1Output out = beginBody();
    boolean over = true;
    try {
      over = out.relayAtHand(client, more);
      if (over) {
        out.end();
      }
      idleSource = over ? null : client.wire().channel();
      return over;
    } catch (IOException e) {
      clean = false;
      throw e;
    } finally {
      sender = null;
      if (over) {
        sent();
      }
    }
  }

  private Http1Output beginBody() throws CanceledException {
    Http1Output out = output;
    if (out == null) {
      throw new IllegalStateException("the head is sent first");
    }
    if (tunnel ? ended : responseDone) {
      // Also where the stream was reset before this thread came to run.
      sent();
      throw new CanceledException("the exchange is over");
    }
    if (requestDone) {
      throw new IllegalStateException("the body is sent once");
    }
    sender = Thread.currentThread();
    return out;
  }

  private void sent() {
    Http1Output out = output;
    if (out != null) {
      out.release();
    }
    sending = false;
    requestDone = true;
    endIfOver();
  }

  @Override
  public Response receive(Interim interim, Timeouts limits) throws IOException {
    if (connection.isDirect()) {
      responseStarted = true;
      return tunnel(200, new Headers(), limits);
    }
    int interims = 0;
    while (true) {
      HeadReader reader = HeadReader.ofResponses(config.limits());
      Headers headers;
      try {
        headers = reader.read(wire, limits);
      } catch (IOException e) {
        responseStarted |= wire.channel().bytesRead() > readBefore;
        throw e;
      }
      if (headers == null) {
        throw new EOFException("the host closed the connection before a response");
      }
      responseStarted = true;
      HeadParser parsed = reader.parser();
      int status = parsed.status;
      String asked = upgrade;
      if (status == 101 || status / 100 == 2 && "CONNECT".equals(asked)) {
        checkUpgrade(parsed, headers);
        return tunnel(status, headers, limits);
      }
      if (status >= 200) {
        if (asked != null) {
          sent(); // refused: the request was its head alone
        }
        return response(parsed, headers, limits);
      }
      if (++interims > MAX_INTERIM) {
        throw broken("more than " + MAX_INTERIM + " interim responses");
      }
      if (status == 103) {
        dropConnectionFields(headers);
        interim.onInterim(status, headers);
      }
      headers.release();
    }
  }

  /** An interim response has no body, and what it says of its connection is not for the client. */
  private static void dropConnectionFields(Headers headers) {
    headers
        .remove(HeaderName.CONNECTION)
        .remove(HeaderName.KEEP_ALIVE)
        .remove(HeaderName.PROXY_CONNECTION)
        .remove(HeaderName.TRANSFER_ENCODING)
        .remove(HeaderName.CONTENT_LENGTH)
        .remove(HeaderName.UPGRADE);
  }

  /** RFC 9110 7.8: a server may switch only to what it was asked for (security bar F20). */
  private void checkUpgrade(HeadParser parsed, Headers headers) throws ProtocolException {
    String asked = upgrade;
    if (parsed.status != 101) {
      return;
    }
    if (asked == null || asked.equals("CONNECT")) {
      throw broken("101 to a request that asked for no upgrade");
    }
    String given = headers.first(HeaderName.UPGRADE);
    if (parsed.http10 || !asked.equalsIgnoreCase(given)) {
      throw broken("101 with upgrade: " + given + " (expected: " + asked + ")");
    }
  }

  private Response tunnel(int status, Headers headers, Timeouts limits) {
    tunnel = true;
    clean = false;
    this.status = status;
    headers.remove(HeaderName.TRANSFER_ENCODING).remove(HeaderName.CONTENT_LENGTH);
    return Response.of(status, headers, Http1Body.tunnel(wire, limits, false, this));
  }

  private Response response(HeadParser parsed, Headers headers, Timeouts limits)
      throws ProtocolException {
    int status = parsed.status;
    boolean keepAlive = parsed.http10 ? parsed.connectionKeepAlive : !parsed.connectionClose;
    clean &= keepAlive;
    Body body;
    if (head || status == 204 || status == 304) {
      if (status == 204) {
        headers.remove(HeaderName.CONTENT_LENGTH);
      }
      body = Body.EMPTY;
    } else if (parsed.chunked) {
      body = Http1Body.chunked(wire, limits, false, this, config.limits(), config.trailers());
    } else if (parsed.contentLength > 0) {
      body = Http1Body.ofLength(wire, limits, false, this, parsed.contentLength);
    } else if (parsed.contentLength == 0) {
      body = Body.EMPTY;
    } else {
      clean = false;
      body = Http1Body.untilClose(wire, limits, this);
    }
    Response response = Response.of(status, headers, body);
    this.status = status; // told before the end: without a body that is now
    if (!(body instanceof Http1Body)) {
      onBodyEnd();
    }
    return response;
  }

  private static ProtocolException broken(String message) {
    return new ProtocolException(502, "upstream_codec_error", message);
  }

  @Override
  public void onBodyEnd() {
    responseDone = true;
    if (sending && !tunnel) {
      // The answer is complete and the request is not: nobody reads the rest of it.
      clean = false;
      Thread stuck = sender;
      if (stuck != null) {
        stuck.interrupt();
      }
    }
    endIfOver();
  }

  @Override
  public void onBodyAbandoned() {
    reset();
  }

  private void endIfOver() {
    if (requestDone && responseDone) {
      end();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      connection.ended(clean);
      Runnable action = onEnd;
      if (action != null) {
        onEnd = null;
        action.run();
      }
    }
  }

  @Override
  public void reset() {
    clean = false;
    responseDone = true;
    if (!ended) {
      wire.channel().close();
    }
    if (!sending || sender == null) {
      requestDone = true;
      end();
    }
    Channel idle = idleSource;
    if (idle != null) {
      idleSource = null;
      idle.wake();
    }
  }

  @Override
  public void deadlineMoved(Timeouts limits) {
    wire.channel().readDeadline(limits.next());
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
    return wire.channel().bytesWritten() - writtenBefore;
  }

  @Override
  public long bytesReceived() {
    return wire.channel().bytesRead() - readBefore;
  }
}
