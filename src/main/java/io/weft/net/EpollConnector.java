package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.sys.Errno;
import io.weft.sys.Os;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link Connector} over epoll. */
final class EpollConnector {
  private EpollConnector() {}

  static Channel connect(
      Carrier carrier,
      NetAddress to,
      @Nullable NetAddress bind,
      List<SocketOption> options,
      long deadline)
      throws IOException {
    Sockets sockets = Sockets.of(carrier);
    int fd = sockets.open(to);
    if (fd < 0) {
      throw new ConnectFailedException(to.toString(), "socket: " + Errno.text(-fd));
    }
    int result;
    EpollChannel channel;
    try {
      prepare(sockets, fd, to, bind, options);
      result = sockets.connect(fd, to);
      if (result < 0 && result != -Errno.EINPROGRESS) {
        throw new ConnectFailedException(to.toString(), Errno.text(-result));
      }
      channel = new EpollChannel(carrier, fd, null, to);
    } catch (IOException | RuntimeException e) {
      var _ = sockets.libc.close(fd);
      throw e;
    }
    if (result == 0) {
      return channel;
    }
    channel.writeReady = false;
    try {
      channel.awaitWritable(deadline);
    } catch (NetTimeoutException e) {
      channel.close();
      throw new NetTimeoutException("connect to " + to + ": time out");
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    int error = channel.takeError();
    if (error != 0) {
      channel.close();
      throw new ConnectFailedException(to.toString(), Errno.text(error));
    }
    return channel;
  }

  private static void prepare(
      Sockets sockets, int fd, NetAddress to, @Nullable NetAddress bind, List<SocketOption> options)
      throws IOException {
    if (to instanceof NetAddress.Ip) {
      var _ = sockets.set(fd, Os.IPPROTO_TCP, Os.TCP_NODELAY, 1);
    }
    for (int i = 0; i < options.size(); i++) {
      SocketOption option = options.get(i);
      int result = sockets.set(fd, option.level(), option.name(), option.value());
      if (result < 0) {
        throw new ConnectFailedException(to.toString(), option + ": " + Errno.text(-result));
      }
    }
    if (bind != null) {
      int result = sockets.bind(fd, bind);
      if (result < 0) {
        throw new ConnectFailedException(
            to.toString(), "bind to " + bind + ": " + Errno.text(-result));
      }
    }
  }
}
