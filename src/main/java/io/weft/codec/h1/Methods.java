package io.weft.codec.h1;

import java.nio.charset.StandardCharsets;

/** Method names without a new string for the usual ones. */
final class Methods {
  private static final String[] USUAL = {
    "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"
  };

  private Methods() {}

  static String of(byte[] data, int from, int until) {
    int length = until - from;
    for (String method : USUAL) {
      if (method.length() == length && spells(method, data, from)) {
        return method;
      }
    }
    return new String(data, from, length, StandardCharsets.ISO_8859_1);
  }

  private static boolean spells(String method, byte[] data, int from) {
    for (int i = 0; i < method.length(); i++) {
      if (data[from + i] != method.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
