package io.weft.grpc;

import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterConfig;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.time.Deadline;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.Hop;
import java.io.IOException;

/**
 * Calls gRPC methods of the endpoints of a cluster. Immutable and shared. What the cluster says of
 * endpoints, connections, TLS and circuit breakers holds for calls as for any other request; each
 * call is a stream, and as many share a connection as its settings allow.
 *
 * <p>Calls are made by virtual threads of a carrier, which they block. Other threads hand their
 * work to a carrier, with {@link #on} or the {@code call} that takes one.
 */
public final class GrpcClient {
  /** How large a message may be that comes, unless {@link #withMaxMessageBytes} says otherwise. */
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 4 << 20;

  private final ClusterClient client;
  private final String authority;
  private final int maxMessageBytes;

  private GrpcClient(ClusterClient client, String authority, int maxMessageBytes) {
    this.client = client;
    this.authority = authority;
    this.maxMessageBytes = maxMessageBytes;
  }

  /**
   * Calls to {@code cluster}, with its name as authority.
   *
   * @throws IllegalArgumentException if its connections speak HTTP/1 only, which has no gRPC
   */
  public static GrpcClient of(Cluster cluster) {
    if (cluster.config().version().choice() == ClusterConfig.HttpVersion.Choice.HTTP1) {
      throw new IllegalArgumentException(
          "cluster " + cluster.name() + ": speaks HTTP/1 (expected: HTTP/2, for gRPC)");
    }
    return new GrpcClient(ClusterClient.of(cluster), cluster.name(), DEFAULT_MAX_MESSAGE_BYTES);
  }

  /** The same with another {@code :authority}. */
  public GrpcClient withAuthority(String name) {
    return new GrpcClient(client, name, maxMessageBytes);
  }

  /**
   * The same for messages of up to so many bytes. A larger one ends its call with {@code
   * RESOURCE_EXHAUSTED} as soon as it is announced.
   */
  public GrpcClient withMaxMessageBytes(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes (expected: at least 0)");
    }
    return new GrpcClient(client, authority, bytes);
  }

  /**
   * Sends a message and returns the one that comes back; blocks until the call is over. One that
   * the server is known not to have looked at is made once more.
   *
   * @param metadata is sent in front; not changed
   * @throws GrpcException if it ends with any other status than OK
   */
  public <Q, A> A call(GrpcMethod<Q, A> method, Q message, Headers metadata, Deadline deadline)
      throws GrpcException {
    byte[] bytes = method.requests().write(message);
    GrpcCall<Q, A> first = unary(method, bytes, metadata, deadline);
    try (first) {
      return onlyMessage(first);
    } catch (GrpcException e) {
      if (!e.isUnprocessed()) {
        throw e;
      }
      // RFC 9113 8.7: nobody has seen it
    }
    try (var second = unary(method, bytes, metadata, deadline)) {
      return onlyMessage(second);
    }
  }

  /** As {@link #call(GrpcMethod, Object, Headers, Deadline)}, made on {@code on}, by any thread. */
  public <Q, A> A call(
      Carrier on, GrpcMethod<Q, A> method, Q message, Headers metadata, Deadline deadline)
      throws IOException {
    return on(on, () -> call(method, message, metadata, deadline));
  }

  /**
   * Begins a call in which both sides may send any number of messages; blocks while a connection is
   * opened. To be closed by the caller.
   *
   * @param metadata is sent in front; not changed
   * @param deadline of the whole call
   * @throws GrpcException if there is no connection to be had, or no time left
   */
  public <Q, A> GrpcCall<Q, A> start(GrpcMethod<Q, A> method, Headers metadata, Deadline deadline)
      throws GrpcException {
    return start(method, new SentMessages(), metadata, deadline);
  }

  /** Does work on a carrier, such as a call with many messages; by any thread, which blocks. */
  public <T> T on(Carrier carrier, Hop.Task<T> work) throws IOException {
    return Hop.to(carrier, "call to cluster " + client.cluster().name(), work);
  }

  private <Q, A> GrpcCall<Q, A> unary(
      GrpcMethod<Q, A> method, byte[] message, Headers metadata, Deadline deadline)
      throws GrpcException {
    var sent = new SentMessages();
    sent.put(message);
    sent.end();
    return start(method, sent, metadata, deadline);
  }

  private <Q, A> GrpcCall<Q, A> start(
      GrpcMethod<Q, A> method, SentMessages sent, Headers metadata, Deadline deadline)
      throws GrpcException {
    Headers headers = metadata.copy();
    headers.set(HeaderName.TE, "trailers").set(HeaderName.CONTENT_TYPE, "application/grpc");
    if (deadline.nanos() != Long.MAX_VALUE) {
      long left = deadline.nanos() - System.nanoTime();
      if (left <= 0) {
        throw new GrpcException(GrpcCode.DEADLINE_EXCEEDED, "no time left to begin");
      }
      headers.set(HeaderName.GRPC_TIMEOUT, Grpc.encodeTimeout(left));
    }
    String scheme = client.cluster().config().tls() == null ? "http" : "https";
    var request =
        Request.of("POST", scheme, authority, method.path(), Protocol.HTTP_2, headers, sent);
    return GrpcCall.start(client, method, request, sent, deadline.nanos(), maxMessageBytes);
  }

  private static <A> A onlyMessage(GrpcCall<?, A> call) throws GrpcException {
    A message = call.receive();
    if (message == null) {
      throw new GrpcException(GrpcCode.INTERNAL, "no message in the response (expected: one)");
    }
    if (call.receive() != null) {
      throw new GrpcException(
          GrpcCode.INTERNAL, "several messages in the response (expected: one)");
    }
    return message;
  }

  @Override
  public String toString() {
    return "gRPC " + client;
  }
}
