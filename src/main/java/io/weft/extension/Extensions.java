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
  private final UserFilters users;

  public Extensions(
      List<HttpFilterFactory> http,
      List<NetworkFilterFactory> network,
      List<TerminalFilterFactory> terminal,
      UserFilters users) {
    this.users = users;
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

  /** The factory for a filter of that name and message type, or null; a user's name comes first. */
  public @Nullable HttpFilterFactory httpFilter(String name, String type) {
    HttpFilterFactory of = users.http(name);
    return of == null ? httpFilters.get(type) : of;
  }

  /** The factory for a filter of that name and message type, or null; a user's name comes first. */
  public @Nullable NetworkFilterFactory networkFilter(String name, String type) {
    NetworkFilterFactory of = users.network(name);
    return of == null ? networkFilters.get(type) : of;
  }

  /** The factory for a message type, or null. */
  public @Nullable TerminalFilterFactory terminalFilter(String type) {
    return terminalFilters.get(type);
  }
}
