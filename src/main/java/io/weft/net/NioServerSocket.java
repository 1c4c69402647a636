package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.NioPollable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link ServerSocket} over nio. */
final class NioServerSocket extends ServerSocket implements NioPollable {
  private final ServerSocketChannel socket;
  // java.net does not take them for a listening socket: set on each accepted one
  private final List<SocketOption> options;
  private volatile @Nullable Carrier carrier;
  private @Nullable Acceptor acceptor;
  private @Nullable SelectionKey key;

  private NioServerSocket(
      ServerSocketChannel socket, NetAddress localAddress, List<SocketOption> options) {
    super(localAddress);
    this.socket = socket;
    this.options = options;
  }

  static NioServerSocket open(NetAddress address, ServerSocketOptions options) throws IOException {
    boolean ip = address instanceof NetAddress.Ip;
    ServerSocketChannel socket =
        ip ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      socket.configureBlocking(false);
      if (ip) {
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      checkSettable(options.options());
      socket.bind(SocketAddresses.toJava(address), options.backlog());
      return new NioServerSocket(
          socket,
          ip ? SocketAddresses.fromJava(socket.getLocalAddress()) : address,
          options.options());
    } catch (IOException e) {
      socket.close();
      throw new IOException("listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** Refused at the start, and not at each connection. */
  private static void checkSettable(List<SocketOption> options) throws IOException {
    if (!options.isEmpty()) {
      try (SocketChannel trial = SocketChannel.open()) {
        for (SocketOption option : options) {
          NioConnector.NioOptions.set(trial, option);
        }
      }
    }
  }

  @Override
  public void accept(Carrier on, Acceptor taker) {
    if (carrier != null) {
      throw new IllegalStateException(localAddress() + " is accepted on already");
    }
    carrier = on;
    acceptor = taker;
    on.execute(() -> {
      try {
        if (socket.isOpen()) {
          key = socket.register(on.nio().selector(), SelectionKey.OP_ACCEPT, this);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  @Override
  public void onReady(int ready) {
    Carrier on = carrier;
    Acceptor taker = acceptor;
    if (on != null && taker != null) {
      acceptUpTo(MAX_ACCEPTS, on, taker);
    }
  }

  private void acceptUpTo(int most, Carrier on, Acceptor taker) {
    for (int i = 0; i < most; i++) {
      SocketChannel accepted;
      try {
        accepted = socket.accept();
        if (accepted == null) {
          return;
        }
      } catch (IOException e) {
        pause(on);
        taker.acceptFailed(new IOException("accept on " + localAddress() + ": " + e.getMessage()));
        return;
      }
      Carrier chosen = taker.place(on);
      if (chosen == null) {
        closeQuietly(accepted);
      } else if (chosen == on) {
        adopt(accepted, on, taker);
      } else {
        chosen.execute(() -> adopt(accepted, chosen, taker));
      }
    }
  }

  private void adopt(SocketChannel accepted, Carrier chosen, Acceptor taker) {
    NioChannel channel;
    try {
      accepted.configureBlocking(false);
      if (localAddress() instanceof NetAddress.Ip) {
        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      for (SocketOption option : options) {
        NioConnector.NioOptions.set(accepted, option);
      }
      NetAddress remote = SocketAddresses.fromJava(accepted.getRemoteAddress());
      channel = new NioChannel(chosen, accepted, SelectionKey.OP_READ, null, remote);
    } catch (IOException e) {
      closeQuietly(accepted);
      taker.lost(chosen, e);
      return;
    }
    taker.accepted(channel);
  }

  private static void closeQuietly(SocketChannel socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // nobody is told of it anyway
    }
  }

  private void pause(Carrier on) {
    SelectionKey accepting = key;
    if (accepting == null) {
      return;
    }
    accepting.interestOps(0);
    on.schedule(
        PAUSE_NANOS,
        () -> {
          if (accepting.isValid()) {
            accepting.interestOps(SelectionKey.OP_ACCEPT);
          }
        });
  }

  @Override
  public void close(Runnable closed) {
    Carrier on = carrier;
    Acceptor taker = acceptor;
    if (on == null || taker == null) {
      shut();
      closed.run();
      return;
    }
    on.execute(() -> {
      if (socket.isOpen()) {
        acceptUpTo(Integer.MAX_VALUE, on, taker);
        shut();
      }
      closed.run();
    });
  }

  private void shut() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
