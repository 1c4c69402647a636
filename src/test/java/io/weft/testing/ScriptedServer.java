package io.weft.testing;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP server on a port of its own that runs a script for each connection: it may answer, stall,
 * reset, half-close or send garbage. What a script throws fails the test when the server is closed,
 * unless the connection had been ended by the other side.
 */
public final class ScriptedServer implements Closeable {
  /** What is done with a connection; when it returns, the connection is closed. */
  @FunctionalInterface
  public interface Script {
    void serve(Peer peer) throws Exception;
  }

  private final ServerSocket listening;
  private final Script script;
  private final AtomicInteger accepted = new AtomicInteger();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  private ScriptedServer(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
  }

  /** A server that runs {@code script} for every connection, on its own thread. */
  public static ScriptedServer start(Script script) throws IOException {
    var server =
        new ScriptedServer(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), script);
    Thread.ofPlatform().daemon().name("scripted-accept").start(server::accept);
    return server;
  }

  /** A server that sends back what it reads, and ends when the other side has. */
  public static ScriptedServer echo() throws IOException {
    return start(peer -> {
      var buffer = new byte[16384];
      for (int count = peer.readSome(buffer); count >= 0; count = peer.readSome(buffer)) {
        peer.send(Arrays.copyOf(buffer, count));
      }
    });
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** How many connections were accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** For scripts: waits until the server is closed. */
  public void stall() throws InterruptedException {
    closed.await();
  }

  /** Closes the listening socket: further connections are refused. */
  public void refuse() throws IOException {
    listening.close();
  }

  private void accept() {
    while (true) {
      try {
        var socket = listening.accept();
        accepted.incrementAndGet();
        open.add(socket);
        var thread =
            Thread.ofPlatform().daemon().name("scripted-" + accepted).unstarted(() -> run(socket));
        synchronized (threads) {
          threads.add(thread);
        }
        thread.start();
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void run(Socket socket) {
    try (socket) {
      script.serve(new Peer(socket));
    } catch (IOException | InterruptedException e) {
      // the other side has gone, or the test is over
    } catch (Throwable e) {
      failures.add(e);
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    closed.countDown();
    for (var socket : open) {
      socket.close();
    }
    synchronized (threads) {
      for (var thread : threads) {
        try {
          thread.join(10_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
    for (var failure : failures) {
      throw new AssertionError("a script failed: " + failure, failure);
    }
  }
}
