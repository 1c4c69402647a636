package io.weft.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.dns.LookupException.Reason;
import io.weft.net.NetAddress;
import io.weft.testing.TestDns;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Rcode;

class ResolverTest {
  private final TestDns dns = TestDns.start();
  private @TempDir Path directory;

  @AfterEach
  void close() throws Exception {
    dns.close();
  }

  private static NetAddress.Ip server(TestDns dns) {
    return NetAddress.Ip.of("127.0.0.1", dns.port());
  }

  private Resolver resolver() {
    return new Resolver(
        new ResolverConfig(List.of(server(dns)), false, false, false), directory.resolve("hosts"));
  }

  private static List<String> texts(Answer answer) {
    return answer.addresses().stream().map(InetAddress::getHostAddress).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO,         both.test, 2001:db8:0:0:0:0:0:1",
    "V4_PREFERRED, both.test, 10.0.0.1 10.0.0.2",
    "V4_ONLY,      both.test, 10.0.0.1 10.0.0.2",
    "V6_ONLY,      both.test, 2001:db8:0:0:0:0:0:1",
    "ALL,          both.test, 2001:db8:0:0:0:0:0:1 10.0.0.1 10.0.0.2",
    "AUTO,         four.test, 10.0.0.3",
    "V4_PREFERRED, six.test,  2001:db8:0:0:0:0:0:2",
    "ALL,          four.test, 10.0.0.3",
    "ALL,          six.test,  2001:db8:0:0:0:0:0:2",
    "V4_ONLY,      alias.test, 10.0.0.3",
  })
  void findsAddressesOfTheWantedFamily(LookupFamily family, String name, String expected)
      throws Exception {
    dns.says("both.test", 30, "10.0.0.1", "10.0.0.2", "2001:db8::1")
        .says("four.test", 20, "10.0.0.3")
        .says("six.test", 20, "2001:db8::2")
        .alias("alias.test", "other.test")
        .alias("other.test", "four.test");
    assertThat(texts(resolver().lookUp(name, family))).containsExactly(expected.split(" "));
  }

  @Test
  void tellsTheLeastTimeToLiveOfTheChain() throws Exception {
    dns.says("four.test", 300, "10.0.0.3").alias("alias.test", "four.test");
    assertThat(resolver().lookUp("four.test", LookupFamily.V4_ONLY).ttlSeconds()).isEqualTo(300);
    assertThat(resolver().lookUp("alias.test", LookupFamily.V4_ONLY).ttlSeconds()).isEqualTo(60);
  }

  @ParameterizedTest
  @CsvSource({
    "nowhere.test, NOT_FOUND, nowhere.test.: no such name",
    "six.test,     NO_DATA,   six.test.: no A record",
    "broken.test,  FAILURE,   broken.test.: SERVFAIL",
    "refused.test, FAILURE,   refused.test.: REFUSED",
  })
  void saysWhyThereIsNoAddress(String name, Reason reason, String message) {
    dns.says("six.test", 20, "2001:db8::2")
        .fails("broken.test", Rcode.SERVFAIL)
        .fails("refused.test", Rcode.REFUSED);
    assertThatThrownBy(() -> resolver().lookUp(name, LookupFamily.V4_ONLY))
        .hasMessage(message)
        .isInstanceOfSatisfying(
            LookupException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void saysThatAServerIsSilent() {
    dns.ignores("silent.test");
    assertThatThrownBy(() -> resolver().lookUp("silent.test", LookupFamily.V4_ONLY))
        .isInstanceOfSatisfying(
            LookupException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
  }

  @ParameterizedTest
  @CsvSource({"a..b", "'a b\\999'"})
  void refusesWhatIsNoName(String name) {
    assertThatThrownBy(() -> resolver().lookUp(name, LookupFamily.ALL))
        .isInstanceOfSatisfying(
            LookupException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND));
    assertThat(dns.queries()).isZero();
  }

  @Test
  void asksTheNextServerWhenOneFails() throws Exception {
    dns.fails("host.test", Rcode.SERVFAIL);
    try (var second = TestDns.start()) {
      second.says("host.test", 5, "10.1.1.1");
      var resolver =
          new Resolver(
              new ResolverConfig(List.of(server(dns), server(second)), false, false, false),
              directory.resolve("hosts"));
      assertThat(texts(resolver.lookUp("host.test", LookupFamily.V4_ONLY)))
          .containsExactly("10.1.1.1");
    }
  }

  @Test
  void asksAgainOverTcpWhenAnAnswerIsTruncated() throws Exception {
    var many = new ArrayList<String>();
    for (int i = 1; i <= 200; i++) {
      many.add("10.2.0." + i);
    }
    dns.says("many.test", 5, many.toArray(String[]::new));
    assertThat(texts(resolver().lookUp("many.test", LookupFamily.V4_ONLY)))
        .containsExactlyElementsOf(many);
    assertThat(dns.overTcp()).isEqualTo(1);
  }

  @Test
  void believesTheHostsFileFirst() throws Exception {
    Files.writeString(directory.resolve("hosts"), "127.0.0.7 local.test other # comment\n");
    dns.says("local.test", 5, "10.3.3.3");
    assertThat(texts(resolver().lookUp("local.test", LookupFamily.V4_ONLY)))
        .containsExactly("127.0.0.7");
    assertThat(dns.queries()).isZero();
  }
}
