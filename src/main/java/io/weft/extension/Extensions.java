package io.weft.extension;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters that can be configured, by the full name of the message that configures them. */
public final class Extensions {
  private final Map<String, HttpFilterFactory> httpFilters = new HashMap<>();
  private final Map<String, NetworkFilterFactory> networkFilters = new HashMap<>();
  private final Map<String, TerminalFilterFactory> terminalFilters = new HashMap<>();

  public Extensions(
      List<HttpFilterFactory> http,
      List<NetworkFilterFactory> network,
      List<TerminalFilterFactory> terminal) {
    for (var factory : http) {
      httpFilters.put(factory.type(), factory);
    }
    for (var factory : network) {
      networkFilters.put(factory.type(), factory);
    }
    for (var factory : terminal) {
      terminalFilters.put(factory.type(), factory);
    }
  }

  /** The factory for a message type, or null. */
  public @Nullable HttpFilterFactory httpFilter(String type) {
    return httpFilters.get(type);
  }

  /** The factory whose settings on routes have this message type, or null. */
  public @Nullable HttpFilterFactory httpFilterOfRouteType(String type) {
    for (var factory : httpFilters.values()) {
      if (factory.routeType().equals(type) || factory.type().equals(type)) {
        return factory;
      }
    }
    return null;
  }

  /** The factory for a message type, or null. */
  public @Nullable NetworkFilterFactory networkFilter(String type) {
    return networkFilters.get(type);
  }

  /** The factory for a message type, or null. */
  public @Nullable TerminalFilterFactory terminalFilter(String type) {
    return terminalFilters.get(type);
  }
}
