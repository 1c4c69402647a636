package io.weft.cluster;

import io.weft.net.NetAddress;

/** A member of a cluster and what happened with it. Shared by all carriers. */
public final class Endpoint {
  private final EndpointConfig config;
  private final EndpointStats stats = new EndpointStats();
  private final String text;

  public Endpoint(EndpointConfig config) {
    this.config = config;
    this.text = config.address().toString();
  }

  public EndpointConfig config() {
    return config;
  }

  public NetAddress address() {
    return config.address();
  }

  /** Its name, empty when it has none. */
  public String hostname() {
    return config.hostname();
  }

  public EndpointStats stats() {
    return stats;
  }

  /** The address as Envoy prints it, {@code 10.0.0.1:80}; the same object at each call. */
  @Override
  public String toString() {
    return text;
  }
}
