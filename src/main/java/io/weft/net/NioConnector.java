package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.sys.Os;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@link Connector} over nio. */
final class NioConnector {
  private NioConnector() {}

  static Channel connect(
      Carrier carrier,
      NetAddress to,
      @Nullable NetAddress bind,
      List<SocketOption> options,
      long deadline)
      throws IOException {
    SocketChannel socket = open(to);
    NioChannel channel;
    try {
      boolean connected;
      try {
        if (bind != null) {
          socket.bind(SocketAddresses.toJava(bind));
        }
        for (SocketOption option : options) {
          NioOptions.set(socket, option);
        }
        connected = socket.connect(SocketAddresses.toJava(to));
      } catch (IOException e) {
        throw failed(to, e);
      }
      channel =
          new NioChannel(
              carrier,
              socket,
              connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT,
              null,
              to);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
    try {
      channel.awaitWritable(deadline);
      channel.finishConnect();
      return channel;
    } catch (NetTimeoutException e) {
      channel.close();
      throw new NetTimeoutException("connect to " + to + ": time out");
    } catch (NetException e) {
      channel.close();
      throw e;
    } catch (IOException e) {
      channel.close();
      throw failed(to, e);
    }
  }

  private static SocketChannel open(NetAddress to) throws IOException {
    SocketChannel socket =
        to instanceof NetAddress.Pipe
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    socket.configureBlocking(false);
    if (to instanceof NetAddress.Ip) {
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    return socket;
  }

  private static ConnectFailedException failed(NetAddress to, IOException e) {
    return new ConnectFailedException(
        to.toString(), String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT));
  }

  /** The options that java.net knows. */
  static final class NioOptions {
    private NioOptions() {}

    static void set(java.nio.channels.NetworkChannel socket, SocketOption option)
        throws IOException {
      if (option.level() == Os.SOL_SOCKET && option.name() == Os.SO_KEEPALIVE) {
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, option.value() != 0);
      } else if (option.level() == Os.IPPROTO_TCP && option.name() == Os.TCP_KEEPIDLE) {
        socket.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE, option.value());
      } else if (option.level() == Os.IPPROTO_TCP && option.name() == Os.TCP_KEEPINTVL) {
        socket.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL, option.value());
      } else if (option.level() == Os.IPPROTO_TCP && option.name() == Os.TCP_KEEPCNT) {
        socket.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT, option.value());
      } else {
        throw new IOException(option + " (expected: keep-alive options; others need epoll)");
      }
    }
  }
}
