package io.weft.upstream;

import io.weft.cluster.Cluster;
import io.weft.codec.ClientConnection;
import io.weft.codec.ClientStream;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.Channel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Clients whose exchanges end without a byte being sent, to measure what the pool costs alone.
 * {@link ClientStream#reset} is a clean end here.
 */
public final class EmptyExchanges {
  private EmptyExchanges() {}

  /** A client of {@code cluster} that opens real connections and speaks nothing. */
  public static ClusterClient client(Cluster cluster) {
    return new ClusterClient(cluster, Codecs.only(new ClientCodec(false, Silent::new)));
  }

  private static final class Silent implements ClientConnection {
    private final Channel channel;
    private long streams;

    Silent(Channel channel) {
      this.channel = channel;
    }

    @Override
    public Channel channel() {
      return channel;
    }

    @Override
    public Protocol protocol() {
      return Protocol.HTTP_1_1;
    }

    @Override
    public boolean rest(Runnable unfit) {
      try {
        return channel.idle(unfit);
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public boolean resume() {
      return channel.activate();
    }

    @Override
    public ClientStream newStream() {
      streams++;
      return new SilentStream();
    }

    @Override
    public int maxStreams() {
      return 1;
    }

    @Override
    public long streamsStarted() {
      return streams;
    }

    @Override
    public boolean isReusable() {
      return true;
    }

    @Override
    public void close() {
      channel.close();
    }
  }

  private static final class SilentStream implements ClientStream {
    @Override
    public int status() {
      return 0;
    }

    private @Nullable Runnable onEnd;

    @Override
    public void onEnd(Runnable action) {
      onEnd = action;
    }

    @Override
    public boolean sendHead(Request request, Timeouts timeouts) {
      return true;
    }

    @Override
    public void sendBody(Body body, Timeouts timeouts) {}

    @Override
    public Response receive(Interim interim, Timeouts timeouts) {
      throw new UnsupportedOperationException("nothing is ever received");
    }

    @Override
    public void deadlineMoved(Timeouts timeouts) {}

    @Override
    public boolean responseStarted() {
      return true;
    }

    @Override
    public boolean onReusedConnection() {
      return true;
    }

    @Override
    public long bytesSent() {
      return 0;
    }

    @Override
    public long bytesReceived() {
      return 0;
    }

    @Override
    public void reset() {
      var action = onEnd;
      if (action != null) {
        onEnd = null;
        action.run();
      }
    }
  }
}
