package io.weft.server;

import io.weft.cluster.Addresses;
import io.weft.extension.FactoryScope;
import io.weft.extension.NetworkFilterFactory;
import io.weft.extension.TerminalFilterFactory;
import io.weft.filter.NetworkFilter;
import io.weft.listener.FilterChainConfig;
import io.weft.listener.FilterChainMatch;
import io.weft.listener.Inspection;
import io.weft.listener.ListenerConfig;
import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Scope;
import io.weft.tls.ServerTls;
import io.weft.tls.Tls;
import io.weft.tls.TlsInspector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.config.listener.v3.Listener} and builds its filter chains. Main thread. */
final class ListenerReader {
  private final FactoryScope scope;
  private static final String TLS =
      "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";

  private static final String INSPECTOR =
      "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
  private static final Duration LISTENER_FILTERS_TIMEOUT = Duration.ofSeconds(15);

  /** How long a handshake may take in the edge set (security bar R1). */
  private static final Duration EDGE_HANDSHAKE = Duration.ofSeconds(10);

  private final Problems problems;
  private final Tls tls;

  ListenerReader(FactoryScope scope, Tls tls) {
    this.scope = scope;
    this.tls = tls;
    problems = scope.problems();
  }

  /** The listener, or null if {@code problems} was told why not. */
  @Nullable ListenerConfig read(Message listener, LongSupplier connectionLimit) {
    int before = problems.errors().size();
    Set<NetAddress> dualStack = new HashSet<>();
    List<NetAddress> addresses = addresses(listener, dualStack);
    if (addresses.isEmpty()) {
      return null;
    }
    String given = listener.string("stat_prefix");
    String prefix = given.isEmpty() ? ListenerConfig.statPrefix(addresses.getFirst()) : given;
    Scope stats = scope.stats().scope("listener").scope(prefix);
    List<FilterChainConfig> chains = new ArrayList<>();
    for (Message chain : listener.messages("filter_chains")) {
      chains.add(chain(chain, stats));
    }
    Message fallback = listener.message("default_filter_chain");
    FilterChainConfig defaultChain = fallback == null ? null : chain(fallback, stats);
    if (problems.errors().size() > before) {
      return null;
    }
    String name = listener.string("name");
    try {
      return new ListenerConfig(
          name.isEmpty() ? addresses.getFirst().toString() : name,
          prefix,
          addresses,
          dualStack,
          listener.bool("enable_reuse_port", true),
          (int) listener.integer("tcp_backlog_size", ListenerConfig.DEFAULT_BACKLOG),
          SocketOptions.read(listener, isV6(addresses.getFirst()), problems),
          chains,
          defaultChain,
          (int)
              listener.integer(
                  "per_connection_buffer_limit_bytes", ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES),
          connectionLimit,
          listener.bool("ignore_global_conn_limit"),
          inspection(listener, chains));
    } catch (IllegalArgumentException e) {
      problems.error(listener.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static boolean isV6(NetAddress address) {
    return address instanceof NetAddress.Ip ip && ip.isV6();
  }

  private @Nullable Inspection inspection(Message listener, List<FilterChainConfig> chains) {
    boolean wanted = chains.stream().anyMatch(chain -> chain.match().asksForTls());
    for (Message filter : listener.messages("listener_filters")) {
      Message typed = filter.any("typed_config");
      wanted |= typed != null && typed.type().equals(INSPECTOR);
    }
    if (!wanted) {
      return null;
    }
    Duration timeout = listener.duration("listener_filters_timeout", LISTENER_FILTERS_TIMEOUT);
    return new Inspection(
        new TlsInspector(scope.stats().scope("tls_inspector")),
        timeout.isZero() ? null : timeout,
        listener.bool("continue_on_listener_filters_timeout"));
  }

  private List<NetAddress> addresses(Message listener, Set<NetAddress> dualStack) {
    List<NetAddress> addresses = new ArrayList<>();
    Message first = listener.message("address");
    if (first == null) {
      problems.error(listener.place(), "address: missing (expected: where to listen)");
      return addresses;
    }
    add(addresses, dualStack, first);
    for (Message more : listener.messages("additional_addresses")) {
      Message address = more.message("address");
      if (address != null) {
        add(addresses, dualStack, address);
      }
    }
    return addresses;
  }

  private void add(List<NetAddress> addresses, Set<NetAddress> dualStack, Message message) {
    NetAddress address = Addresses.read(message, problems);
    if (address != null) {
      addresses.add(address);
      Message socket = message.message("socket_address");
      if (socket != null && socket.bool("ipv4_compat")) {
        dualStack.add(address);
      }
    }
  }

  private FilterChainConfig chain(Message chain, Scope stats) {
    List<NetworkFilter> filters = new ArrayList<>();
    NetworkFilter.Next end = NoTerminal.INSTANCE;
    boolean usersEnd = false;
    for (Message filter : chain.messages("filters")) {
      Message typed = filter.any("typed_config");
      if (typed == null) {
        continue; // refused while it was read
      }
      String name = filter.string("name");
      TerminalFilterFactory terminal = scope.extensions().terminalFilter(typed.type());
      NetworkFilterFactory step = scope.extensions().networkFilter(name, typed.type());
      if (terminal != null) {
        end = terminal.create(name, typed, scope);
      } else if (step != null) {
        NetworkFilter made = step.create(name, typed, scope);
        NetworkFilter bracketed = step.isUsers() ? new UsersFilter(made) : made;
        if (step.isTerminal()) {
          end = connection -> bracketed.filter(connection, NoTerminal.INSTANCE);
          usersEnd = true;
        } else {
          filters.add(bracketed);
        }
      } else {
        problems.error(filter.place("typed_config"), "no network filter of type " + typed.type());
      }
    }
    NetworkFilter.Next folded = end;
    for (int i = filters.size() - 1; i >= 0; i--) {
      NetworkFilter filter = filters.get(i);
      NetworkFilter.Next rest = folded;
      folded = connection -> filter.filter(connection, rest);
    }
    Duration timeout = chain.duration("transport_socket_connect_timeout");
    if (timeout == null && scope.edgeDefaults()) {
      timeout = EDGE_HANDSHAKE;
    }
    return new FilterChainConfig(
        chain.string("name"),
        match(chain),
        folded,
        filters.isEmpty() && !usersEnd,
        tls(chain, stats),
        timeout == null || timeout.isZero() ? null : timeout);
  }

  private @Nullable ServerTls tls(Message chain, Scope stats) {
    Message socket = chain.message("transport_socket");
    Message context = socket == null ? null : socket.any("typed_config");
    if (socket == null || context == null) {
      return null; // none, or refused while it was read
    }
    return switch (context.type()) {
      case TLS -> tls.server(context, stats, scope.edgeDefaults(), problems);
      case "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer" -> null;
      default -> {
        problems.error(
            socket.place("typed_config"), context.type() + " (expected: DownstreamTlsContext)");
        yield null;
      }
    };
  }

  /** Never reached by traffic: a chain without a terminal filter is refused. */
  private enum NoTerminal implements NetworkFilter.Next {
    INSTANCE;

    @Override
    public void proceed(io.weft.filter.Connection downstream) {
      downstream.close();
    }
  }

  private FilterChainMatch match(Message chain) {
    Message match = chain.message("filter_chain_match");
    if (match == null) {
      return FilterChainMatch.ANY;
    }
    Set<Integer> ports = new HashSet<>();
    for (long port : match.integers("source_ports")) {
      ports.add((int) port);
    }
    try {
      return new FilterChainMatch(
          (int) match.integer("destination_port"),
          ranges(match, "prefix_ranges"),
          ranges(match, "direct_source_prefix_ranges"),
          FilterChainMatch.SourceType.valueOf(match.enumName("source_type")),
          ranges(match, "source_prefix_ranges"),
          ports,
          names(match),
          transport(match),
          new HashSet<>(match.strings("application_protocols")));
    } catch (IllegalArgumentException e) {
      problems.error(match.place(), String.valueOf(e.getMessage()));
      return FilterChainMatch.ANY;
    }
  }

  private static Set<String> names(Message match) {
    Set<String> names = new HashSet<>();
    for (String name : match.strings("server_names")) {
      names.add(name.toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private static String transport(Message match) {
    String transport = match.string("transport_protocol");
    if (!transport.isEmpty() && !transport.equals("tls") && !transport.equals("raw_buffer")) {
      throw new IllegalArgumentException(
          "transport_protocol: \"" + transport + "\" (expected: tls or raw_buffer)");
    }
    return transport;
  }

  private List<Cidr> ranges(Message match, String field) {
    List<Cidr> ranges = new ArrayList<>();
    for (Message range : match.messages(field)) {
      String prefix = range.string("address_prefix");
      NetAddress.Ip address = NetAddress.Ip.parse(prefix, 0);
      if (address == null) {
        problems.error(
            range.place("address_prefix"), "\"" + prefix + "\" (expected: an IP address)");
        continue;
      }
      try {
        ranges.add(new Cidr(address, (int) range.integer("prefix_len", 0)));
      } catch (IllegalArgumentException e) {
        problems.error(range.place("prefix_len"), String.valueOf(e.getMessage()));
      }
    }
    return ranges;
  }
}
