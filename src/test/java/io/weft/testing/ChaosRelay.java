package io.weft.testing;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A relay between Weft and a server that breaks each connection after a given number of the
 * server's bytes: with a reset, with an orderly end, or by saying nothing more. Changing the fault
 * concerns connections made afterwards.
 */
public final class ChaosRelay implements Closeable {
  /** What happens to a connection. */
  public enum Fault {
    NONE,
    RESET,
    END,
    STALL
  }

  private final ServerSocket listening;
  private final int target;
  private final AtomicInteger accepted = new AtomicInteger();
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Fault fault = Fault.NONE;
  private volatile int afterBytes;

  private ChaosRelay(ServerSocket listening, int target) {
    this.listening = listening;
    this.target = target;
  }

  /** A relay to that port of 127.0.0.1, without a fault at first. */
  public static ChaosRelay to(int port) throws IOException {
    var relay = new ChaosRelay(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), port);
    Thread.ofPlatform().daemon().name("chaos-accept").start(relay::accept);
    return relay;
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** How many connections were accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** Breaks further connections so, once {@code bytes} of the server's bytes were passed on. */
  public ChaosRelay breakAfter(int bytes, Fault how) {
    afterBytes = bytes;
    fault = how;
    return this;
  }

  private void accept() {
    while (true) {
      try {
        var socket = listening.accept();
        accepted.incrementAndGet();
        var how = fault;
        int bytes = how == Fault.NONE ? Integer.MAX_VALUE : afterBytes;
        Thread.ofPlatform().daemon().name("chaos").start(() -> relay(socket, how, bytes));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void relay(Socket client, Fault how, int bytes) {
    open.add(client);
    try (client;
        var server = new Socket()) {
      open.add(server);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      if (bytes == 0 && how != Fault.STALL) {
        end(client, how);
        return;
      }
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 10_000);
      Thread.ofPlatform().daemon().name("chaos-up").start(() -> pump(client, server));
      var buffer = new byte[8192];
      int left = bytes;
      while (left > 0) {
        int count = server.getInputStream().read(buffer, 0, Math.min(left, buffer.length));
        if (count < 0) {
          client.shutdownOutput();
          closed.await();
          return;
        }
        client.getOutputStream().write(buffer, 0, count);
        left -= count;
      }
      end(client, how);
    } catch (IOException | InterruptedException e) {
      // one side has gone: the other goes with it
    } finally {
      open.remove(client);
    }
  }

  private void end(Socket client, Fault how) throws IOException, InterruptedException {
    if (how == Fault.STALL) {
      closed.await();
    }
    client.setSoLinger(how == Fault.RESET, 0);
    client.close();
  }

  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // the other direction ends it
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    closed.countDown();
    for (var socket : open) {
      socket.close();
    }
  }
}
