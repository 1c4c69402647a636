package io.weft.cluster;

import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import org.jspecify.annotations.Nullable;

/** Reads the addresses of endpoints; host names are not resolved here. */
public final class Addresses {
  private Addresses() {}

  /** Reads {@code envoy.config.core.v3.Address}; null when {@code problems} was told why not. */
  public static @Nullable NetAddress read(Message address, Problems problems) {
    var socket = address.message("socket_address");
    if (socket != null) {
      return readSocket(socket, problems);
    }
    var pipe = address.message("pipe");
    if (pipe == null) {
      problems.error(address.place(), "must have a socket_address or a pipe");
      return null;
    }
    var path = pipe.string("path");
    // sun_path holds 108 bytes, the final zero among them
    if (path.isEmpty() || path.length() > 107) {
      problems.error(pipe.place("path"), "\"" + path + "\" (expected: 1 to 107 bytes)");
      return null;
    }
    return new NetAddress.Pipe(path, (int) pipe.integer("mode"));
  }

  /** Reads {@code envoy.config.core.v3.SocketAddress}; null when {@code problems} was told why. */
  public static @Nullable NetAddress readSocket(Message socket, Problems problems) {
    if (!checkSocket(socket, problems)) {
      return null;
    }
    var host = socket.string("address");
    var address = NetAddress.Ip.parse(host, (int) socket.integer("port_value"));
    if (address == null) {
      problems.error(
          socket.place("address"),
          "\"" + host + "\" (expected: an IP address; a cluster of type STATIC resolves no names)");
    }
    return address;
  }

  /** Whether port and protocol are right; {@code problems} was told if not. */
  public static boolean checkSocket(Message socket, Problems problems) {
    long port = socket.integer("port_value");
    if (port < 0 || port > 65535) {
      problems.error(socket.place("port_value"), port + " (expected: 0-65535)");
      return false;
    }
    if (socket.has("protocol") && !socket.enumName("protocol").equals("TCP")) {
      problems.error(socket.place("protocol"), socket.enumName("protocol") + " (expected: TCP)");
      return false;
    }
    return true;
  }
}
