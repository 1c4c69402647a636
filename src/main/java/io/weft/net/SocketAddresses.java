package io.weft.net;

import io.weft.sys.Memory;
import io.weft.sys.Os;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Addresses to and from {@code struct sockaddr} and {@code java.net}. */
final class SocketAddresses {
  /** Room for any {@code struct sockaddr}. */
  static final int MAX_BYTES = 128;

  private static final int UNIX_PATH_BYTES = 108;

  private SocketAddresses() {}

  static int family(NetAddress address) {
    return switch (address) {
      case NetAddress.Ip ip -> ip.isV6() ? Os.AF_INET6 : Os.AF_INET;
      case NetAddress.Pipe _ -> Os.AF_UNIX;
    };
  }

  /** Writes the sockaddr of {@code address}; returns its length. */
  static int write(NetAddress address, long to) throws IOException {
    Memory.clear(to, MAX_BYTES);
    Memory.putShort(to, (short) family(address));
    return switch (address) {
      case NetAddress.Ip ip -> writeIp(ip, to);
      case NetAddress.Pipe pipe -> writePipe(pipe, to);
    };
  }

  private static int writeIp(NetAddress.Ip ip, long to) {
    Memory.putShort(to + 2, Short.reverseBytes((short) ip.port()));
    if (!ip.isV6()) {
      Memory.putInt(to + 4, Integer.reverseBytes((int) ip.low()));
      return 16;
    }
    Memory.putLong(to + 8, Long.reverseBytes(ip.high()));
    Memory.putLong(to + 16, Long.reverseBytes(ip.low()));
    return 28;
  }

  private static int writePipe(NetAddress.Pipe pipe, long to) throws IOException {
    byte[] path = pipe.path().getBytes(StandardCharsets.UTF_8);
    // a file's path ends with a zero, an abstract name begins with one in place of the @
    int most = pipe.isAbstract() ? UNIX_PATH_BYTES : UNIX_PATH_BYTES - 1;
    if (path.length > most) {
      throw new IOException(
          "path: "
              + pipe.path()
              + " has "
              + path.length
              + " bytes (expected: at most "
              + most
              + ")");
    }
    Memory.copy(path, 0, to + 2, path.length);
    if (pipe.isAbstract()) {
      Memory.putByte(to + 2, (byte) 0);
      return 2 + path.length;
    }
    return 2 + path.length + 1;
  }

  /** The address in a sockaddr of {@code length} bytes. */
  static NetAddress read(long from, int length) {
    int family = length < 2 ? Os.AF_UNIX : Memory.getShort(from);
    return switch (family) {
      case Os.AF_INET ->
          NetAddress.Ip.v4(Integer.reverseBytes(Memory.getInt(from + 4)), port(from));
      case Os.AF_INET6 ->
          NetAddress.Ip.v6(
              Long.reverseBytes(Memory.getLong(from + 8)),
              Long.reverseBytes(Memory.getLong(from + 16)),
              port(from));
      // AF_UNIX; no other family is ever opened
      default -> new NetAddress.Pipe(readPath(from + 2, length - 2), 0);
    };
  }

  private static int port(long from) {
    return Short.reverseBytes(Memory.getShort(from + 2)) & 0xffff;
  }

  private static String readPath(long from, int length) {
    if (length <= 0) {
      return "";
    }
    byte[] path = new byte[length];
    Memory.copy(from, path, 0, length);
    if (path[0] == 0) {
      path[0] = '@';
      return new String(path, StandardCharsets.UTF_8);
    }
    int end = 0;
    while (end < length && path[end] != 0) {
      end++;
    }
    return new String(path, 0, end, StandardCharsets.UTF_8);
  }

  static SocketAddress toJava(NetAddress address) throws IOException {
    return switch (address) {
      case NetAddress.Ip ip ->
          new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), ip.port());
      case NetAddress.Pipe pipe -> {
        if (pipe.isAbstract()) {
          throw new IOException(
              "path: " + pipe.path() + " (expected: a file; abstract names need the epoll poller)");
        }
        yield UnixDomainSocketAddress.of(pipe.path());
      }
    };
  }

  static NetAddress fromJava(@Nullable SocketAddress address) {
    return switch (address) {
      case InetSocketAddress inet -> {
        var bytes = ByteBuffer.wrap(inet.getAddress().getAddress());
        yield bytes.remaining() == 4
            ? NetAddress.Ip.v4(bytes.getInt(), inet.getPort())
            : NetAddress.Ip.v6(bytes.getLong(), bytes.getLong(), inet.getPort());
      }
      case UnixDomainSocketAddress unix -> new NetAddress.Pipe(unix.getPath().toString(), 0);
      case null, default -> new NetAddress.Pipe("", 0);
    };
  }
}
