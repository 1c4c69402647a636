package io.weft.tls;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.net.Buffer;

/** Whatever a client begins with is understood or not, without an exception, and byte by byte. */
class ClientHelloFuzzTest {
  private static final Buffer BUFFER = Buffer.unpooled();

  @FuzzTest(maxDuration = "2m")
  void looksDecideOnce(byte[] input) {
    int length = Math.min(input.length, 2 * ClientHello.MAX_BYTES);
    BUFFER.clear();
    var decided = ClientHello.Look.MORE;
    int step = Math.max(1, length / 200);
    for (int given = 0; given <= length; given += step) {
      int count = Math.min(step, length - given);
      var look = ClientHello.look(BUFFER);
      if (decided != ClientHello.Look.MORE) {
        assertThat(look).as("what %d bytes had decided, after more", given).isEqualTo(decided);
      }
      decided = look;
      ClientHello hello = ClientHello.parse(BUFFER);
      if (hello != null) {
        assertThat(look).isEqualTo(ClientHello.Look.WHOLE);
        assertThat(hello.serverName()).doesNotContain("\u0000", " ", "\n").isLowerCase();
      }
      BUFFER.copyIn(input, given, count);
    }
  }
}
