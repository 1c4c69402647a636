package io.weft.dns;

import io.weft.cluster.Addresses;
import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;

/** Reads who is asked for names. */
final class ResolverReader {
  private static final String CARES = "envoy.extensions.network.dns_resolver.cares.v3";

  private ResolverReader() {}

  /** What the configuration of a {@code typed_dns_resolver_config} says. */
  static ResolverConfig typed(Message config, Problems problems) {
    return config.type().startsWith(CARES)
        ? resolvers(config, config.bool("use_resolvers_as_fallback"), problems)
        : ResolverConfig.SYSTEM; // getaddrinfo's: Weft's own asks the same servers
  }

  /** What a message with {@code resolvers} and {@code dns_resolver_options} says. */
  static ResolverConfig resolvers(Message config, boolean systemToo, Problems problems) {
    var options = config.message("dns_resolver_options");
    return new ResolverConfig(
        servers(config.messages("resolvers"), problems),
        systemToo,
        options != null && options.bool("use_tcp_for_dns_lookups"),
        options == null || !options.bool("no_default_search_domain"));
  }

  /** The name servers at these addresses; what is none goes to {@code problems}. */
  static List<NetAddress.Ip> servers(List<Message> addresses, Problems problems) {
    var servers = new ArrayList<NetAddress.Ip>();
    for (Message address : addresses) {
      switch (Addresses.read(address, problems)) {
        case NetAddress.Ip ip -> servers.add(ip.port() == 0 ? NetAddress.Ip.of(ip.host(), 53) : ip);
        case null -> {}
        default -> problems.error(address.place(), "a pipe (expected: the address of a server)");
      }
    }
    return servers;
  }
}
