package io.weft.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.http.HeaderName;
import io.weft.schema.Message;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code envoy.config.route.v3.RouteConfiguration} into records. Runs on the main thread; a
 * body of a direct response may be read from a file. Mistakes go to the problems with their places
 * and leave out the part they are in.
 */
public final class RouteTableReader {
  /** Envoy's default of {@code max_direct_response_body_size_bytes}. */
  private static final long DEFAULT_MAX_BODY = 4096;

  private static final String FILTER_CONFIG = "envoy.config.route.v3.FilterConfig";

  private final FilterConfigs filters;
  private final Predicate<String> clusterExists;
  private final Problems problems;

  /**
   * @param clusterExists whether a cluster of that name is configured; asked where the table wants
   *     its clusters validated
   */
  public RouteTableReader(
      FilterConfigs filters, Predicate<String> clusterExists, Problems problems) {
    this.filters = filters;
    this.clusterExists = clusterExists;
    this.problems = problems;
  }

  /** The table that a {@code RouteConfiguration} in a file describes. */
  public RouteTableConfig read(Message table) {
    boolean validates = table.bool("validate_clusters", true);
    long maxBody = table.integer("max_direct_response_body_size_bytes", DEFAULT_MAX_BODY);
    Map<String, String> served = new HashMap<>();
    List<VirtualHostConfig> hosts = new ArrayList<>();
    for (Message host : table.messages("virtual_hosts")) {
      List<RouteConfig> routes = new ArrayList<>();
      for (Message route : host.messages("routes")) {
        RouteConfig read = route(route, validates, maxBody);
        if (read != null) {
          routes.add(read);
        }
      }
      List<String> domains = domains(host, served);
      if (!domains.isEmpty()) {
        hosts.add(new VirtualHostConfig(host.string("name"), domains, routes, filters(host)));
      }
    }
    return new RouteTableConfig(
        table.string("name"), hosts, table.bool("ignore_port_in_host_matching"), filters(table));
  }

  private List<String> domains(Message host, Map<String, String> served) {
    List<String> domains = new ArrayList<>();
    List<String> written = host.strings("domains");
    for (int i = 0; i < written.size(); i++) {
      String domain = written.get(i);
      String other = served.putIfAbsent(domain.toLowerCase(Locale.ROOT), host.string("name"));
      if (other == null) {
        domains.add(domain);
      } else {
        Place list = host.place("domains");
        problems.error(
            new Place(list.file(), list.line(), list.column(), list.path() + "[" + i + "]"),
            "'"
                + domain
                + "' is served by virtual host '"
                + other
                + "' already (expected: each domain once)");
      }
    }
    return domains;
  }

  private @Nullable RouteConfig route(Message route, boolean validates, long maxBody) {
    PathMatch match = match(route);
    ActionConfig action = action(route, validates, maxBody);
    Map<String, FilterOverride> overrides = filters(route);
    return match == null || action == null
        ? null
        : new RouteConfig(route.string("name"), match, action, overrides);
  }

