package io.weft.filter.http.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.codec.BodyBrokenException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row 9.26: the name of a copy's host, and the bounds of what copies keep. */
class MirrorPartsTest {
  @ParameterizedTest
  @CsvSource({
    "a.example, a.example-shadow",
    "a.example:8080, a.example-shadow:8080",
    "[::1]:80, [::1]-shadow:80",
    "[::1], [::1]-shadow",
  })
  void row0926SuffixStandsBeforeThePort(String host, String suffixed) {
    assertThat(Mirrors.suffixed(host)).isEqualTo(suffixed);
  }

  @Test
  void row0926NoMoreCopiesThanTheLimit() {
    var load = new MirrorLoad();
    for (int i = 0; i < MirrorLoad.MOST; i++) {
      assertThat(load.begin()).isTrue();
    }
    assertThat(load.begin()).isFalse();
    load.end();
    assertThat(load.begin()).isTrue();
  }

  @Test
  void row0926BytesThatWaitAreBoundedForOneCopyAndForAll() throws Exception {
    var load = new MirrorLoad();
    var one = new MirrorBody(-1, 8, load);
    assertThat(one.feed(new byte[8])).isTrue();
    assertThat(one.readNow(ByteBuffer.allocate(6))).isEqualTo(6);
    assertThat(one.feed(new byte[6])).isTrue();
    assertThat(one.feed(new byte[1])).isFalse();
    assertThatThrownBy(() -> one.readNow(ByteBuffer.allocate(6)))
        .isInstanceOf(BodyBrokenException.class);
    var large = new MirrorBody(-1, Long.MAX_VALUE, load);
    assertThat(large.feed(new byte[(int) MirrorLoad.MOST_BYTES])).isTrue(); // the first is gone
    var other = new MirrorBody(-1, Long.MAX_VALUE, load);
    assertThat(other.feed(new byte[1])).isFalse();
    large.giveUp();
    assertThat(load.take(MirrorLoad.MOST_BYTES)).isTrue();
  }
}
