package io.weft.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.hosts.HostsFileParser;

/**
 * Looks names up in the hosts file, then with name servers: over UDP, over TCP where an answer was
 * truncated, the next server where one fails. Shared; calls block, and are not for carriers.
 */
public final class Resolver {
  /** How long one server may take to answer one query. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** How often each server is asked before a lookup fails. */
  private static final int TRIES = 2;

  /** The longest life of what a hosts file says: it is read again when it has changed. */
  private static final long HOSTS_TTL_SECONDS = 60;

  private final List<SimpleResolver> servers;
  private final HostsFileParser hosts;
  private final List<Name> search;
  private final int ndots;

  /** A resolver that asks as {@code config} says; reads {@code /etc/resolv.conf} now. */
  public Resolver(ResolverConfig config) {
    this(config, Path.of("/etc/hosts"));
  }

  Resolver(ResolverConfig config, Path hostsFile) {
    var system = org.xbill.DNS.ResolverConfig.getCurrentConfig();
    var addresses = new ArrayList<InetSocketAddress>();
    config.servers().forEach(each -> addresses.add(socketAddress(each)));
    if (addresses.isEmpty() || config.systemServersToo()) {
      addresses.addAll(system.servers());
    }
    var each = new ArrayList<SimpleResolver>();
    for (InetSocketAddress address : addresses) {
      var server = new SimpleResolver(address);
      server.setTimeout(TIMEOUT);
      server.setTCP(config.tcp());
      each.add(server);
    }
    servers = List.copyOf(each);
    hosts = new HostsFileParser(hostsFile);
    search = config.search() ? List.copyOf(system.searchPath()) : List.of();
    ndots = system.ndots();
  }

