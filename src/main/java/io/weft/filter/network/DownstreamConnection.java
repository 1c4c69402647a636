package io.weft.filter.network;

import io.weft.filter.Connection;
import io.weft.filter.Sink;
import io.weft.filter.Source;
import io.weft.net.Channel;
import io.weft.net.NetAddress;
import io.weft.net.Security;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a listener has accepted. Confined to its carrier. Views made by wrapping share
 * the life of the connection: closing one closes it.
 */
public final class DownstreamConnection implements Connection {
  private final Life life;
  private final Source source;
  private final Sink sink;

  /** What all views of one connection share. */
  private static final class Life implements Source, Sink {
    final Channel channel;
    final Runnable onClose;
    final @Nullable String listenerName;
    final @Nullable String filterChainName;
    final boolean onlyFilter;
    @Nullable String remoteAddress;
    @Nullable String localAddress;
    @Nullable Consumer<Event> watcher;
    @Nullable Map<String, Object> state;
    boolean closed;
    boolean halfClosed;

    Life(
        Channel channel,
        @Nullable String listenerName,
        @Nullable String filterChainName,
        boolean onlyFilter,
        Runnable onClose) {
      this.channel = channel;
      this.listenerName = listenerName;
      this.filterChainName = filterChainName;
      this.onlyFilter = onlyFilter;
      this.onClose = onClose;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int count = channel.read(target, Long.MAX_VALUE);
      if (count < 0) {
        halfClose();
      }
      return count;
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      channel.write(from, Long.MAX_VALUE);
    }

    @Override
    public void shutdown() throws IOException {
      channel.shutdownOutput();
    }

    void halfClose() {
      if (!halfClosed) {
        halfClosed = true;
        tell(Event.HALF_CLOSE);
      }
    }

    void tell(Event event) {
      Consumer<Event> told = watcher;
      if (told != null) {
        told.accept(event);
      }
    }
  }

  private DownstreamConnection(Life life, Source source, Sink sink) {
    this.life = life;
    this.source = source;
    this.sink = sink;
  }

  /**
   * A connection over an open channel.
   *
   * @param onlyFilter whether the terminal filter is the only one of its chain, so that it may let
   *     its thread end while the connection is idle
   * @param onClose called once when the connection is closed
   */
  public static DownstreamConnection over(
      Channel channel,
      @Nullable String listenerName,
      @Nullable String filterChainName,
      boolean onlyFilter,
      Runnable onClose) {
    var life = new Life(channel, listenerName, filterChainName, onlyFilter, onClose);
    return new DownstreamConnection(life, life, life);
  }

  /** The connection behind the interface that filters see. */
  public static DownstreamConnection of(Connection connection) {
    if (connection instanceof DownstreamConnection downstream) {
      return downstream;
    }
    throw new IllegalArgumentException(
        "a connection of a filter's own ("
            + connection.getClass().getName()
            + "): wrap with withSource and withSink");
  }

  /** The channel below. */
  public Channel channel() {
    return life.channel;
  }

  /** Whether source and sink are the channel's own, so that bytes may be moved past them. */
  public boolean unwrapped() {
    return source == life && sink == life;
  }

  /** Whether the source is the channel's own. */
  public boolean sourceUnwrapped() {
    return source == life;
  }

  /** Whether the sink is the channel's own. */
  public boolean sinkUnwrapped() {
    return sink == life;
  }

  /** Whether the thread may end while the connection is idle. */
  public boolean mayDetach() {
    return life.onlyFilter && unwrapped();
  }

  @Override
  public Source source() {
    return source;
  }

  @Override
  public Sink sink() {
    return sink;
  }

  @Override
  public Connection withSource(UnaryOperator<Source> wrap) {
    return new DownstreamConnection(life, wrap.apply(source), sink);
  }

  @Override
  public Connection withSink(UnaryOperator<Sink> wrap) {
    return new DownstreamConnection(life, source, wrap.apply(sink));
  }

  /** Tells that the client has ended its side, where that was not found through the source. */
  public void halfClosed() {
    life.halfClose();
  }

  @Override
  public void onEvent(Consumer<Event> watcher) {
    Consumer<Event> before = life.watcher;
    life.watcher =
        before == null
            ? watcher
            : event -> {
              before.accept(event);
              watcher.accept(event);
            };
  }

  @Override
  public void setFilterState(String key, Object value) {
    Map<String, Object> all = life.state;
    if (all == null) {
      all = new HashMap<>();
      life.state = all;
    }
    all.put(key, value);
  }

  @Override
  public @Nullable Object filterState(String key) {
    Map<String, Object> all = life.state;
    return all == null ? null : all.get(key);
  }

  @Override
  public void close() {
    close(Event.LOCAL_CLOSE);
  }

  /** Closes the connection and tells why; only the first call counts. */
  public void close(Event why) {
    if (!life.closed) {
      life.closed = true;
      life.channel.close();
      life.tell(why);
      life.onClose.run();
    }
  }

  /** Whether it has been closed. */
  public boolean isClosed() {
    return life.closed;
  }

  @Override
  public long id() {
    return life.channel.id();
  }

  @Override
  public String remoteAddress() {
    String text = life.remoteAddress;
    if (text == null) {
      text = address(true);
      life.remoteAddress = text;
    }
    return text;
  }

  @Override
  public String localAddress() {
    String text = life.localAddress;
    if (text == null) {
      text = address(false);
      life.localAddress = text;
    }
    return text;
  }

  private String address(boolean remote) {
    try {
      NetAddress address = remote ? life.channel.remoteAddress() : life.channel.localAddress();
      return address.toString();
    } catch (IOException e) {
      // The system no longer knows: the peer was gone before anybody asked.
      return "";
    }
  }

  @Override
  public @Nullable String filterChainName() {
    return life.filterChainName;
  }

  @Override
  public @Nullable String listenerName() {
    return life.listenerName;
  }

  @Override
  public @Nullable Security security() {
    return life.channel.security();
  }

  @Override
  public String toString() {
    return "connection " + id() + " of " + remoteAddress();
  }
}
