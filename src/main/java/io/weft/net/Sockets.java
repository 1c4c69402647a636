package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.sys.Errno;
import io.weft.sys.Libc;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import java.io.IOException;

/** Calls on socket descriptors, with the memory they need while they run: one a carrier. */
final class Sockets {
  private static final CarrierLocal<Sockets> CARRIERS =
      new CarrierLocal<>(carrier -> {
        var sockets = new Sockets(carrier.epoll().libc());
        carrier.atStop(sockets.pipes::close);
        return sockets;
      });

  private static final int MESSAGE_BYTES = 64;
  private static final int VECTOR_BYTES = 16;

  final Libc libc;
  private final long room = Memory.allocate(SocketAddresses.MAX_BYTES + 8);
  private final long message = Memory.allocate(MESSAGE_BYTES + 2 * VECTOR_BYTES);
  private long scratch;
  private final SplicePipes pipes;

  Sockets(Libc libc) {
    this.libc = libc;
    pipes = new SplicePipes(libc);
  }

  static Sockets of(Carrier carrier) {
    return CARRIERS.get(carrier);
  }

  /** {@link Buffer#SIZE} bytes for the time of one call. */
  long scratch() {
    if (scratch == 0) {
      scratch = Memory.allocate(Buffer.SIZE);
    }
    return scratch;
  }

  SplicePipes pipes() {
    return pipes;
  }

  /** A {@code struct msghdr} for the readable bytes of two buffers. */
  long message(Buffer first, Buffer second) {
    long vectors = message + MESSAGE_BYTES;
    Memory.putLong(message + 16, vectors);
    Memory.putLong(message + 24, 2);
    vector(vectors, first);
    vector(vectors + VECTOR_BYTES, second);
    return message;
  }

  private static void vector(long at, Buffer buffer) {
    Memory.putLong(at, buffer.address() + buffer.start);
    Memory.putLong(at + 8, buffer.readable());
  }

  /** A new non-blocking stream socket for {@code address}, or {@code -errno}. */
  int open(NetAddress address) {
    return libc.socket(
        SocketAddresses.family(address), Os.SOCK_STREAM | Os.SOCK_CLOEXEC_NONBLOCK, 0);
  }

  /** Sets an option of one int; 0 or {@code -errno}. */
  int set(int fd, int level, int name, int value) {
    Memory.putInt(room, value);
    return libc.setsockopt(fd, level, name, room, 4);
  }

  /** Sets an option of two ints; 0 or {@code -errno}. */
  int set(int fd, int level, int name, int first, int second) {
    Memory.putInt(room, first);
    Memory.putInt(room + 4, second);
    return libc.setsockopt(fd, level, name, room, 8);
  }

  /** 0 or {@code -errno}. */
  int bind(int fd, NetAddress address) throws IOException {
    return libc.bind(fd, room, SocketAddresses.write(address, room));
  }

  /** 0 or {@code -errno}. */
  int connect(int fd, NetAddress address) throws IOException {
    return libc.connect(fd, room, SocketAddresses.write(address, room));
  }

  /** The descriptor of a waiting connection, non-blocking, or {@code -errno}. */
  int accept(int fd) {
    Memory.putInt(room, SocketAddresses.MAX_BYTES);
    return libc.accept4(fd, room + 8, room, Os.SOCK_CLOEXEC_NONBLOCK);
  }

  /** The peer of what {@link #accept} has just returned. */
  NetAddress acceptedFrom() {
    return SocketAddresses.read(room + 8, Memory.getInt(room));
  }

  NetAddress localAddress(int fd) throws IOException {
    Memory.putInt(room, SocketAddresses.MAX_BYTES);
    return address("getsockname", libc.getsockname(fd, room + 8, room));
  }

  NetAddress remoteAddress(int fd) throws IOException {
    Memory.putInt(room, SocketAddresses.MAX_BYTES);
    return address("getpeername", libc.getpeername(fd, room + 8, room));
  }

  private NetAddress address(String call, int result) throws IOException {
    if (result < 0) {
      throw new IOException(call + ": " + Errno.text(-result));
    }
    return SocketAddresses.read(room + 8, Memory.getInt(room));
  }

  /** The pending error of the socket, 0 for none; asking clears it. */
  int takeError(int fd) {
    Memory.putInt(room, 0);
    Memory.putInt(room + 8, 4);
    int result = libc.getsockopt(fd, Os.SOL_SOCKET, Os.SO_ERROR, room, room + 8);
    return result < 0 ? -result : Memory.getInt(room);
  }

  /** Whether there is nothing to receive now: no byte, no end, no error. */
  boolean isEmpty(int fd) {
    return libc.recv(fd, room, 1, Os.MSG_PEEK | Os.MSG_DONTWAIT) == -Errno.EAGAIN;
  }
}
