package io.weft.codec.h1;

import io.weft.codec.ClientConnection;
import io.weft.codec.ClientStream;
import io.weft.codec.Wire;
import io.weft.http.Protocol;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an HTTP/1 connection: one exchange at a time. Confined to the carrier of its
 * channel.
 */
public final class Http1ClientConnection implements ClientConnection {
  private final Wire wire;
  private final Http1ClientConfig config;
  private final boolean direct;
  private @Nullable Http1ClientStream current;
  private boolean reusable = true;
  private long streams;

  public Http1ClientConnection(Channel channel, Http1ClientConfig config) {
    this(channel, config, false);
  }

  private Http1ClientConnection(Channel channel, Http1ClientConfig config, boolean direct) {
    this.wire = new Wire(channel);
    this.config = config;
    this.direct = direct;
  }

  /**
   * A connection to the host that a CONNECT asks for: no HTTP is spoken on it, its one stream is
   * accepted by being opened.
   */
  public static Http1ClientConnection direct(Channel channel) {
    return new Http1ClientConnection(channel, Http1ClientConfig.DEFAULT, true);
  }

  boolean isDirect() {
    return direct;
  }

  @Override
  public Channel channel() {
    return wire.channel();
  }

  @Override
  public ClientStream newStream() {
    if (current != null) {
      throw new IllegalStateException("an exchange is going on on " + this);
    }
    var stream = new Http1ClientStream(this, wire, config, streams++ > 0);
    current = stream;
    return stream;
  }

  @Override
  public int maxStreams() {
    return 1;
  }

  @Override
  public long streamsStarted() {
    return streams;
  }

  /** The exchange is over. */
  void ended(boolean clean) {
    current = null;
    reusable &= clean;
    if (wire.input() != null) {
      // Bytes that nobody asked for would be taken for the next response (security bar F19).
      reusable = false;
    }
    wire.release();
  }

  @Override
  public boolean isReusable() {
    Channel channel = wire.channel();
    if (!reusable || !channel.isOpen() || channel.peerClosed()) {
      return false;
    }
    return !channel.isReadable() || isEmpty(channel);
  }

  private static boolean isEmpty(Channel channel) {
    Buffer probe = Buffer.tryBorrow();
    if (probe == null) {
      return false;
    }
    try {
      return channel.tryRead(probe) == 0;
    } catch (IOException e) {
      return false;
    } finally {
      probe.release();
    }
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_1_1;
  }

  @Override
  public boolean rest(Runnable unfit) {
    try {
      return wire.channel().idle(unfit);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public boolean resume() {
    return wire.channel().activate();
  }

  @Override
  public void close() {
    reusable = false;
    wire.channel().close();
    Http1ClientStream open = current;
    if (open != null) {
      open.reset();
    }
  }

  @Override
  public String toString() {
    return "HTTP/1 client on " + wire.channel();
  }
}
