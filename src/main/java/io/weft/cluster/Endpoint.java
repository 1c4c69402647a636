package io.weft.cluster;

import io.weft.net.NetAddress;

/** A member of a cluster and what happened with it. Shared by all carriers. */
public final class Endpoint {
  private final EndpointConfig config;
  private final boolean canary;
  private final EndpointStats stats = new EndpointStats();

  /** With its text, so that both change at once. */
  private volatile Place place;

  private record Place(NetAddress address, String text) {
    static Place of(NetAddress address) {
      return new Place(address, address.toString());
    }
  }

  public Endpoint(EndpointConfig config) {
    this.config = config;
    this.canary = Boolean.TRUE.equals(config.metadata().get("canary"));
    this.place = Place.of(config.address());
  }

  public EndpointConfig config() {
    return config;
  }

  /** Where it is now: what the configuration says, unless DNS has moved it since. */
  public NetAddress address() {
    return place.address();
  }

  void moveTo(NetAddress address) {
    place = Place.of(address);
  }

  /** Its name, empty when it has none. */
  public String hostname() {
    return config.hostname();
  }

  /** Whether it runs what is being tried out: {@code envoy.lb} says {@code canary: true} of it. */
  public boolean isCanary() {
    return canary;
  }

  public EndpointStats stats() {
    return stats;
  }

  /** The address as Envoy prints it, {@code 10.0.0.1:80}; made once for an address. */
  @Override
  public String toString() {
    return place.text();
  }
}
