package io.weft.admin;

import io.helidon.webserver.http.ServerRequest;
import io.weft.format.Facts;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Tokens;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** One call of the admin server, as its access log tells it. Of the thread that answers it. */
final class AdminCall implements Facts {
  private final Began began;
  private final Request request;
  private final String peer;
  private int status;
  private long sent;
  private long endNanos = -1;

  /** A moment, by both clocks. */
  record Began(long millis, long nanos) {}

  static Began begin() {
    return new Began(System.currentTimeMillis(), System.nanoTime());
  }

  AdminCall(ServerRequest call, Began began) {
    this.began = began;
    var prologue = call.prologue();
    var query = prologue.query().rawValue();
    var headers = new Headers();
    for (var header : call.headers()) {
      if (Tokens.isToken(header.name())) {
        headers.add(header.name(), header.get());
      }
    }
    var authority = call.authority();
    request =
        Request.of(
            prologue.method().text(),
            "http",
            authority == null ? "" : authority,
            prologue.uriPath().rawPath() + (query.isEmpty() ? "" : "?" + query),
            Protocol.HTTP_1_1,
            headers,
            Body.EMPTY);
    peer = call.remotePeer().host() + ":" + call.remotePeer().port();
  }

  /** The answer is out, or could not be sent. */
  void ended(int answered) {
    status = answered;
    endNanos = System.nanoTime();
  }

  /** Counts what goes through. */
  OutputStream counted(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int single) throws IOException {
        out.write(single);
        sent++;
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
        sent += count;
      }
    };
  }

  void sent(int bytes) {
    sent += bytes;
  }

  @Override
  public Request request() {
    return request;
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_1_1;
  }

  @Override
  public int responseCode() {
    return status;
  }

  @Override
  public long bytesSent() {
    return sent;
  }

  @Override
  public long startTimeMillis() {
    return began.millis();
  }

  @Override
  public long startNanos() {
    return began.nanos();
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  public String downstreamRemoteAddress() {
    return peer;
  }

  @Override
  public String downstreamDirectRemoteAddress() {
    return peer;
  }
}
