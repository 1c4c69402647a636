package io.weft.listener;

import io.weft.carrier.Carrier;
import io.weft.carrier.Carriers;
import io.weft.logging.LimitedLog;
import io.weft.net.Acceptor;
import io.weft.net.Channel;
import io.weft.net.NetAddress;
import io.weft.net.NetTimeoutException;
import io.weft.net.ServerSocketOptions;
import io.weft.stats.Scope;
import io.weft.tls.TlsInspector;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener at work. Opened, started and stopped by the main thread; each connection it accepts
 * runs its filter chain in a virtual thread on one carrier.
 */
public final class Listener {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);
  private static final LimitedLog acceptErrors = LimitedLog.of(log);

  private final ListenerConfig config;
  private final Carriers carriers;
  private final Load load;
  private final FilterChains chains;
  private final ListenerStats stats;
  private final List<ListenerSockets> sockets = new ArrayList<>();
  // by carrier, each confined to it
  private final ActiveConnections[] active;
  // connections without a filter chain yet, by carrier
  private final List<Set<Channel>> inspecting = new ArrayList<>();
  private final AtomicInteger count = new AtomicInteger();

  /**
   * Binds the sockets; nothing is accepted before {@link #start}.
   *
   * @throws IOException with the listener, the address and the reason
   */
  static Listener open(ListenerConfig config, Carriers carriers, Load load, Scope stats)
      throws IOException {
    var listener = new Listener(config, carriers, load, stats);
    try {
      for (NetAddress address : config.addresses()) {
        boolean v6Only = !config.dualStack().contains(address);
        var options =
            new ServerSocketOptions(false, config.backlog(), v6Only, config.socketOptions());
        listener.sockets.add(ListenerSockets.open(carriers, address, config.reusePort(), options));
      }
    } catch (IOException e) {
      listener.closeSockets();
      throw new IOException("listener " + config.name() + ": " + e.getMessage(), e);
    }
    return listener;
  }

  private Listener(ListenerConfig config, Carriers carriers, Load load, Scope stats) {
    this.config = config;
    this.carriers = carriers;
    this.load = load;
    this.stats = new ListenerStats(stats.scope(config.statPrefix()), carriers.size());
    chains = new FilterChains(config.filterChains(), config.defaultFilterChain());
    active = new ActiveConnections[carriers.size()];
    Arrays.setAll(active, _ -> new ActiveConnections());
    for (int i = 0; i < carriers.size(); i++) {
      inspecting.add(new HashSet<>());
    }
  }

  public String name() {
    return config.name();
  }

  public ListenerConfig config() {
    return config;
  }

  /** Where it listens, with the ports that the system chose. */
  public List<NetAddress> addresses() {
    return sockets.stream().map(ListenerSockets::address).toList();
  }

  /** Number of open connections. */
  public int activeConnections() {
    return count.get();
  }

  /** Begins to accept. */
  void start() {
    for (ListenerSockets each : sockets) {
      each.accept(carriers, new Taker(each.arePerCarrier()));
    }
  }

  /**
   * Accepts the connections that are in the queues, then closes the sockets; blocks until that is
   * done. Connections stay.
   */
  public void stopAccepting() {
    closeSockets();
    for (ListenerSockets each : sockets) {
      try {
        each.removeFile();
      } catch (IOException e) {
        log.warn("listener {}: {} stays: {}", config.name(), each.address(), e.getMessage());
      }
    }
    sockets.clear();
  }

  private void closeSockets() {
    var closed = new CountDownLatch(sockets.stream().mapToInt(ListenerSockets::size).sum());
    sockets.forEach(each -> each.close(closed));
    try {
      // a carrier that is stuck must not keep the process from ending
      if (!closed.await(5, TimeUnit.SECONDS)) {
        log.warn("listener {}: sockets not closed within 5 s", config.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts the threads of idle connections, so that they see that a drain has begun. Soon. */
  public void wakeConnections() {
    onEach(ActiveConnections::wakeAll);
  }

  /** Closes all connections. Soon. */
  public void closeConnections() {
    onEach(ActiveConnections::closeAll);
    for (Carrier carrier : carriers.all()) {
      carrier.execute(() -> List.copyOf(inspecting.get(carrier.index())).forEach(Channel::close));
    }
  }

  private void onEach(Consumer<ActiveConnections> action) {
    for (Carrier carrier : carriers.all()) {
      carrier.execute(() -> action.accept(active[carrier.index()]));
    }
  }

  void closed(ActiveConnection connection, Carrier carrier, long openNanos) {
    active[carrier.index()].remove(connection);
    stats.closed(carrier.index(), openNanos / 1_000_000);
    left(carrier);
  }

  void handshakeTimedOut() {
    stats.handshakeTimeout.inc();
  }

  private void left(Carrier carrier) {
    count.decrementAndGet();
    load.remove(carrier.index());
  }

  /** The connection with its filter chain; null if there is none for it, and it was closed. */
  private @Nullable ActiveConnection connection(Channel channel, TlsInspector.Found found) {
    Carrier carrier = channel.carrier();
    try {
      FilterChainConfig chain = chains.find(channel, found);
      if (chain != null) {
        stats.opened(carrier.index());
        var connection = new ActiveConnection(this, channel, chain);
        active[carrier.index()].add(connection);
        return connection;
      }
      stats.noFilterChainMatch.inc();
    } catch (IOException e) {
      // the peer is gone already, and with it its address
    }
    channel.close();
    left(carrier);
    return null;
  }

  /** Looks at the first bytes, then goes on as the connection's first thread. */
  private void inspect(Channel channel, Inspection inspection) {
    Carrier carrier = channel.carrier();
    Duration timeout = inspection.timeout();
    long deadline = timeout == null ? Long.MAX_VALUE : carrier.nowNanos() + timeout.toNanos();
    TlsInspector.Found found = null;
    stats.inspected.inc();
    inspecting.get(carrier.index()).add(channel);
    try {
      found = inspection.inspector().inspect(channel, deadline);
    } catch (NetTimeoutException e) {
      stats.inspectionTimeout.inc();
      if (inspection.continueOnTimeout()) {
        found = TlsInspector.Found.NOTHING;
      }
    } catch (IOException e) {
      log.debug("{}: {}", channel, e.getMessage());
    } finally {
      inspecting.get(carrier.index()).remove(channel);
      stats.inspected.dec();
    }
    if (found == null) {
      channel.close();
      left(carrier);
      return;
    }
    ActiveConnection connection = connection(channel, found);
    if (connection != null) {
      connection.run();
    }
  }

  /** Takes what the sockets of one address accept. */
  private final class Taker implements Acceptor {
    private final boolean perCarrier;

    Taker(boolean perCarrier) {
      this.perCarrier = perCarrier;
    }

    @Override
    public @Nullable Carrier place(Carrier accepting) {
      if (count.get() >= config.connectionLimit().getAsLong()) {
        stats.overflow.inc();
        return null;
      }
      if (!config.ignoreGlobalLimit() && load.isFull()) {
        stats.globalOverflow.inc();
        return null;
      }
      int index = perCarrier ? load.chooseFrom(accepting.index()) : load.least(accepting.index());
      count.incrementAndGet();
      load.add(index);
      return carriers.all().get(index);
    }

    @Override
    public void accepted(Channel channel) {
      Carrier carrier = channel.carrier();
      Inspection inspection = config.inspection();
      if (inspection != null) {
        carrier.start(() -> inspect(channel, inspection));
        return;
      }
      ActiveConnection connection = connection(channel, TlsInspector.Found.NOTHING);
      if (connection != null) {
        carrier.start(connection);
      }
    }

    @Override
    public void lost(Carrier chosen, IOException cause) {
      left(chosen);
      acceptErrors.warn("listener {}: {}", config.name(), String.valueOf(cause.getMessage()));
    }

    @Override
    public void acceptFailed(IOException cause) {
      acceptErrors.warn("listener {}: {}", config.name(), String.valueOf(cause.getMessage()));
    }
  }
}
