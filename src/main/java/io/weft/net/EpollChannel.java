package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.EpollPoller;
import io.weft.carrier.Pollable;
import io.weft.sys.Errno;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A channel over epoll. The descriptor is registered once, edge-triggered; a receive that did not
 * fill the space has emptied the socket, which saves the call that would find it empty.
 */
final class EpollChannel extends Channel implements Pollable {
  private static final int CLOSED = -1;
  private static final int DEAD = Os.EPOLLHUP | Os.EPOLLERR;
  private static final int READABLE = Os.EPOLLIN | Os.EPOLLRDHUP | DEAD;
  private static final int WRITABLE = Os.EPOLLOUT | DEAD;

  private static final int SPLICE_FLAGS = Os.SPLICE_F_MOVE | Os.SPLICE_F_NONBLOCK;

  /** Below this, copying is cheaper than a pipe. */
  private static final int SPLICE_MIN_BYTES = 32 * 1024;

  private final EpollPoller poller;
  private final int slot;
  private int fd;

  /** The last relay moved much: the next one is likely to. */
  private boolean bulk;

  /** Takes over a non-blocking socket. */
  EpollChannel(Carrier carrier, int fd, @Nullable NetAddress local, @Nullable NetAddress remote)
      throws IOException {
    super(carrier, local, remote);
    this.fd = fd;
    poller = carrier.epoll();
    slot = poller.register(fd, Os.EPOLLIN | Os.EPOLLOUT | Os.EPOLLRDHUP | Os.EPOLLET, this);
  }

  int fd() {
    return fd;
  }

  @Override
  public void onEvents(int events) {
    if ((events & READABLE) != 0) {
      if ((events & (Os.EPOLLRDHUP | DEAD)) != 0) {
        hangUp = true;
      }
      becameReadable();
    }
    if ((events & WRITABLE) != 0 && !writeReady) {
      becameWritable();
    }
    if ((events & DEAD) != 0) {
      becameDead();
    }
  }

  @Override
  public void onStop() {
    stopped();
  }

  @Override
  int receive(Buffer into, int space) throws IOException {
    return receive(into.address() + into.end, space);
  }

  private int receive(long address, int space) throws IOException {
    checkOpen();
    while (true) {
      int count = poller.libc().recv(fd, address, space, 0);
      if (count > 0) {
        // after a hang-up no event follows: the flag must lead to the end of the stream
        if (count < space && !hangUp) {
          readReady = false;
        }
        return count;
      }
      if (count == 0) {
        return -1;
      }
      if (count == -Errno.EAGAIN) {
        readReady = false;
        return 0;
      }
      if (count != -Errno.EINTR) {
        throw failed("read from ", -count);
      }
    }
  }

  @Override
  int receive(ByteBuffer into) throws IOException {
    int space = into.remaining();
    if (into.isDirect()) {
      int count = receive(Memory.address(into) + into.position(), space);
      if (count > 0) {
        into.position(into.position() + count);
      }
      return count;
    }
    long scratch = Sockets.of(carrier).scratch();
    int count = receive(scratch, Math.min(space, Buffer.SIZE));
    if (count > 0) {
      if (into.hasArray()) {
        Memory.copy(scratch, into.array(), into.arrayOffset() + into.position(), count);
        into.position(into.position() + count);
      } else {
        into.put(Memory.view(scratch, count));
      }
    }
    return count;
  }

  @Override
  int send(Buffer from, boolean more) throws IOException {
    return send(
        from.address() + from.start,
        from.readable(),
        more ? Os.MSG_NOSIGNAL | Os.MSG_MORE : Os.MSG_NOSIGNAL);
  }

  private int send(long address, int length, int flags) throws IOException {
    checkOpen();
    while (true) {
      int count = poller.libc().send(fd, address, length, flags);
      if (count >= 0) {
        if (count < length) {
          writeReady = false;
        }
        return count;
      }
      if (count == -Errno.EAGAIN) {
        writeReady = false;
        return 0;
      }
      if (count != -Errno.EINTR) {
        throw failed("write to ", -count);
      }
    }
  }

  @Override
  int send(ByteBuffer from) throws IOException {
    int length = from.remaining();
    int count;
    if (from.isDirect()) {
      count = send(Memory.address(from) + from.position(), length, Os.MSG_NOSIGNAL);
    } else {
      long scratch = Sockets.of(carrier).scratch();
      length = Math.min(length, Buffer.SIZE);
      if (from.hasArray()) {
        Memory.copy(from.array(), from.arrayOffset() + from.position(), scratch, length);
      } else {
        Memory.view(scratch, length).put(0, from, from.position(), length);
      }
      count = send(scratch, length, Os.MSG_NOSIGNAL);
    }
    from.position(from.position() + count);
    return count;
  }

