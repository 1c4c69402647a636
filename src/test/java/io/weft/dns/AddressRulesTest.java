package io.weft.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Security bar P9: where clients cannot have Weft go by naming it. */
final class AddressRulesTest {
  private static final AddressRules RULES = new AddressRules(List.of());

  private static NetAddress.Ip ip(String text) {
    return NetAddress.Ip.of(text, 80);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::"
      })
  void refusesThisMachineItsLinkAndMetadata(String address) {
    assertThat(RULES.allows(ip(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "93.184.215.14",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "::ffff:93.184.215.14",
        "64:ff9b::93.184.215.14",
        "2002:5db8:d70e::1"
      })
  void allowsPublicAndPrivateNetworks(String address) {
    assertThat(RULES.allows(ip(address))).isTrue();
  }

  @Test
  void allowsWhatTheOperatorAllows() {
    var rules = new AddressRules(List.of(Objects.requireNonNull(Cidr.parse("127.0.0.2/32"))));
    assertThat(rules.allows(ip("127.0.0.2"))).isTrue();
    assertThat(rules.allows(ip("::ffff:127.0.0.2"))).isTrue();
    assertThat(rules.allows(ip("127.0.0.1"))).isFalse();
  }
}
