package io.weft.net;

import java.net.Inet6Address;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where a socket is: an IP address with a port, or a Unix domain socket. Immutable. */
public sealed interface NetAddress {

  /**
   * An IPv4 or IPv6 address and a port. An IPv4-mapped IPv6 address is always held as IPv4. Its
   * text is Envoy's: {@code 1.2.3.4:80}, {@code [::1]:80}.
   */
  final class Ip implements NetAddress {
    private final long high;
    private final long low;
    private final boolean v6;
    private final int port;
    // made when asked for; harmless if two threads make it
    private @Nullable String host;

    private Ip(long high, long low, boolean v6, int port) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
      }
      this.high = high;
      this.low = low;
      this.v6 = v6;
      this.port = port;
    }

    /** The IPv4 address with the 32 bits of {@code address}, the first byte highest. */
    public static Ip v4(int address, int port) {
      return new Ip(0, address & 0xffffffffL, false, port);
    }

    /** The IPv6 address with these halves, or the IPv4 address it maps. */
    public static Ip v6(long high, long low, int port) {
      return high == 0 && low >>> 32 == 0xffff
          ? v4((int) low, port)
          : new Ip(high, low, true, port);
    }

    /**
     * The address of a literal, without brackets or zone. Names are not resolved.
     *
     * @throws IllegalArgumentException if {@code literal} is none, or the port is out of range
     */
    public static Ip of(String literal, int port) {
      Ip address = parse(literal, port);
      if (address == null) {
        throw new IllegalArgumentException(
            "address: \"" + literal + "\" (expected: an IPv4 or IPv6 address)");
      }
      return address;
    }

    /** As {@link #of}, but null where {@code literal} is no IP address. */
    public static @Nullable Ip parse(String literal, int port) {
      if (literal.indexOf(':') < 0) {
        long address = parseV4(literal);
        return address < 0 ? null : v4((int) address, port);
      }
      if (literal.indexOf('%') >= 0 || literal.startsWith("[")) {
        return null;
      }
      try {
        byte[] bytes = Inet6Address.ofLiteral(literal).getAddress();
        var buffer = ByteBuffer.wrap(bytes);
        return bytes.length == 4
            ? v4(buffer.getInt(), port)
            : v6(buffer.getLong(), buffer.getLong(), port);
      } catch (IllegalArgumentException e) {
        return null;
      }
    }

    private static long parseV4(String text) {
      long address = 0;
      int parts = 0;
      int at = 0;
      while (at < text.length()) {
        int value = 0;
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
          value = value * 10 + text.charAt(at++) - '0';
          if (value > 255 || at - start > 3) {
            return -1;
          }
        }
        // as inet_pton: no empty part, no leading zero
        if (at == start || (at - start > 1 && text.charAt(start) == '0')) {
          return -1;
        }
        address = address << 8 | value;
        parts++;
        if (at < text.length() && (text.charAt(at++) != '.' || at == text.length())) {
          return -1;
        }
      }
      return parts == 4 ? address : -1;
    }

    public int port() {
      return port;
    }

    /** The same address with another port. */
    public Ip withPort(int other) {
      return new Ip(high, low, v6, other);
    }

    public boolean isV6() {
      return v6;
    }

    /** The upper 64 bits of an IPv6 address, 0 for IPv4. */
    public long high() {
      return high;
    }

    /** The lower 64 bits of an IPv6 address; the 32 bits of an IPv4 address, unsigned. */
    public long low() {
      return low;
    }

    /** 4 or 16 bytes in network order. */
    public byte[] bytes() {
      return v6
          ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
          : ByteBuffer.allocate(4).putInt((int) low).array();
    }

    /** The address alone, without brackets: {@code 1.2.3.4}, {@code ::1}. Made once. */
    public String host() {
      String text = host;
      if (text == null) {
        text = v6 ? textV6() : textV4();
        host = text;
      }
      return text;
    }

    private String textV4() {
      int a = (int) low;
      return (a >>> 24) + "." + (a >> 16 & 255) + "." + (a >> 8 & 255) + "." + (a & 255);
    }

    // RFC 5952 section 4: lower case, no leading zeros, the longest run of zeros as ::
    private String textV6() {
      int[] groups = new int[8];
      for (int i = 0; i < 4; i++) {
        groups[i] = (int) (high >>> (48 - 16 * i)) & 0xffff;
        groups[i + 4] = (int) (low >>> (48 - 16 * i)) & 0xffff;
      }
      int runStart = -1;
      int runLength = 1;
      for (int i = 0; i < 8; i++) {
        int end = i;
        while (end < 8 && groups[end] == 0) {
          end++;
        }
        if (end - i > runLength) {
          runStart = i;
          runLength = end - i;
        }
        i = Math.max(i, end - 1);
      }
      var text = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        if (i == runStart) {
          text.append("::");
          i += runLength - 1;
          continue;
        }
        if (i > 0 && i != runStart + runLength) {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
      return text.toString();
    }

    /** Whether this is 0.0.0.0 or ::. */
    public boolean isAny() {
      return high == 0 && low == 0;
    }

    /** Whether this is in 127.0.0.0/8 or is ::1. */
    public boolean isLoopback() {
      return v6 ? high == 0 && low == 1 : low >>> 24 == 127;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Ip ip
          && ip.high == high
          && ip.low == low
          && ip.v6 == v6
          && ip.port == port;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(high * 31 + low) * 31 + port;
    }

    @Override
    public String toString() {
      return v6 ? "[" + host() + "]:" + port : host() + ":" + port;
    }
  }

  /**
   * A Unix domain socket.
   *
   * @param path its path, one in the abstract namespace with a leading {@code @}; empty for a peer
   *     that has none
   * @param mode the permission bits of the file, 0 for what the umask leaves
   */
  record Pipe(String path, int mode) implements NetAddress {
    /** Whether it is in Linux's abstract namespace and has no file. */
    public boolean isAbstract() {
      return path.startsWith("@");
    }

    @Override
    public String toString() {
      return path;
    }
  }
}
