package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.EpollPoller;
import io.weft.carrier.Pollable;
import io.weft.sys.Errno;
import io.weft.sys.Libc;
import io.weft.sys.Os;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** {@link ServerSocket} over epoll, level-triggered. */
final class EpollServerSocket extends ServerSocket implements Pollable {
  private static final int CLOSED = -1;

  private int fd;

  // what accepted sockets have for a local address; null where it differs between them
  private final @Nullable NetAddress acceptedAt;
  private volatile @Nullable Carrier carrier;
  private @Nullable Acceptor acceptor;
  private int slot;

  private EpollServerSocket(int fd, NetAddress localAddress) {
    super(localAddress);
    this.fd = fd;
    acceptedAt = localAddress instanceof NetAddress.Ip ip && ip.isAny() ? null : localAddress;
  }

  static EpollServerSocket open(NetAddress address, ServerSocketOptions options)
      throws IOException {
    var sockets = new Sockets(new Libc());
    int fd = sockets.open(address);
    check(address, "socket", fd);
    try {
      configure(sockets, fd, address, options);
      check(address, "bind", sockets.bind(fd, address));
      check(address, "listen", sockets.libc.listen(fd, options.backlog()));
      return new EpollServerSocket(
          fd, address instanceof NetAddress.Ip ? sockets.localAddress(fd) : address);
    } catch (IOException | RuntimeException e) {
      var _ = sockets.libc.close(fd);
      throw e;
    }
  }

  private static void configure(
      Sockets sockets, int fd, NetAddress address, ServerSocketOptions options) throws IOException {
    if (address instanceof NetAddress.Ip ip) {
      set(sockets, fd, address, Os.SOL_SOCKET, Os.SO_REUSEADDR, 1);
      if (options.reusePort()) {
        set(sockets, fd, address, Os.SOL_SOCKET, Os.SO_REUSEPORT, 1);
      }
      if (ip.isV6()) {
        set(sockets, fd, address, Os.IPPROTO_IPV6, Os.IPV6_V6ONLY, options.v6Only() ? 1 : 0);
      }
      // accepted sockets inherit it
      set(sockets, fd, address, Os.IPPROTO_TCP, Os.TCP_NODELAY, 1);
    }
    for (SocketOption option : options.options()) {
      set(sockets, fd, address, option.level(), option.name(), option.value());
    }
  }

  private static void set(Sockets sockets, int fd, NetAddress at, int level, int name, int value)
      throws IOException {
    check(at, "option " + name + " of level " + level, sockets.set(fd, level, name, value));
  }

  private static void check(NetAddress address, String what, int result) throws IOException {
    if (result < 0) {
      throw new IOException("listen on " + address + ": " + what + ": " + Errno.text(-result));
    }
  }

  @Override
  public void accept(Carrier on, Acceptor taker) {
    if (carrier != null) {
      throw new IllegalStateException(localAddress() + " is accepted on already");
    }
    carrier = on;
    acceptor = taker;
    on.execute(this::register);
  }

  private void register() {
    Carrier on = carrier;
    if (on == null || fd == CLOSED) {
      return;
    }
    try {
      slot = on.epoll().register(fd, Os.EPOLLIN, this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onEvents(int events) {
    Carrier on = carrier;
    Acceptor taker = acceptor;
    if (on != null && taker != null) {
      acceptUpTo(MAX_ACCEPTS, on, taker);
    }
  }

  private void acceptUpTo(int most, Carrier on, Acceptor taker) {
    Sockets sockets = Sockets.of(on);
    for (int i = 0; i < most; i++) {
      int accepted = sockets.accept(fd);
      if (accepted == -Errno.EAGAIN) {
        return;
      }
      if (accepted >= 0) {
        place(accepted, sockets, on, taker);
      } else if (!isOfOneConnection(-accepted)) {
        pause(on);
        taker.acceptFailed(
            new IOException("accept on " + localAddress() + ": " + Errno.text(-accepted)));
        return;
      }
    }
  }

  /** accept(2): Linux passes on network errors of the new socket, to be treated like EAGAIN. */
  private static boolean isOfOneConnection(int errno) {
    return switch (errno) {
      case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM -> false;
      default -> true;
    };
  }

  private void place(int accepted, Sockets sockets, Carrier on, Acceptor taker) {
    NetAddress remote = sockets.acceptedFrom();
    Carrier chosen = taker.place(on);
    if (chosen == null) {
      var _ = sockets.libc.close(accepted);
    } else if (chosen == on) {
      adopt(accepted, remote, on, taker);
    } else {
      chosen.execute(() -> adopt(accepted, remote, chosen, taker));
    }
  }

  private void adopt(int accepted, NetAddress remote, Carrier chosen, Acceptor taker) {
    EpollChannel channel;
    try {
      channel = new EpollChannel(chosen, accepted, acceptedAt, remote);
    } catch (IOException e) {
      var _ = chosen.epoll().libc().close(accepted);
      taker.lost(chosen, e);
      return;
    }
    taker.accepted(channel);
  }

  private void pause(Carrier on) {
    EpollPoller poller = on.epoll();
    try {
      poller.modify(slot, fd, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    on.schedule(
        PAUSE_NANOS,
        () -> {
          try {
            if (fd != CLOSED) {
              poller.modify(slot, fd, Os.EPOLLIN);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void onStop() {
    Carrier on = carrier;
    if (fd != CLOSED && on != null) {
      on.epoll().unregister(slot);
      var _ = on.epoll().libc().close(fd);
      fd = CLOSED;
    }
  }

  @Override
  public void close(Runnable closed) {
    Carrier on = carrier;
    Acceptor taker = acceptor;
    if (on == null || taker == null) {
      var _ = new Libc().close(fd);
      fd = CLOSED;
      closed.run();
      return;
    }
    on.execute(() -> {
      if (fd != CLOSED) {
        acceptUpTo(Integer.MAX_VALUE, on, taker);
        onStop();
      }
      closed.run();
    });
  }
}
