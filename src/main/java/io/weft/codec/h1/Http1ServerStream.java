package io.weft.codec.h1;

import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.ServerStream;
import io.weft.codec.Timeouts;
import io.weft.codec.Wire;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One request and its response on an HTTP/1 connection. One at a time on a connection. */
final class Http1ServerStream implements ServerStream, Http1Body.Watcher {
  private final Http1ServerConnection connection;
  private final Timeouts limits;
  private final Http1Output output;
  private final boolean mayKeepAlive;
  private static final Request NOTHING = Http1ServerConnection.noRequest();

  private Request request;
  private boolean expectsContinue;
  private boolean requestComplete;
  private boolean bodyAbandoned;
  private boolean responseStarted;
  private boolean responseComplete;
  private boolean close;
  private boolean canceled;
  private long requestEnd = -1;
  private @Nullable Runnable onCancel;

  Http1ServerStream(
      Http1ServerConnection connection,
      Wire wire,
      Timeouts limits,
      boolean mayKeepAlive,
      boolean properCase) {
    this.connection = connection;
    this.limits = limits;
    this.mayKeepAlive = mayKeepAlive;
    output = new Http1Output(wire, limits, properCase);
    request = NOTHING;
  }

  /** Takes the request, whose body this stream watches. */
  void begin(Request parsed, boolean expects) {
    request = parsed;
    expectsContinue = expects;
    if (!(parsed.body() instanceof Http1Body body)) {
      onBodyEnd();
    } else if (body.isUntilClose()) {
      ended(); // a tunnel: it has a reader of its own
    }
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
  public void onBodyEnd() {
    ended();
    connection.watchReset();
  }

  private void ended() {
    requestComplete = true;
    if (requestEnd < 0) {
      requestEnd = Carrier.current().nowNanos();
    }
  }

  @Override
  public void onBodyAbandoned() {
    bodyAbandoned = true;
  }

  /** RFC 9110 10.1.1: whoever is about to read the body has decided to take it. */
  @Override
  public void beforeWaiting() throws IOException {
    if (expectsContinue) {
      expectsContinue = false;
      if (!responseStarted) {
        sendInterim(100, new Headers());
      }
    }
  }

  @Override
  public void sendInterim(int status, Headers headers) throws IOException {
    if (request.protocol() == Protocol.HTTP_1_0 || responseStarted) {
      return;
    }
    byte[] line = StatusLines.line(status);
    output.append(line, 0, line.length);
    output.appendFields(headers);
    output.flush();
  }

  @Override
  public void send(Response response) throws IOException {
    if (responseStarted) {
      throw new IllegalStateException("a second response to " + request);
    }
    responseStarted = true;
    Body body = response.body();
    try {
      if (!requestComplete) {
        dropRequestAtHand();
        // What of the body is still to come, if it comes, would be taken for the next request; as
        // Envoy, say so before the answer is out, even if the rest should come meanwhile.
        close |= !requestComplete;
      }
      if (request.isUpgradedBy(response.status())) {
        tunnel(response);
        return;
      }
      Http1Output.Framing framing = head(response);
      output.writeBody(body, framing);
      responseComplete = true;
    } catch (BodyBrokenException e) {
      if (output.firstByteNanos() < 0) {
        // Not one byte is out: another answer can still be given.
        output.discard();
        responseStarted = false;
      }
      throw e;
    } finally {
      output.release();
      body.close();
    }
  }

  /** From here on the connection is the tunnel's: its bytes to their end, as they come. */
  private void tunnel(Response response) throws IOException {
    close = true;
    Headers headers = response.headers();
    headers.remove(HeaderName.TRANSFER_ENCODING).remove(HeaderName.CONTENT_LENGTH);
    byte[] line = StatusLines.line(response.status());
    output.append(line, 0, line.length);
    output.appendFields(headers);
    output.flush();
    // a tunnel lasts, and may be one of many that are idle
    request.headers().trim();
    headers.trim();
    output.writeBody(response.body(), Http1Output.Framing.CLOSE);
    responseComplete = true;
    output.end();
  }

  /** Whether what comes next on the connection may be a tunnel's, and must go past the codec. */
  boolean asksForTunnel() {
    return request.body() instanceof Http1Body body && body.isUntilClose();
  }

  /**
   * Whether bytes of a tunnel that was refused may be mixed up with requests: the client that sent
   * them took it for granted.
   */
  private boolean spoiltByRefusal() {
    return request.body() instanceof Http1Body body
        && body.isUntilClose()
        && (body.isBegun() || body.wire().buffered() > 0 || request.method().equals("CONNECT"));
  }

  /** An answer that no one had to read the body for keeps the connection if all of it is here. */
  private void dropRequestAtHand() {
    if (!expectsContinue && !bodyAbandoned && request.body() instanceof Http1Body body) {
      body.dropAtHand();
    }
  }

  private Http1Output.Framing head(Response response) throws IOException {
    int status = response.status();
    if (status == 101) {
      throw new IllegalStateException("101 to a request that asked for no upgrade: " + request);
    }
    Headers headers = response.headers();
    boolean http10 = request.protocol() == Protocol.HTTP_1_0;
    boolean bodiless = request.method().equals("HEAD") || status == 304;
    Http1Output.Framing framing;
    if (bodiless) {
      headers.remove(HeaderName.TRANSFER_ENCODING);
      framing = Http1Output.Framing.NONE;
    } else if (status == 204) {
      headers.remove(HeaderName.TRANSFER_ENCODING).remove(HeaderName.CONTENT_LENGTH);
      framing = Http1Output.Framing.NONE;
    } else {
      framing = Http1Output.frame(headers, response.body(), !http10, true);
      if (framing == Http1Output.Framing.NONE && !headers.contains(HeaderName.CONTENT_LENGTH)) {
        headers.add(HeaderName.CONTENT_LENGTH, "0");
      }
    }
    close |= !mayKeepAlive || framing == Http1Output.Framing.CLOSE || connection.isClosing();
    close |= spoiltByRefusal();
    if (close) {
      headers.set(HeaderName.CONNECTION, "close");
    } else if (http10) {
      headers.set(HeaderName.CONNECTION, "keep-alive");
    }
    byte[] line = StatusLines.line(status);
    output.append(line, 0, line.length);
    output.appendFields(headers);
    return framing;
  }

  @Override
  public boolean responseStarted() {
    return responseStarted;
  }

  @Override
  public boolean requestComplete() {
    return requestComplete;
  }

  /** Whether another request may follow. */
  boolean isReusable() {
    return responseComplete && requestComplete && !close && !canceled;
  }

  /** Whether all of the response is out. */
  boolean isResponseComplete() {
    return responseComplete;
  }

  @Override
  public void reset() {
    canceled = true;
    connection.channel().reset();
  }

  @Override
  public void closeAfterResponse() {
    close = true;
  }

  @Override
  public void drainConnection() {
    close = true;
  }

  @Override
  public boolean isCanceled() {
    return canceled;
  }

  @Override
  public boolean isCutByConnection() {
    return !responseStarted; // else this side has ended the connection, to cut the response
  }

  @Override
  public String cancelDetail() {
    return REMOTE_DISCONNECT;
  }

  @Override
  public void onCancel(@Nullable Runnable action) {
    onCancel = action;
  }

  /** The connection is dead: whoever waits elsewhere for this stream is woken. */
  void cancel() {
    if (responseComplete) {
      return; // both sides of a tunnel have ended, or its reader finds out
    }
    canceled = true;
    Runnable action = onCancel;
    if (action != null) {
      onCancel = null;
      action.run();
    }
  }

  /** Ends the life of what belongs to the stream. */
  void end() {
    output.release();
    request.headers().release();
  }

  @Override
  public long bodyBytesReceived() {
    return connection.bodyBytesRead();
  }

  @Override
  public long bodyBytesSent() {
    return output.bodyBytes();
  }

  @Override
  public long firstByteSentNanos() {
    return output.firstByteNanos();
  }

  @Override
  public long requestEndNanos() {
    return requestEnd;
  }
}
