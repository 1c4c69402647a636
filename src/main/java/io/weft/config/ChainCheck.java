package io.weft.config;

import io.weft.schema.FullForm;
import io.weft.schema.Message;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import io.weft.schema.Schema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks filter chains: who ends them, and that each connection finds one chain at most. Messages
 * as Envoy's.
 */
final class ChainCheck {
  private static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  private final ConfigOptions options;
  private final Problems problems;

  ChainCheck(ConfigOptions options, Problems problems) {
    this.options = options;
    this.problems = problems;
  }

  void check(Message listener) {
    var chains = listener.messages("filter_chains");
    var fallback = listener.message("default_filter_chain");
    if (chains.isEmpty()
        && fallback == null
        && !listener.has("udp_listener_config")
        && listener.oneof("listener_specifier") == null) {
      problems.error(
          listener.place("filter_chains"),
          "no filter chains in listener '" + listener.string("name") + "'");
    }
    var matches = new HashMap<String, Message>();
    boolean matcher = listener.has("filter_chain_matcher");
    for (var chain : chains) {
      if (!matcher) {
        match(chain, matches);
      }
      filters(chain);
    }
    if (fallback != null) {
      filters(fallback);
    }
  }

  private void match(Message chain, Map<String, Message> seen) {
    var match = chain.message("filter_chain_match");
    var first = seen.putIfAbsent(match == null ? "{}\n" : FullForm.text(match, ""), chain);
    if (first != null) {
      problems.error(
          chain.place("filter_chain_match"),
          "multiple filter chains with the same matching rules are defined (the other one: line "
              + first.place().line()
              + ")");
    }
  }

  private void filters(Message chain) {
    var filters = chain.messages("filters");
    chain(filters, chain.place("filters"), "network", "envoy.filters.network.tcp_proxy");
    for (var filter : filters) {
      var config = filter.any("typed_config");
      if (config != null && config.type().equals(HCM)) {
        chain(
            config.messages("http_filters"),
            config.place("http_filters"),
            "http",
            "envoy.filters.http.router");
        for (var upgrade : config.messages("upgrade_configs")) {
          if (!upgrade.messages("filters").isEmpty()) {
            chain(
                upgrade.messages("filters"),
                upgrade.place("filters"),
                "http upgrade",
                "envoy.filters.http.router");
          }
        }
      }
    }
  }

  private void chain(List<Message> filters, Place place, String kind, String example) {
    if (filters.isEmpty()) {
      problems.error(
          place,
          "no "
              + kind
              + " filters (expected: a chain that ends with a terminal filter such as "
              + example
              + ")");
      return;
    }
    for (int i = 0; i < filters.size(); i++) {
      var filter = filters.get(i);
      var config = filter.any("typed_config");
      if (config == null) {
        continue; // could not be read, or was left out as optional
      }
      boolean last = i == filters.size() - 1;
      boolean terminal =
          Schema.get().isTerminal(config.type())
              || options.userTerminalFilters().contains(filter.string("name"));
      if (terminal && !last) {
        problems.error(
            filter.place(),
            named("terminal", filter, config)
                + " must be the last filter in a "
                + kind
                + " filter chain.");
      } else if (!terminal && last && isKnown(filter, config)) {
        problems.error(
            filter.place(),
            named("non-terminal", filter, config)
                + " is the last filter in a "
                + kind
                + " filter chain.");
      }
    }
  }

  /** Whether it is told what the filter does: others are refused elsewhere. */
  private boolean isKnown(Message filter, Message config) {
    String name = filter.string("name");
    return Schema.get().isSupported(config.type())
        || options.userNetworkFilters().contains(name)
        || options.userHttpFilters().contains(name);
  }

  private static String named(String what, Message filter, Message config) {
    return "Error: "
        + what
        + " filter named "
        + filter.string("name")
        + " of type "
        + config.type();
  }
}
