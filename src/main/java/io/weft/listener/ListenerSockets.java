package io.weft.listener;

import io.weft.carrier.Carrier;
import io.weft.carrier.Carriers;
import io.weft.carrier.PollerKind;
import io.weft.net.Acceptor;
import io.weft.net.NetAddress;
import io.weft.net.ServerSocket;
import io.weft.net.ServerSocketOptions;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The listening sockets at one address: one a carrier that share it by SO_REUSEPORT, or a single
 * one on the first carrier. They belong to the address and outlive a listener's update. Opened and
 * closed by the main thread.
 */
final class ListenerSockets {
  private final NetAddress address;
  private final List<ServerSocket> sockets;

  private ListenerSockets(NetAddress address, List<ServerSocket> sockets) {
    this.address = address;
    this.sockets = sockets;
  }

  /**
   * Binds and listens. Blocks for the file system where the address is a Unix socket's.
   *
   * @param perCarrier whether each carrier gets a socket of its own, where that is possible
   * @throws IOException with the address and the reason
   */
  static ListenerSockets open(
      Carriers carriers, NetAddress address, boolean perCarrier, ServerSocketOptions options)
      throws IOException {
    boolean epoll = carriers.all().getFirst().isEpoll();
    PollerKind poller = epoll ? PollerKind.EPOLL : PollerKind.NIO;
    var sockets = new ArrayList<ServerSocket>();
    try {
      switch (address) {
        case NetAddress.Ip ip when epoll && perCarrier && carriers.size() > 1 -> {
          refuseIfTaken(poller, ip, options);
          NetAddress bound = ip;
          for (int i = 0; i < carriers.size(); i++) {
            // with port 0 the first one finds the port for all
            sockets.add(ServerSocket.open(poller, bound, options.withReusePort(true)));
            bound = sockets.getFirst().localAddress();
          }
        }
        case NetAddress.Ip ip -> sockets.add(ServerSocket.open(poller, ip, options));
        case NetAddress.Pipe pipe -> {
          if (!pipe.isAbstract()) {
            removeStale(pipe);
          }
          sockets.add(ServerSocket.open(poller, pipe, options));
          if (!pipe.isAbstract() && pipe.mode() != 0) {
            Files.setPosixFilePermissions(Path.of(pipe.path()), permissions(pipe.mode()));
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      sockets.forEach(ServerSocket::close);
      throw e;
    }
    return new ListenerSockets(sockets.getFirst().localAddress(), sockets);
  }

  /**
   * A socket with SO_REUSEPORT can join those of another process of the same user unnoticed; one
   * without it cannot.
   */
  private static void refuseIfTaken(
      PollerKind poller, NetAddress.Ip address, ServerSocketOptions options) throws IOException {
    if (address.port() != 0) {
      ServerSocket.open(poller, address, options.withReusePort(false)).close();
    }
  }

  /** Removes the file that a process which has ended left behind. */
  private static void removeStale(NetAddress.Pipe pipe) throws IOException {
    Path path = Path.of(pipe.path());
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean isSocket =
        Boolean.TRUE.equals(
            Files.readAttributes(path, "isOther", LinkOption.NOFOLLOW_LINKS).get("isOther"));
    if (!isSocket) {
      throw new IOException("listen on " + path + ": the file exists (expected: a socket or none)");
    }
    if (isServed(path)) {
      throw new IOException("listen on " + path + ": address already in use");
    }
    Files.delete(path);
  }

  private static boolean isServed(Path path) {
    try (var probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    var text = new StringBuilder("rwxrwxrwx");
    for (int i = 0; i < text.length(); i++) {
      if ((mode & (0400 >> i)) == 0) {
        text.setCharAt(i, '-');
      }
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  /** The address, with the port that the system chose for port 0. */
  NetAddress address() {
    return address;
  }

  /** Whether each carrier has a socket. */
  boolean arePerCarrier() {
    return sockets.size() > 1;
  }

  /** Begins to accept. */
  void accept(Carriers carriers, Acceptor acceptor) {
    List<Carrier> all = carriers.all();
    for (int i = 0; i < sockets.size(); i++) {
      sockets.get(i).accept(all.get(i), acceptor);
    }
  }

  /**
   * Accepts what is in the queues, then closes them; {@code closed} is counted down once a socket.
   */
  void close(CountDownLatch closed) {
    for (ServerSocket socket : sockets) {
      socket.close(closed::countDown);
    }
  }

  int size() {
    return sockets.size();
  }

  /** Removes a Unix socket's file. */
  void removeFile() throws IOException {
    if (address instanceof NetAddress.Pipe pipe && !pipe.isAbstract()) {
      Files.deleteIfExists(Path.of(pipe.path()));
    }
  }
}
