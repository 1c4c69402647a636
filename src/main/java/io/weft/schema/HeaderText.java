package io.weft.schema;

import java.net.URI;
import java.net.URISyntaxException;

/** The forms of text that {@code validate.rules} know by name. */
final class HeaderText {
  private HeaderText() {}

  /**
   * {@code ^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$}, where {@code +-.} is the range from plus to full stop.
   */
  static boolean isName(String text) {
    int start = text.startsWith(":") ? 1 : 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean allowed =
          isAlphanumeric(c) || (c >= '+' && c <= '.') || "!#$%&'*^_|~`".indexOf(c) >= 0;
      if (!allowed) {
        return false;
      }
    }
    return text.length() > start;
  }

  /** No control character but the tab. */
  static boolean isValue(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  static boolean isLoose(String text) {
    return text.indexOf('\0') < 0 && text.indexOf('\r') < 0 && text.indexOf('\n') < 0;
  }

  static String shown(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  static boolean isHost(String text) {
    var name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (name.isEmpty() || name.length() > 253) {
      return false;
    }
    for (var label : name.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > 63 || label.startsWith("-") || label.endsWith("-")) {
        return false;
      }
      for (int i = 0; i < label.length(); i++) {
        if (!isAlphanumeric(label.charAt(i)) && label.charAt(i) != '-') {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether the text is an IPv4 or IPv6 address; nothing is looked up. */
  static boolean isIp(String text) {
    return Values.ipAddress(text) != null;
  }

  static boolean isUri(String text) {
    try {
      new URI(text);
      return true;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
