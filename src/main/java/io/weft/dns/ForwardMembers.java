package io.weft.dns;

import io.weft.cluster.Cluster;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointConfig;
import io.weft.cluster.HealthStatus;
import io.weft.cluster.Locality;
import io.weft.net.NetAddress;
import java.util.HashMap;
import java.util.Map;

/** The members of a cluster that has one for each name of a cache. Any thread. */
final class ForwardMembers {
  private final Cluster cluster;
  private final Map<DnsHost, Endpoint> members = new HashMap<>();

  ForwardMembers(Cluster cluster) {
    this.cluster = cluster;
  }

  Cluster cluster() {
    return cluster;
  }

  /** The host is there now; its connections that are open stay where they are. */
  synchronized void put(DnsHost host, NetAddress address) {
    Endpoint there = members.get(host);
    if (there != null) {
      cluster.move(there, address);
      return;
    }
    var member = new EndpointConfig(address, host.key(), 1, HealthStatus.HEALTHY, Locality.NONE, 0);
    members.put(host, cluster.add(member));
  }

  /** Nobody is to be sent there any more: the connections end with their streams. */
  synchronized void remove(DnsHost host) {
    Endpoint there = members.remove(host);
    if (there != null) {
      cluster.remove(there);
    }
  }
}
