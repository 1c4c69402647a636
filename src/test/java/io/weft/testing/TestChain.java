package io.weft.testing;

import io.weft.carrier.Carrier;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.net.Acceptor;
import io.weft.net.Channel;
import io.weft.net.NetAddress;
import io.weft.net.ServerSocket;
import io.weft.net.ServerSocketOptions;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A filter chain behind a socket of its own. Closing it fails the test if a filter threw what is no
 * I/O error, or if connections are left.
 */
public final class TestChain implements AutoCloseable {
  private final NetworkFilter.Next chain;
  private final ServerSocket socket;
  private final AtomicInteger active = new AtomicInteger();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private TestChain(TestCarriers carriers, NetworkFilter.Next chain) throws IOException {
    this.chain = chain;
    socket =
        ServerSocket.open(
            carriers.poller(), NetAddress.Ip.of("127.0.0.1", 0), ServerSocketOptions.DEFAULT);
    var turn = new AtomicInteger();
    socket.accept(
        carriers.get(0),
        new Acceptor() {
          @Override
          public Carrier place(Carrier accepting) {
            return carriers.get(turn.getAndIncrement() % carriers.all().size());
          }

          @Override
          public void accepted(Channel channel) {
            active.incrementAndGet();
            channel.carrier().start(() -> serve(channel));
          }

          @Override
          public void lost(Carrier on, IOException cause) {
            failures.add(cause);
          }

          @Override
          public void acceptFailed(IOException cause) {
            failures.add(cause);
          }
        });
  }

  /** Serves connections with {@code chain}, on the carriers in turn. */
  public static TestChain start(TestCarriers carriers, NetworkFilter.Next chain)
      throws IOException {
    return new TestChain(carriers, chain);
  }

  public int port() throws IOException {
    return socket.localAddress() instanceof NetAddress.Ip ip ? ip.port() : -1;
  }

  /** How many connections are being served. */
  public int active() {
    return active.get();
  }

  private void serve(Channel channel) {
    var connection =
        DownstreamConnection.over(channel, "test", null, true, active::decrementAndGet);
    try {
      chain.proceed(connection);
    } catch (IOException e) {
      // the peer has gone
    } catch (Throwable e) {
      failures.add(e);
    } finally {
      connection.close();
    }
  }

  @Override
  public void close() {
    socket.close();
    for (var failure : failures) {
      throw new AssertionError("a filter failed: " + failure, failure);
    }
  }
}
