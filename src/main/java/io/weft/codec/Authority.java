package io.weft.codec;

/** What may stand in a Host field or behind the scheme of a request target (RFC 3986 3.2). */
public final class Authority {
  private static final boolean[] NAME = new boolean[256];

  static {
    for (int c = 'a'; c <= 'z'; c++) {
      NAME[c] = true;
      NAME[c - 32] = true;
    }
    for (int c = '0'; c <= '9'; c++) {
      NAME[c] = true;
    }
    // unreserved, percent-encoded and sub-delims without the comma, which joins two hosts
    for (char c : "-._~%!$&'()*+;=".toCharArray()) {
      NAME[c] = true;
    }
  }

  private Authority() {}

  /** Whether the bytes are a host with an optional port, without user information. */
  public static boolean isValid(byte[] data, int from, int until) {
    if (from == until) {
      return false;
    }
    int at = from;
    if (data[at] == '[') {
      at++;
      int start = at;
      int colons = 0;
      while (at < until && isAddressByte(data[at])) {
        colons += data[at] == ':' ? 1 : 0;
        at++;
      }
      if (at == until || data[at] != ']' || at - start < 2 || colons < 2) {
        return false;
      }
      at++;
    } else {
      int start = at;
      while (at < until && NAME[data[at] & 0xff]) {
        if (data[at] == '%' && !(at + 2 < until && isVisible(data[at + 1], data[at + 2]))) {
          return false;
        }
        at++;
      }
      if (at == start) {
        return false;
      }
    }
    if (at == until) {
      return true;
    }
    return data[at] == ':' && isPort(data, at + 1, until);
  }

  /** Whether two digits encode a character that may be seen: no NUL, no line end, no space. */
  private static boolean isVisible(byte high, byte low) {
    if (!isHex(high) || !isHex(low)) {
      return false;
    }
    int value = Character.digit(high, 16) << 4 | Character.digit(low, 16);
    return value > ' ' && value != 127;
  }

  private static boolean isPort(byte[] data, int from, int until) {
    if (until - from > 5 || until == from) {
      return false;
    }
    int port = 0;
    for (int i = from; i < until; i++) {
      if (data[i] < '0' || data[i] > '9') {
        return false;
      }
      port = port * 10 + data[i] - '0';
    }
    return port <= 65535;
  }

  private static boolean isAddressByte(byte b) {
    return isHex(b) || b == ':' || b == '.';
  }

  private static boolean isHex(byte b) {
    return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F';
  }
}