  private @Nullable PathMatch match(Message route) {
    Message match = route.message("match");
    String field = match == null ? null : match.oneof("path_specifier");
    if (match == null || field == null) {
      problems.error(route.place("match"), "no path to match (expected: prefix, path or another)");
      return null;
    }
    boolean caseSensitive = match.bool("case_sensitive", true);
    return switch (field) {
      case "prefix" -> new PathMatch(PathMatch.Kind.PREFIX, match.string(field), caseSensitive);
      case "path" -> new PathMatch(PathMatch.Kind.EXACT, match.string(field), caseSensitive);
      case "path_separated_prefix" ->
          new PathMatch(PathMatch.Kind.SEPARATED_PREFIX, match.string(field), caseSensitive);
      case "safe_regex" -> regex(match, caseSensitive);
      case "connect_matcher" -> PathMatch.ANY_CONNECT;
      default -> {
        problems.error(match.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  private @Nullable PathMatch regex(Message match, boolean caseSensitive) {
    Message matcher = match.message("safe_regex");
    String text = matcher == null ? "" : matcher.string("regex");
    try {
      Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      Place place = matcher == null ? match.place("safe_regex") : matcher.place("regex");
      problems.error(place, "'" + text + "': " + e.getDescription() + " (expected: RE2 syntax)");
      return null;
    }
    return new PathMatch(PathMatch.Kind.REGEX, text, caseSensitive);
  }

  private @Nullable ActionConfig action(Message route, boolean validates, long maxBody) {
    Message forward = route.message("route");
    Message direct = route.message("direct_response");
    if (forward != null) {
      return forward(forward, validates);
    }
    if (direct != null) {
      return direct(direct, maxBody);
    }
    problems.error(route.place(), "no action (expected: route or direct_response)");
    return null;
  }

  private @Nullable ActionConfig forward(Message action, boolean validates) {
    String cluster = action.string("cluster");
    String header = action.string("cluster_header");
    if (cluster.isEmpty() && header.isEmpty()) {
      problems.error(action.place(), "no cluster (expected: cluster or cluster_header)");
      return null;
    }
    if (validates && !cluster.isEmpty() && !clusterExists.test(cluster)) {
      problems.error(action.place("cluster"), "'" + cluster + "': no such cluster");
      return null;
    }
    if (!header.isEmpty() && !isName(header)) {
      problems.error(
          action.place("cluster_header"),
          "'" + header + "' (expected: the name of a header that is no pseudo-header)");
      return null;
    }
    String notFound = action.enumName("cluster_not_found_response_code");
    int status =
        switch (notFound) {
          case "NOT_FOUND" -> 404;
          case "INTERNAL_SERVER_ERROR" -> 500;
          default -> 503;
        };
    return new ActionConfig.Forward(
        cluster,
        header,
        status,
        action.duration("timeout", ActionConfig.DEFAULT_TIMEOUT),
        action.duration("idle_timeout"),
        upgrades(action));
  }

  private Map<String, ActionConfig.Upgrade> upgrades(Message action) {
    Map<String, ActionConfig.Upgrade> upgrades = new HashMap<>();
    for (Message upgrade : action.messages("upgrade_configs")) {
      String type = upgrade.string("upgrade_type").toLowerCase(Locale.ROOT);
      boolean terminated = upgrade.has("connect_config");
      if (terminated && !type.equals("connect")) {
        problems.error(
            upgrade.place("connect_config"), "'" + type + "' (expected: with type CONNECT only)");
      }
      var read = new ActionConfig.Upgrade(upgrade.bool("enabled", true), terminated);
      if (upgrades.put(type, read) != null) {
        problems.error(upgrade.place("upgrade_type"), "'" + type + "' more than once");
      }
    }
    return upgrades;
  }

  private static boolean isName(String header) {
    try {
      HeaderName.of(header);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private @Nullable ActionConfig direct(Message action, long maxBody) {
    Message source = action.message("body");
    byte[] body = source == null ? new byte[0] : bytes(source);
    if (body == null) {
      return null;
    }
    if (body.length > maxBody) {
      problems.error(
          action.place("body"),
          body.length
              + " bytes (expected: at most "
              + maxBody
              + ", the table's max_direct_response_body_size_bytes)");
      return null;
    }
    long status = action.integer("status");
    if (status < 200 || status > 599) {
      problems.error(action.place("status"), status + " (expected: 200-599)");
      return null;
    }
    return new ActionConfig.DirectResponse(
        (int) status, new String(body, StandardCharsets.ISO_8859_1));
  }

  private byte @Nullable [] bytes(Message source) {
    String field = source.oneof("specifier");
    if (field == null) {
      return new byte[0];
    }
    return switch (field) {
      case "inline_string" -> source.string(field).getBytes(StandardCharsets.UTF_8);
      case "inline_bytes" -> source.bytes(field);
      case "filename" -> {
        try {
          yield Files.readAllBytes(Path.of(source.string(field)));
        } catch (IOException | InvalidPathException e) {
          problems.error(
              source.place(field), "'" + source.string(field) + "' cannot be read: " + e);
          yield null;
        }
      }
      default -> {
        problems.error(source.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  private Map<String, FilterOverride> filters(Message level) {
    Map<String, Message> written = level.map("typed_per_filter_config");
    if (written.isEmpty()) {
      return Map.of();
    }
    Map<String, FilterOverride> overrides = new HashMap<>();
    written.forEach((name, message) -> {
      boolean isWrapped = message.type().equals(FILTER_CONFIG);
      boolean disabled = isWrapped && message.bool("disabled");
      Message inner = isWrapped ? message.any("config") : message;
      if (inner == null) {
        overrides.put(name, new FilterOverride(null, disabled));
        return;
      }
      Object config = filters.read(name, inner, problems);
      if (config != null) {
        overrides.put(name, new FilterOverride(config, disabled));
      }
    });
    return overrides;
  }
}
