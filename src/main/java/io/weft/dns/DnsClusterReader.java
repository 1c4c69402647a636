package io.weft.dns;

import io.weft.cluster.Addresses;
import io.weft.cluster.ClusterReader;
import io.weft.dns.DnsCluster.Backoff;
import io.weft.dns.DnsCluster.Target;
import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a cluster says of DNS: its type, {@code cluster_type} with {@code
 * envoy.extensions.clusters.dns.v3.DnsCluster}, and the resolver of either.
 */
public final class DnsClusterReader {
  private static final String EXTENSION = "envoy.extensions.clusters.dns.v3.DnsCluster";

  private final Message cluster;
  private final Message settings;
  private final boolean extension;
  private final Problems problems;

  private DnsClusterReader(Message cluster, @Nullable Message extension, Problems problems) {
    this.cluster = cluster;
    this.settings = extension == null ? cluster : extension;
    this.extension = extension != null;
    this.problems = problems;
  }

  /**
   * What the cluster says; null if DNS has no part in it, or when {@code problems} was told.
   *
   * @param bootstrapResolver the bootstrap's {@code typed_dns_resolver_config}
   */
  public static @Nullable DnsCluster read(
      Message cluster, @Nullable Message bootstrapResolver, Problems problems) {
    if (!ClusterReader.isFoundByName(cluster)) {
      return null;
    }
    var type = cluster.message("cluster_type");
    var extension = type == null ? null : type.any("typed_config");
    if (extension != null && extension.type().equals(ClusterReader.FORWARD_PROXY)) {
      return null; // its members are the names that streams ask for
    }
    if (type != null && (extension == null || !extension.type().equals(EXTENSION))) {
      problems.error(
          type.place(),
          "no cluster type that is supported (expected: "
              + EXTENSION
              + " or "
              + ClusterReader.FORWARD_PROXY
              + ")");
      return null;
    }
    try {
      return new DnsClusterReader(cluster, extension, problems).read(bootstrapResolver);
    } catch (IllegalArgumentException e) {
      problems.error(cluster.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable DnsCluster read(@Nullable Message bootstrapResolver) {
    int before = problems.errors().size();
    boolean logical =
        extension
            ? settings.bool("all_addresses_in_single_endpoint")
            : cluster.enumName("type").equals("LOGICAL_DNS");
    var assignment = cluster.message("load_assignment");
    if (assignment == null) {
      problems.error(cluster.place("load_assignment"), "must be set: it names the hosts");
      return null;
    }
    Duration refresh = settings.duration("dns_refresh_rate", DnsCluster.DEFAULT_REFRESH);
    List<Target> targets = targets(assignment);
    Backoff backoff = backoff(settings, problems);
    ResolverConfig resolver = resolver(bootstrapResolver);
    if (problems.errors().size() > before) {
      return null;
    }
    return new DnsCluster(
        logical,
        targets,
        family(settings),
        refresh,
        backoff,
        settings.bool("respect_dns_ttl"),
        settings.duration("dns_jitter", Duration.ZERO),
        cluster.bool("wait_for_warm_on_init", true),
        resolver);
  }

  /** Which addresses {@code dns_lookup_family} of a message asks for. */
  static LookupFamily family(Message settings) {
    return switch (settings.enumName("dns_lookup_family")) {
      case "V4_ONLY" -> LookupFamily.V4_ONLY;
      case "V6_ONLY" -> LookupFamily.V6_ONLY;
      case "V4_PREFERRED" -> LookupFamily.V4_PREFERRED;
      case "ALL" -> LookupFamily.ALL;
      default -> LookupFamily.AUTO;
    };
  }

  /** What {@code dns_failure_refresh_rate} of a message says; null if it is not set. */
  static @Nullable Backoff backoff(Message settings, Problems problems) {
    var rate = settings.message("dns_failure_refresh_rate");
    if (rate == null) {
      return null;
    }
    Duration base = rate.duration("base_interval", Duration.ZERO);
    Duration most = rate.duration("max_interval", base.multipliedBy(10));
    if (most.compareTo(base) < 0) {
      problems.error(
          rate.place("max_interval"), most + " (expected: at least base_interval, " + base + ")");
    }
    return new Backoff(base, most);
  }

  private List<Target> targets(Message assignment) {
    var targets = new ArrayList<Target>();
    for (Message group : assignment.messages("endpoints")) {
      for (Message member : group.messages("lb_endpoints")) {
        var endpoint = member.message("endpoint");
        var address = endpoint == null ? null : endpoint.message("address");
        var socket = address == null ? null : address.message("socket_address");
        if (endpoint == null || socket == null) {
          problems.error(
              (endpoint == null ? member : endpoint).place(),
              "must have a socket_address, since its name is looked up");
          continue;
        }
        var common = ClusterReader.member(member, group, problems);
        long port = socket.integer("port_value");
        String host = socket.string("address");
        if (common == null || !Addresses.checkSocket(socket, problems)) {
          continue;
        }
        String own = endpoint.string("hostname");
        targets.add(
            new Target(
                host,
                (int) port,
                own.isEmpty() ? host : own,
                common.weight(),
                common.health(),
                common.locality(),
                common.priority(),
                common.metadata()));
      }
    }
    return targets;
  }

  private ResolverConfig resolver(@Nullable Message bootstrapResolver) {
    var typed = settings.message("typed_dns_resolver_config");
    if (typed == null && settings.messages("dns_resolvers").isEmpty()) {
      typed = bootstrapResolver;
    }
    var config = typed == null ? null : typed.any("typed_config");
    if (config == null) {
      boolean tcp = !extension && cluster.bool("use_tcp_for_dns_lookups");
      List<NetAddress.Ip> servers =
          extension ? List.of() : servers(cluster.messages("dns_resolvers"));
      return new ResolverConfig(servers, false, tcp, true);
    }
    return ResolverReader.typed(config, problems);
  }

  private List<NetAddress.Ip> servers(List<Message> addresses) {
    return ResolverReader.servers(addresses, problems);
  }
}
