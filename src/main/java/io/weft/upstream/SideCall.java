package io.weft.upstream;

import io.weft.carrier.Carrier;
import io.weft.cluster.Priority;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.NetTimeoutException;
import io.weft.stream.UpstreamException;
import java.io.IOException;
import java.time.Duration;

/** A request of Weft's own through a cluster's client, from any thread. */
final class SideCall {
  private final ClusterClient client;
  private final Request request;
  private final long deadlineNanos;
  private final long maxBodyBytes;

  private SideCall(ClusterClient client, Request request, long deadlineNanos, long maxBodyBytes) {
    this.client = client;
    this.request = request;
    this.deadlineNanos = deadlineNanos;
    this.maxBodyBytes = maxBodyBytes;
  }

  static Response send(
      ClusterClient client, Carrier on, Request request, Duration timeout, long maxBodyBytes)
      throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    var call = new SideCall(client, request, deadline, maxBodyBytes);
    return Hop.to(on, "call to cluster " + client.cluster(), call::run);
  }

  private Response run() throws IOException {
    var first = client.open(null, Priority.DEFAULT, false, deadlineNanos);
    try {
      return exchange(first);
    } catch (NetTimeoutException e) {
      throw timeout(first);
    } catch (IOException e) {
      // RFC 9110 9.2.2 and RFC 9112 9.3.1: the endpoint may have closed it as the request came
      if (!first.reused() || first.stream().responseStarted() || request.hasBody()) {
        throw e;
      }
    }
    var second = client.open(null, Priority.DEFAULT, true, deadlineNanos);
    try {
      return exchange(second);
    } catch (NetTimeoutException e) {
      throw timeout(second);
    }
  }

  private Response exchange(Upstream upstream) throws IOException {
    var limits = new Timeouts();
    limits.deadlineNanos(deadlineNanos);
    var stream = upstream.stream();
    boolean done = false;
    try {
      if (!stream.sendHead(request, limits)) {
        stream.sendBody(request.body(), limits);
      }
      var response = stream.receive(Interim.NONE, limits);
      var body = response.body().buffered(maxBodyBytes);
      // the head's values die with the stream
      var whole = Response.of(response.status(), response.headers().copy(), body);
      upstream.onResponse(response.status());
      done = true;
      return whole;
    } finally {
      if (!done) {
        stream.reset();
      }
    }
  }

  private UpstreamException.UpstreamTimeout timeout(Upstream upstream) {
    upstream.onTimeout();
    return new UpstreamException.UpstreamTimeout(upstream.endpoint() + ": no response in time");
  }
}
