package io.weft.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokensTest {
  @Test
  void comparesWithoutRegardToTheCaseOfLettersAndOfNothingElse() {
    var random = new Random(7);
    for (int length = 0; length <= 40; length++) {
      for (int round = 0; round < 200; round++) {
        var bytes = new byte[length + 5];
        random.nextBytes(bytes);
        String text = new String(bytes, 3, length, ISO_8859_1);
        byte[] small = lower(text);
        assertThat(Tokens.equalsLowerCase(bytes, 3, length, small)).as(text).isTrue();
        if (length > 0) {
          int at = random.nextInt(length);
          bytes[3 + at] ^= (byte) (1 << random.nextInt(8));
          String other = new String(bytes, 3, length, ISO_8859_1);
          assertThat(Tokens.equalsLowerCase(bytes, 3, length, small))
              .as("%s and %s", text, other)
              .isEqualTo(
                  new String(lower(other), ISO_8859_1).equals(new String(small, ISO_8859_1)));
        }
      }
    }
    assertThat(Tokens.equalsLowerCase(new byte[9], 0, 9, new byte[8])).isFalse();
  }

  @Test
  void takesEveryByteButCapitalsAsItIs() {
    for (int c = 0; c < 256; c++) {
      String small = String.valueOf((char) c).repeat(9);
      for (int other = 0; other < 256; other++) {
        byte[] bytes = String.valueOf((char) other).repeat(9).getBytes(ISO_8859_1);
        boolean capital = other >= 'A' && other <= 'Z';
        assertThat(Tokens.equalsLowerCase(bytes, 0, 9, small.getBytes(ISO_8859_1)))
            .as("%d and %d", other, c)
            .isEqualTo((capital ? other + 32 : other) == c);
      }
    }
  }

  /** US-ASCII capitals only, as the proxy's own comparison. */
  private static byte[] lower(String text) {
    var small = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      small.append(c < 128 ? String.valueOf(c).toLowerCase(Locale.ROOT) : String.valueOf(c));
    }
    return small.toString().getBytes(ISO_8859_1);
  }
}
