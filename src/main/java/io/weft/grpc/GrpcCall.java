package io.weft.grpc;

import io.weft.carrier.Carrier;
import io.weft.cluster.GrpcStats;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.ClientStream;
import io.weft.codec.Interim;
import io.weft.codec.ProtocolException;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.CanceledException;
import io.weft.net.NetTimeoutException;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.Upstream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A call that runs: messages out, messages in, in any order, and a status at its end. Confined to
 * the carrier it was started on; there one virtual thread may send while another receives. Ends
 * with the last {@link #receive}, at its deadline, or with {@link #cancel}; whoever starts one
 * closes it.
 *
 * @param <Q> what is sent
 * @param <A> what comes back
 */
public final class GrpcCall<Q, A> implements AutoCloseable {
  private final GrpcMethod<Q, A> method;
  private final ClusterClient client;
  private final Carrier carrier = Carrier.current();
  private final Upstream upstream;
  private final ClientStream stream;
  private final SentMessages sent;
  private final int maxMessageBytes;
  private final GrpcStats.Method stats;
  private final long startNanos = System.nanoTime();
  private final Timeouts limits = new Timeouts();
  private @Nullable Response response;
  private @Nullable ReceivedMessages received;
  private @Nullable Headers headers;
  private @Nullable Headers trailers;
  private @Nullable GrpcException failure;
  private boolean over;

  private GrpcCall(
      GrpcMethod<Q, A> method,
      ClusterClient client,
      Upstream upstream,
      SentMessages sent,
      GrpcStats.Method stats,
      long deadlineNanos,
      int maxMessageBytes) {
    this.method = method;
    this.client = client;
    this.upstream = upstream;
    stream = upstream.stream();
    this.sent = sent;
    this.maxMessageBytes = maxMessageBytes;
    this.stats = stats;
    limits.deadlineNanos(deadlineNanos);
  }

  /**
   * Opens a stream and sends the head, with the messages that are there already; blocks while a
   * connection is opened.
   */
  static <Q, A> GrpcCall<Q, A> start(
      ClusterClient client,
      GrpcMethod<Q, A> method,
      Request request,
      SentMessages sent,
      long deadlineNanos,
      int maxMessageBytes)
      throws GrpcException {
    GrpcStats.Method stats =
        client.cluster().stats().grpc().method(method.service(), method.name());
    Upstream upstream;
    try {
      upstream = client.openHttp2(request, deadlineNanos);
    } catch (IOException e) {
      GrpcException why = of(e, false);
      stats.onStatus(why.code().number());
      throw why;
    }
    var call =
        new GrpcCall<>(method, client, upstream, sent, stats, deadlineNanos, maxMessageBytes);
    call.begin(request);
    return call;
  }

  private void begin(Request request) throws GrpcException {
    stats.onRequestMessages(sent.messages());
    boolean begun = false;
    try {
      if (!stream.sendHead(request, limits)) {
        carrier.start(this::push);
      }
      begun = true;
    } catch (IOException e) {
      throw ended(e);
    } finally {
      if (!begun) {
        close();
      }
    }
  }

  /** Pushes messages as they come, on a thread of its own: the caller may be waiting for some. */
  private void push() {
    boolean pushed = false;
    try {
      stream.sendBody(sent, limits);
      pushed = true;
    } catch (IOException e) {
      // Whoever receives sees the same, or an answer that came before all was sent.
      pushed = true;
    } finally {
      sent.close();
      if (!pushed) {
        stream.reset();
      }
    }
  }

  /**
   * Sends a message. Blocks while the server, or the window, does not take what was sent before.
   *
   * @return false if nothing more is sent, since the call is over: {@link #receive} tells how it
   *     ended, after the messages that have come
   * @throws GrpcException if the thread was interrupted
   * @throws IllegalStateException after {@link #halfClose}
   */
  public boolean send(Q message) throws GrpcException {
    checkCarrier();
    if (sent.isEnded()) {
      throw new IllegalStateException(this + ": no message follows the last one");
    }
    byte[] bytes = method.requests().write(message);
    try {
      if (over || !sent.awaitRoom()) {
        return false;
      }
    } catch (CanceledException e) {
      throw ended(e);
    }
    sent.put(bytes);
    stats.onRequestMessages(1);
    return true;
  }

  /** Tells the server that no more messages follow. Never blocks. */
  public void halfClose() {
    checkCarrier();
    sent.end();
  }

  /**
   * The next message from the server; null when the call has ended well. Blocks until there is one
   * or the call ends.
   *
   * @throws GrpcException if it ended otherwise, also at its deadline; again at each later call
   */
  public @Nullable A receive() throws GrpcException {
    checkCarrier();
    GrpcException known = failure;
    if (known != null) {
      throw known;
    }
    if (over) {
      return null;
    }
    try {
      ReceivedMessages from = received;
      if (from == null) {
        from = receiveHead();
        received = from;
      }
      ByteBuffer bytes = from.next();
      if (bytes != null) {
        stats.onResponseMessages(1);
        return read(bytes);
      }
      end();
      return null;
    } catch (IOException e) {
      throw ended(e);
    }
  }

  private A read(ByteBuffer bytes) throws GrpcException {
    try {
      return method.responses().read(bytes);
    } catch (IOException e) {
      throw new GrpcException(
          GrpcCode.INTERNAL, "a message that cannot be read: " + e.getMessage(), null, false, e);
    }
  }

  private ReceivedMessages receiveHead() throws IOException {
    Response answer = stream.receive(Interim.NONE, limits);
    response = answer;
    Headers kept = answer.headers().copy(); // the head's values die with the stream
    headers = kept;
    answer.headers().release();
    upstream.onResponse(answer.status());
    client.cluster().stats().onResponse(answer.status(), true);
    if (answer.status() != 200) {
      String status = kept.first(HeaderName.GRPC_STATUS);
      throw new GrpcException(
          status == null ? GrpcCode.of(Grpc.statusOf(answer.status())) : GrpcCode.parse(status),
          "HTTP status " + answer.status(),
          kept,
          false,
          null);
    }
    if (!Grpc.isCall(kept)) {
      throw new GrpcException(
          GrpcCode.UNKNOWN,
          "content-type: " + kept.first(HeaderName.CONTENT_TYPE) + " (expected: application/grpc)",
          kept,
          false,
          null);
    }
    return new ReceivedMessages(answer.body(), maxMessageBytes);
  }

  /** The response has been read to its end: what does its status say? */
  private void end() throws GrpcException {
    Response answer = response;
    Headers last = answer == null ? null : answer.body().trailers();
    Headers status = last == null ? headers : last.copy(); // without trailers, all is in the head
    trailers = status;
    GrpcCode code = status == null ? GrpcCode.UNKNOWN : codeIn(status);
    if (status == null || code != GrpcCode.OK) {
      throw new GrpcException(code, messageIn(status), status, false, null);
    }
    over();
  }

  private static GrpcCode codeIn(Headers status) {
    return GrpcCode.parse(status.first(HeaderName.GRPC_STATUS));
  }

  private static String messageIn(@Nullable Headers status) {
    if (status == null || !status.contains(HeaderName.GRPC_STATUS)) {
      return "the response ends without a grpc-status";
    }
    String message = status.first(HeaderName.GRPC_MESSAGE);
    return message == null ? "" : Grpc.decodeMessage(message);
  }

  /** The metadata that the server began with; null before the first {@link #receive} returned. */
  public @Nullable Headers headers() {
    return headers;
  }

  /** The metadata that the server ended with; null while the call runs, or if it was cut. */
  public @Nullable Headers trailers() {
    return trailers;
  }

  /** Ends the call now, if it has not ended: the server sees a reset. Never blocks. */
  public void cancel() {
    checkCarrier();
    if (!over) {
      failure = new GrpcException(GrpcCode.CANCELLED, "canceled here");
      over();
    }
  }

  /** As {@link #cancel}: a call that is over stays as it ended. */
  @Override
  public void close() {
    cancel();
  }

  private GrpcException ended(IOException e) {
    GrpcException known = failure;
    if (known != null) {
      return known; // canceled by another thread of the carrier
    }
    boolean late = limits.isDeadlineOver(System.nanoTime());
    GrpcException why = of(e, late);
    failure = why;
    if (e instanceof ProtocolException) {
      client.cluster().stats().upstreamCxProtocolError.inc();
    } else if (late && why.trailers() == null && why.code() == GrpcCode.DEADLINE_EXCEEDED) {
      client.cluster().stats().upstreamRqTimeout.inc();
      upstream.onTimeout();
    }
    over();
    return why;
  }

  private void over() {
    if (!over) {
      over = true;
      client.cluster().stats().onResponseTime((System.nanoTime() - startNanos) / 1_000_000, true);
      GrpcException why = failure;
      stats.onStatus(why == null ? 0 : why.code().number());
      sent.close();
      stream.reset(); // nothing, if both sides are done
    }
  }

  /** What a failure below means to gRPC. */
  private static GrpcException of(IOException e, boolean late) {
    if (e instanceof GrpcException known) {
      return known;
    }
    Throwable reason = e instanceof BodyBrokenException broken ? broken.reason() : e;
    String text = String.valueOf(reason.getMessage());
    if (late
        || reason instanceof NetTimeoutException
        || reason instanceof UpstreamException.UpstreamTimeout) {
      return failed(GrpcCode.DEADLINE_EXCEEDED, text, false, e);
    }
    return switch (reason) {
      case CanceledException _ -> failed(GrpcCode.CANCELLED, text, false, e);
      case ProtocolException _ -> failed(GrpcCode.INTERNAL, text, false, e);
      case StreamResetException reset ->
          failed(GrpcCode.UNAVAILABLE, "reset: " + text, reset.isUnprocessed(), e);
      case UpstreamException failure ->
          failed(GrpcCode.UNAVAILABLE, text, !failure.requestSent(), e);
      default -> failed(GrpcCode.UNAVAILABLE, "connection termination: " + text, false, e);
    };
  }

  private static GrpcException failed(
      GrpcCode code, String text, boolean unprocessed, IOException cause) {
    return new GrpcException(code, text, null, unprocessed, cause);
  }

  private void checkCarrier() {
    if (!carrier.isCurrent()) {
      throw new IllegalStateException(this + " is used on another thread than its carrier's");
    }
  }

  @Override
  public String toString() {
    return method + " on cluster " + client.cluster().name();
  }
}
