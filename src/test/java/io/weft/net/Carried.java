package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Carriers for a test, with what is needed to run code on them and to serve connections. */
final class Carried implements AutoCloseable {
  static final NetAddress.Ip LOOPBACK = NetAddress.Ip.of("127.0.0.1", 0);

  final Carriers carriers;
  final PollerKind poller;
  private final List<ServerSocket> servers = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  /** What serves a connection, in its own virtual thread. */
  interface Service {
    void serve(Channel channel) throws IOException;
  }

  Carried(Setup setup) {
    poller = setup.poller;
    carriers = Carriers.start(new CarriersConfig(setup.carriers, setup.poller, false));
  }

  /** The pollers and numbers of carriers that everything is tested with. */
  enum Setup {
    EPOLL_1(PollerKind.EPOLL, 1),
    EPOLL_2(PollerKind.EPOLL, 2),
    NIO_1(PollerKind.NIO, 1),
    NIO_2(PollerKind.NIO, 2);

    final PollerKind poller;
    final int carriers;

    Setup(PollerKind poller, int carriers) {
      this.poller = poller;
      this.carriers = carriers;
    }
  }

  /** Serves connections, each on the next carrier. */
  NetAddress serve(NetAddress at, Service service) throws IOException {
    ServerSocket socket = ServerSocket.open(poller, at, ServerSocketOptions.DEFAULT);
    servers.add(socket);
    socket.accept(
        carriers.all().getFirst(),
        new Acceptor() {
          @Override
          public Carrier place(Carrier accepting) {
            return next();
          }

          @Override
          public void accepted(Channel channel) {
            channel.carrier().start(() -> run(service, channel));
          }

          @Override
          public void lost(Carrier chosen, IOException cause) {
            throw new AssertionError(cause);
          }

          @Override
          public void acceptFailed(IOException cause) {
            throw new AssertionError(cause);
          }
        });
    return socket.localAddress();
  }

  static void run(Service service, Channel channel) {
    try {
      service.serve(channel);
    } catch (IOException e) {
      // the other side's assertions tell
    } finally {
      channel.close();
    }
  }

  Carrier next() {
    return carriers.all().get(turn.getAndIncrement() % carriers.size());
  }

  /** Runs {@code work} in a virtual thread on the next carrier; returns or throws what it does. */
  <T extends @Nullable Object> T on(Callable<T> work) throws Exception {
    return on(next(), work);
  }

  <T extends @Nullable Object> T on(Carrier carrier, Callable<T> work) throws Exception {
    var task = new FutureTask<>(work);
    carrier.start(task);
    try {
      return task.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }

  static long in(long millis) {
    return System.nanoTime() + millis * 1_000_000;
  }

  static String text(Buffer buffer) {
    byte[] bytes = new byte[buffer.readable()];
    buffer.copyOut(buffer.start, bytes, 0, bytes.length);
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  static void put(Buffer buffer, String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    buffer.copyIn(bytes, 0, bytes.length);
  }

  @Override
  public void close() {
    carriers.close();
  }
}
