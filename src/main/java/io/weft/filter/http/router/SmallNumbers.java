package io.weft.filter.http.router;

import java.nio.charset.StandardCharsets;

/** Numbers as header values, the usual ones made once. */
final class SmallNumbers {
  private static final byte[][] TEXTS = new byte[1000][];

  static {
    for (int i = 0; i < TEXTS.length; i++) {
      TEXTS[i] = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** The route timeout that holds where nobody sets one, in milliseconds. */
  private static final long USUAL_TIMEOUT = 15_000;

  private static final byte[] USUAL_TEXT = "15000".getBytes(StandardCharsets.US_ASCII);

  private SmallNumbers() {}

  static byte[] text(long number) {
    if (number == USUAL_TIMEOUT) {
      return USUAL_TEXT;
    }
    return number >= 0 && number < TEXTS.length
        ? TEXTS[(int) number]
        : Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }
}
