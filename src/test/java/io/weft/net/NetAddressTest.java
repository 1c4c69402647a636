package io.weft.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetAddressTest {
  @ParameterizedTest
  @CsvSource({
    "1.2.3.4, 1.2.3.4:80",
    "255.255.255.255, 255.255.255.255:80",
    "::1, [::1]:80",
    "::, [::]:80",
    "2001:DB8::1, [2001:db8::1]:80",
    "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
    "1:0:2:0:0:3:0:0, [1:0:2::3:0:0]:80",
    "1:2:3:4:5:6:7:0, [1:2:3:4:5:6:7:0]:80",
    "1::, [1::]:80",
    "::ffff:1.2.3.4, 1.2.3.4:80",
  })
  void printsAsEnvoyDoes(String literal, String text) {
    assertThat(NetAddress.Ip.of(literal, 80)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1..2.3",
        "1.2.3.4.",
        "localhost",
        "[::1]",
        "::1%eth0",
        "1:2",
        "0x1.2.3.4",
        "1.2.3.4 "
      })
  void refusesWhatIsNoLiteral(String literal) {
    assertThatThrownBy(() -> NetAddress.Ip.of(literal, 80))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + literal + "\"");
  }

  @Test
  void refusesAPortOutOfRange() {
    assertThatThrownBy(() -> NetAddress.Ip.of("1.2.3.4", 70000))
        .hasMessage("port: 70000 (expected: 0-65535)");
  }

  @Test
  void isEqualByAddressAndPort() {
    assertThat(NetAddress.Ip.of("::ffff:1.2.3.4", 80))
        .isEqualTo(NetAddress.Ip.v4(0x01020304, 80))
        .isNotEqualTo(NetAddress.Ip.v4(0x01020304, 81))
        .isNotEqualTo(NetAddress.Ip.v6(0, 0x01020304, 80));
    assertThat(NetAddress.Ip.of("127.1.2.3", 0).isLoopback()).isTrue();
    assertThat(NetAddress.Ip.of("::", 0).isAny()).isTrue();
  }
}
