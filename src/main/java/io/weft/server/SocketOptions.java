package io.weft.server;

import io.weft.net.SocketOption;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.sys.Os;
import java.util.ArrayList;
import java.util.List;

/** Reads the options of sockets: {@code socket_options} and {@code freebind}. */
final class SocketOptions {
  private SocketOptions() {}

  /**
   * The options that a listener names; what is wrong goes to {@code problems}.
   *
   * @param v6 whether the socket is one of IPv6
   */
  static List<SocketOption> read(Message listener, boolean v6, Problems problems) {
    var options = new ArrayList<SocketOption>();
    if (listener.bool("freebind")) {
      options.add(
          v6
              ? new SocketOption(Os.IPPROTO_IPV6, Os.IPV6_FREEBIND, 1)
              : new SocketOption(Os.IPPROTO_IP, Os.IP_FREEBIND, 1));
    }
    for (Message option : listener.messages("socket_options")) {
      long level = option.integer("level");
      long name = option.integer("name");
      long value = option.integer("int_value");
      if (level != (int) level || name != (int) name || value != (int) value) {
        problems.error(option.place(), "level, name and int_value (expected: 32 bits each)");
      } else {
        options.add(new SocketOption((int) level, (int) name, (int) value));
      }
    }
    return List.copyOf(options);
  }
}