  @Override
  int send(Buffer first, Buffer second) throws IOException {
    checkOpen();
    long message = Sockets.of(carrier).message(first, second);
    int length = first.readable() + second.readable();
    while (true) {
      int count = poller.libc().sendmsg(fd, message, Os.MSG_NOSIGNAL);
      if (count >= 0) {
        if (count < length) {
          writeReady = false;
        }
        return count;
      }
      if (count == -Errno.EAGAIN) {
        writeReady = false;
        return 0;
      }
      if (count != -Errno.EINTR) {
        throw failed("write to ", -count);
      }
    }
  }

  @Override
  public long relayTo(Channel to, long maxBytes, long deadline) throws IOException {
    // known to be much, or the last read filled a whole buffer
    boolean much = maxBytes == Long.MAX_VALUE ? bulk : maxBytes >= SPLICE_MIN_BYTES;
    if (much && layer == null && to instanceof EpollChannel target && target.layer == null) {
      while (true) {
        awaitReadable(deadline);
        SplicePipe pipe = Sockets.of(carrier).pipes().acquire();
        if (pipe == null) {
          break;
        }
        int count = splice(pipe, target, maxBytes, deadline);
        if (count != 0) {
          bulk = count >= SPLICE_MIN_BYTES;
          return count;
        }
      }
    }
    long count = super.relayTo(to, maxBytes, deadline);
    bulk = count == Buffer.SIZE;
    return count;
  }

  /** Moves what is there; 0 if it was nothing. */
  private int splice(SplicePipe pipe, EpollChannel to, long maxBytes, long deadline)
      throws IOException {
    boolean emptied = false;
    try {
      int count = spliceFrom(pipe, (int) Math.min(maxBytes, pipe.bytes()));
      if (count > 0) {
        countRead(count);
        to.spliceAll(pipe, count, deadline);
        carrier.yieldIfSpent();
      }
      emptied = true;
      return count;
    } finally {
      Sockets.of(carrier).pipes().release(pipe, emptied);
    }
  }

  private int spliceFrom(SplicePipe pipe, int most) throws IOException {
    checkOpen();
    while (true) {
      int count = poller.libc().splice(fd, pipe.in(), most, SPLICE_FLAGS);
      if (count > 0) {
        // a short count tells nothing here: many small packets fill the pipe's slots first
        return count;
      }
      if (count == 0) {
        return -1;
      }
      if (count == -Errno.EAGAIN) {
        readReady = false;
        return 0;
      }
      if (count != -Errno.EINTR) {
        throw failed("read from ", -count);
      }
    }
  }

  private void spliceAll(SplicePipe pipe, int length, long deadline) throws IOException {
    int left = length;
    while (left > 0) {
      if (!writeReady) {
        awaitWritable(deadline);
      }
      checkOpen();
      int count = poller.libc().splice(pipe.out(), fd, left, SPLICE_FLAGS);
      if (count > 0) {
        countWritten(count);
        left -= count;
      } else if (count == -Errno.EAGAIN) {
        writeReady = false;
      } else if (count != -Errno.EINTR) {
        throw failed("write to ", -count);
      }
    }
  }

  @Override
  boolean probeEmpty() {
    return Sockets.of(carrier).isEmpty(fd);
  }

  private void checkOpen() throws ChannelClosedException {
    if (fd == CLOSED) {
      throw new ChannelClosedException(this + " is closed");
    }
  }

  private IOException failed(String what, int errno) {
    hangUp = true;
    return switch (errno) {
      case Errno.ECONNRESET, Errno.EPIPE, Errno.ETIMEDOUT ->
          new ResetException(this, what + this + ": " + Errno.text(errno));
      default -> new IOException(what + this + ": " + Errno.text(errno));
    };
  }

  /** The pending error of the socket, 0 for none; asking clears it. */
  int takeError() {
    return Sockets.of(carrier).takeError(fd);
  }

  @Override
  void wantRead() {
    // registered for ever
  }

  @Override
  void wantWrite() {
    // registered for ever
  }

  @Override
  public boolean isOpen() {
    return fd != CLOSED;
  }

  @Override
  void shutdownSocket() throws IOException {
    checkOpen();
    int result = poller.libc().shutdown(fd, Os.SHUT_WR);
    if (result < 0 && result != -Errno.ENOTCONN) {
      throw failed("shut down ", -result);
    }
  }

  @Override
  void closeSocket(boolean reset) {
    if (reset) {
      var _ = Sockets.of(carrier).set(fd, Os.SOL_SOCKET, Os.SO_LINGER, 1, 0);
    }
    poller.unregister(slot);
    var _ = poller.libc().close(fd);
    fd = CLOSED;
  }

  @Override
  NetAddress findLocalAddress() throws IOException {
    checkOpen();
    return Sockets.of(carrier).localAddress(fd);
  }

  @Override
  NetAddress findRemoteAddress() throws IOException {
    checkOpen();
    return Sockets.of(carrier).remoteAddress(fd);
  }
}
