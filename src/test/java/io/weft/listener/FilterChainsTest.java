package io.weft.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.listener.FilterChainMatch.SourceType;
import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FilterChainsTest {
  private static final NetAddress.Ip LOCAL = NetAddress.Ip.of("10.0.0.1", 443);
  private static final NetAddress.Ip REMOTE = NetAddress.Ip.of("192.168.1.7", 5000);

  private static FilterChainConfig chain(String name, FilterChainMatch match) {
    return FilterChainConfig.plain(name, match, _ -> {}, true);
  }

  private static FilterChainMatch match(
      int port,
      List<Cidr> to,
      List<Cidr> peer,
      SourceType type,
      List<Cidr> from,
      Set<Integer> ports) {
    return new FilterChainMatch(port, to, peer, type, from, ports);
  }

  private static FilterChainMatch toPort(int port) {
    return match(port, List.of(), List.of(), SourceType.ANY, List.of(), Set.of());
  }

  private static FilterChainMatch to(String... ranges) {
    return match(0, ranges(ranges), List.of(), SourceType.ANY, List.of(), Set.of());
  }

  private static FilterChainMatch from(String range, Integer... ports) {
    return match(0, List.of(), List.of(), SourceType.ANY, ranges(range), Set.of(ports));
  }

  private static FilterChainMatch ofType(SourceType type) {
    return match(0, List.of(), List.of(), type, List.of(), Set.of());
  }

  private static List<Cidr> ranges(String... ranges) {
    return List.of(ranges).stream()
        .map(range -> {
          String[] parts = range.split("/", 2);
          return new Cidr(NetAddress.Ip.of(parts[0], 0), Integer.parseInt(parts[1]));
        })
        .toList();
  }

  private static @Nullable String name(
      NetAddress local, NetAddress remote, FilterChainConfig... chains) {
    FilterChainConfig found = new FilterChains(List.of(chains), null).find(local, remote);
    return found == null ? null : found.name();
  }

  @Test
  void takesTheDestinationPortFirstAndDoesNotComeBack() {
    var any = chain("any", FilterChainMatch.ANY);
    var port = chain("port", toPort(443));
    assertThat(name(LOCAL, REMOTE, any, port)).isEqualTo("port");
    assertThat(name(LOCAL.withPort(80), REMOTE, any, port)).isEqualTo("any");
    var elsewhere =
        chain(
            "elsewhere",
            match(443, ranges("11.0.0.0/8"), List.of(), SourceType.ANY, List.of(), Set.of()));
    assertThat(name(LOCAL, REMOTE, any, elsewhere)).isNull();
  }

  @Test
  void takesTheLongestDestinationPrefix() {
    var wide = chain("wide", to("10.0.0.0/8", "2001:db8::/32"));
    var narrow = chain("narrow", to("10.0.0.0/24"));
    var one = chain("one", to("10.0.0.2/32", "2001:db8::1/128"));
    var all = chain("all", to("0.0.0.0/0"));
    assertThat(name(LOCAL, REMOTE, wide, narrow, one, all)).isEqualTo("narrow");
    assertThat(name(NetAddress.Ip.of("10.0.0.2", 1), REMOTE, wide, narrow, one, all))
        .isEqualTo("one");
    assertThat(name(NetAddress.Ip.of("10.9.0.2", 1), REMOTE, wide, narrow, one, all))
        .isEqualTo("wide");
    assertThat(name(NetAddress.Ip.of("9.9.0.2", 1), REMOTE, wide, narrow, one, all))
        .isEqualTo("all");
    assertThat(name(NetAddress.Ip.of("2001:db8::2", 1), REMOTE, wide, narrow, one, all))
        .isEqualTo("wide");
    assertThat(name(NetAddress.Ip.of("2001:db8::1", 1), REMOTE, wide, narrow, one, all))
        .isEqualTo("one");
    assertThat(name(NetAddress.Ip.of("2001:db9::1", 1), REMOTE, wide, narrow, one, all)).isNull();
  }

  @Test
  void takesTheSourcePrefixThenTheSourcePort() {
    var net = chain("net", from("192.168.0.0/16"));
    var port = chain("port", from("192.168.0.0/16", 5000, 5001));
    var any = chain("any", FilterChainMatch.ANY);
    assertThat(name(LOCAL, REMOTE, net, port, any)).isEqualTo("port");
    assertThat(name(LOCAL, REMOTE.withPort(5002), net, port, any)).isEqualTo("net");
    assertThat(name(LOCAL, NetAddress.Ip.of("1.2.3.4", 1), net, port, any)).isEqualTo("any");
  }

  @Test
  void tellsLocalSourcesFromExternalOnes() {
    var local = chain("local", ofType(SourceType.SAME_IP_OR_LOOPBACK));
    var external = chain("external", ofType(SourceType.EXTERNAL));
    var any = chain("any", FilterChainMatch.ANY);
    assertThat(name(LOCAL, REMOTE, local, external, any)).isEqualTo("external");
    assertThat(name(LOCAL, LOCAL.withPort(9), local, external, any)).isEqualTo("local");
    assertThat(name(LOCAL, NetAddress.Ip.of("127.0.0.1", 9), local, any)).isEqualTo("local");
    assertThat(name(LOCAL, REMOTE, local, any)).isEqualTo("any");
    assertThat(name(new NetAddress.Pipe("/a", 0), new NetAddress.Pipe("", 0), local, any))
        .isEqualTo("local");
  }

  @Test
  void fallsBackToTheDefaultChain() {
    var chains =
        new FilterChains(List.of(chain("port", toPort(1))), chain("default", FilterChainMatch.ANY));
    FilterChainConfig found = chains.find(LOCAL, REMOTE);
    assertThat(found).isNotNull().extracting(FilterChainConfig::name).isEqualTo("default");
  }

  @Test
  void refusesTwoChainsThatMatchTheSame() {
    assertThatThrownBy(
            () -> name(LOCAL, REMOTE, chain("a", to("10.0.0.0/8")), chain("b", to("10.1.0.0/8"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"b\" has the same matching rules as \"a\"");
  }

  @Test
  void refusesAPrefixLongerThanTheAddress() {
    assertThatThrownBy(() -> new Cidr(LOCAL, 33))
        .hasMessage("prefix_len: 33 of 10.0.0.1 (expected: 0-32)");
  }
}
