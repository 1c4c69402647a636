package io.weft.http;

/** Character classes of RFC 9110 5.6.2 and 5.5, and comparisons that ignore the case of ASCII. */
public final class Tokens {
  private static final boolean[] TOKEN = new boolean[256];
  private static final byte[] LOWER = new byte[256];

  static {
    for (int c = 0; c < 256; c++) {
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      TOKEN[c] = letter || c >= '0' && c <= '9' || c > 0 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      LOWER[c] = (byte) (c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }

  private Tokens() {}

  /** Whether a byte may stand in a token: a field name or a method. */
  public static boolean isTokenByte(byte b) {
    return TOKEN[b & 0xff];
  }

  /** Whether the text is a token of at least one character. */
  public static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 255 || !TOKEN[c]) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Whether a byte may stand in a field value: visible, space, tab or obs-text (RFC 9110 5.5). */
  public static boolean isValueByte(byte b) {
    return b >= ' ' && b != 127 || b < 0 || b == '\t';
  }

  /** A byte with an ASCII capital turned into its small letter. */
  public static byte lower(byte b) {
    return LOWER[b & 0xff];
  }

  /** Whether {@code data[offset, offset + length)} equals the small letters in any case. */
  public static boolean equalsLowerCase(byte[] data, int offset, int length, byte[] small) {
    if (length != small.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (LOWER[data[offset + i] & 0xff] != small[i]) {
        return false;
      }
    }
    return true;
  }
}