  private static InetSocketAddress socketAddress(io.weft.net.NetAddress.Ip address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address.host()), address.port());
  }

  /**
   * The addresses of {@code host}; blocks for some seconds at most.
   *
   * @throws LookupException if there is none, or no server could tell
   */
  public Answer lookUp(String host, LookupFamily family) throws LookupException {
    List<Name> names = candidates(host);
    LookupException failure = null;
    for (Name name : names) {
      try {
        return lookUp(name, family);
      } catch (LookupException e) {
        if (!e.isEmpty()) {
          throw e;
        }
        failure = failure == null ? e : failure;
      }
    }
    throw failure == null
        ? new LookupException(LookupException.Reason.NOT_FOUND, host + ": not a host name")
        : failure;
  }

  /** The names to try, as resolv.conf(5) says of {@code search} and {@code ndots}. */
  private List<Name> candidates(String host) throws LookupException {
    try {
      if (host.endsWith(".")) {
        return List.of(Name.fromString(host));
      }
      var names = new ArrayList<Name>();
      Name absolute = Name.fromString(host, Name.root);
      boolean first = absolute.labels() - 2 >= ndots; // labels counts the root
      if (first) {
        names.add(absolute);
      }
      Name relative = Name.fromString(host);
      for (Name domain : search) {
        if (relative.labels() + domain.labels() < 128
            && relative.length() + domain.length() < 255) {
          names.add(Name.concatenate(relative, domain));
        }
      }
      if (!first) {
        names.add(absolute);
      }
      return names;
    } catch (TextParseException | org.xbill.DNS.NameTooLongException e) {
      throw new LookupException(
          LookupException.Reason.NOT_FOUND, "\"" + host + "\" is no host name: " + e.getMessage());
    }
  }

  private Answer lookUp(Name name, LookupFamily family) throws LookupException {
    return switch (family) {
      case V4_ONLY -> query(name, Type.A);
      case V6_ONLY -> query(name, Type.AAAA);
      case AUTO -> either(name, Type.AAAA, Type.A);
      case V4_PREFERRED -> either(name, Type.A, Type.AAAA);
      case ALL -> both(name);
    };
  }

  private Answer either(Name name, int preferred, int otherwise) throws LookupException {
    try {
      return query(name, preferred);
    } catch (LookupException e) {
      if (!e.isEmpty()) {
        throw e;
      }
      return query(name, otherwise);
    }
  }

  private Answer both(Name name) throws LookupException {
    Answer v6 = queryOrNull(name, Type.AAAA);
    if (v6 == null) {
      return query(name, Type.A);
    }
    Answer v4 = queryOrNull(name, Type.A);
    if (v4 == null) {
      return v6;
    }
    var all = new ArrayList<>(v6.addresses());
    all.addAll(v4.addresses());
    return new Answer(all, Math.min(v6.ttlSeconds(), v4.ttlSeconds()));
  }

  private @Nullable Answer queryOrNull(Name name, int type) throws LookupException {
    try {
      return query(name, type);
    } catch (LookupException e) {
      if (!e.isEmpty()) {
        throw e;
      }
      return null;
    }
  }

  private Answer query(Name name, int type) throws LookupException {
    Optional<InetAddress> ofFile = ofHostsFile(name, type);
    if (ofFile.isPresent()) {
      return new Answer(List.of(ofFile.get()), HOSTS_TTL_SECONDS);
    }
    Message response = ask(Message.newQuery(Record.newRecord(name, type, DClass.IN)), name);
    if (response.getRcode() == Rcode.NXDOMAIN) {
      throw new LookupException(LookupException.Reason.NOT_FOUND, name + ": no such name");
    }
    return answer(name, type, response);
  }

  /** Asks one server after the other, and all of them again, until one can tell. */
  private Message ask(Message query, Name name) throws LookupException {
    LookupException failure = null;
    for (int i = 0; i < TRIES * servers.size(); i++) {
      try {
        Message response = servers.get(i % servers.size()).send(query);
        int code = response.getRcode();
        if (code == Rcode.NOERROR || code == Rcode.NXDOMAIN) {
          return response;
        }
        failure =
            new LookupException(LookupException.Reason.FAILURE, name + ": " + Rcode.string(code));
      } catch (IOException e) {
        String message = String.valueOf(e.getMessage());
        boolean late = message.contains("imed out") || message.contains("imeout");
        failure =
            new LookupException(
                late ? LookupException.Reason.TIMEOUT : LookupException.Reason.FAILURE,
                name + ": " + message);
      }
    }
    throw failure == null
        ? new LookupException(LookupException.Reason.FAILURE, name + ": no name server to ask")
        : failure;
  }

  private Optional<InetAddress> ofHostsFile(Name name, int type) {
    try {
      return hosts.getAddressForHost(name, type);
    } catch (IOException e) {
      return Optional.empty(); // there is no such file, or it is no text: the servers decide
    }
  }

  /** Follows the aliases from {@code name} to addresses; what belongs to other names is ignored. */
  private static Answer answer(Name name, int type, Message response) throws LookupException {
    List<Record> records = response.getSection(Section.ANSWER);
    Set<Name> names = new HashSet<>();
    names.add(name);
    long ttl = Long.MAX_VALUE;
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Record each : records) {
        if (each instanceof CNAMERecord alias && names.contains(alias.getName())) {
          grown |= names.add(alias.getTarget());
          ttl = Math.min(ttl, alias.getTTL());
        }
      }
    }
    var addresses = new ArrayList<InetAddress>();
    for (Record each : records) {
      if (each.getType() != type || !names.contains(each.getName())) {
        continue;
      }
      if (each instanceof ARecord v4) {
        addresses.add(v4.getAddress());
      } else if (each instanceof AAAARecord v6) {
        addresses.add(v6.getAddress());
      }
      ttl = Math.min(ttl, each.getTTL());
    }
    if (addresses.isEmpty()) {
      throw new LookupException(
          LookupException.Reason.NO_DATA, name + ": no " + Type.string(type) + " record");
    }
    return new Answer(addresses, ttl);
  }
}
