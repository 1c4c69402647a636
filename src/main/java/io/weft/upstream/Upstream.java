package io.weft.upstream;

import io.weft.cluster.Endpoint;
import io.weft.codec.ClientConnection;
import io.weft.codec.ClientStream;
import io.weft.http.Protocol;
import io.weft.net.Channel;
import org.jspecify.annotations.Nullable;

/**
 * One try: a stream on a connection to one endpoint. Ends by itself when the stream ends: the
 * connection then goes back to its pool or is closed. Confined to its carrier.
 */
public final class Upstream implements Runnable {
  private final Origin origin;
  private final boolean reused;
  private final Protocol protocol;
  private final ClientStream stream;
  private boolean answered;
  private boolean over;

  /** Where a try's connection comes from, and goes back to. */
  interface Origin {
    Endpoint endpoint();

    Channel channel();

    @Nullable String localAddress();

    void onResult(boolean success);

    void onTimeout();

    /** The stream has ended; {@code cut} if that was before its response was here. */
    void onStreamEnd(boolean cut);
  }

  Upstream(PooledConnection connection, boolean reused) {
    this(connection, connection.client, reused);
  }

  Upstream(Origin origin, ClientConnection client, boolean reused) {
    this.origin = origin;
    this.reused = reused;
    this.protocol = client.protocol();
    this.stream = client.newStream();
    stream.onEnd(this);
  }

  /** The stream to send the request on and receive the response from. */
  public ClientStream stream() {
    return stream;
  }

  /** Where it goes. */
  public Endpoint endpoint() {
    return origin.endpoint();
  }

  /** What the connection speaks. */
  public Protocol protocol() {
    return protocol;
  }

  /** Whether the connection has carried another stream before this one. */
  public boolean reused() {
    return reused;
  }

  /** The connection below, for its addresses. */
  public Channel channel() {
    return origin.channel();
  }

  /** This side's address of the connection. */
  public @Nullable String localAddress() {
    return origin.localAddress();
  }

  /** Counts the status of the final response for the endpoint; once. */
  public void onResponse(int status) {
    if (!answered) {
      answered = true;
      origin.onResult(status < 500);
    }
  }

  /** Counts for the endpoint that no response came in time, besides the error that it is. */
  public void onTimeout() {
    origin.onTimeout();
  }

  /** The stream has ended; called by the codec. */
  @Override
  public void run() {
    if (over) {
      return;
    }
    over = true;
    if (stream.status() != 0) {
      onResponse(stream.status()); // a response without a body ends before its receiver has it
    }
    // a codec that was not reset closes nothing: an open channel means that both sides were done
    boolean cut = !answered || !origin.channel().isOpen();
    if (!answered) {
      answered = true;
      origin.onResult(false);
    }
    origin.onStreamEnd(cut);
  }
}
