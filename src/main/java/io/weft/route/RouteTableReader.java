package io.weft.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.http.HeaderName;
import io.weft.mutation.MutationReader;
import io.weft.schema.Message;
import io.weft.schema.Place;
import io.weft.schema.Problems;
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
    long maxBody = table.integer("max_direct_response_body_size_bytes", DEFAULT_MAX_BODY);
    var actions = new ActionReader(filters, clusters(table), maxBody, problems);
    Map<String, String> served = new HashMap<>();
    List<VirtualHostConfig> hosts = new ArrayList<>();
    for (Message host : table.messages("virtual_hosts")) {
      List<RouteConfig> routes = new ArrayList<>();
      for (Message route : host.messages("routes")) {
        RouteConfig read = route(route, actions);
        if (read != null) {
          routes.add(read);
        }
      }
      List<String> domains = domains(host, served);
      if (!domains.isEmpty()) {
        hosts.add(
            new VirtualHostConfig(
                host.string("name"), domains, routes, actions.filters(host), options(host, table)));
      }
    }
    return new RouteTableConfig(
        table.string("name"),
        hosts,
        table.bool("ignore_port_in_host_matching"),
        actions.filters(table),
        new TableOptions(
            new MutationReader(problems).ofLevel(table),
            table.bool("most_specific_header_mutations_wins"),
            names(table, "internal_only_headers"),
            table.bool("ignore_path_parameters_in_path_matching"),
            new MirrorReader(clusters(table), problems).read(table)));
  }

  private Predicate<String> clusters(Message table) {
    return table.bool("validate_clusters", true) ? clusterExists : cluster -> true;
  }

  private List<HeaderName> names(Message level, String field) {
    List<HeaderName> names = new ArrayList<>();
    for (String name : level.strings(field)) {
      if (ActionReader.isName(name)) {
        names.add(HeaderName.of(name));
      } else {
        problems.error(level.place(field), "'" + name + "' (expected: the name of a header)");
      }
    }
    return names;
  }

  private VirtualHostOptions options(Message host, Message table) {
    List<VirtualHostOptions.VirtualCluster> kinds = new ArrayList<>();
    for (Message kind : host.messages("virtual_clusters")) {
      if (kind.messages("headers").isEmpty()) {
        problems.error(kind.place(), "no headers (expected: what its requests have)");
        continue;
      }
      kinds.add(
          new VirtualHostOptions.VirtualCluster(
              kind.string("name"),
              new ConditionReader(problems).headers(kind.messages("headers"))));
    }
    Message hedge = host.message("hedge_policy");
    return new VirtualHostOptions(
        VirtualHostOptions.RequireTls.valueOf(host.enumName("require_tls")),
        new MutationReader(problems).ofLevel(host),
        kinds,
        host.bool("include_request_attempt_count"),
        host.bool("include_attempt_count_in_response"),
        host.bool("include_is_timeout_retry_header"),
        new RetryReader(problems).read(host.message("retry_policy")),
        host.integer("per_request_buffer_limit_bytes", -1),
        new MirrorReader(clusters(table), problems).read(host),
        hedge != null && hedge.bool("hedge_on_per_try_timeout"));
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

  private @Nullable RouteConfig route(Message route, ActionReader actions) {
    PathMatch match = match(route);
    ActionConfig action = actions.read(route, match);
    Map<String, FilterOverride> overrides = actions.filters(route);
    Message asked = route.message("match");
    return match == null || action == null || asked == null
        ? null
        : new RouteConfig(
            route.string("name"),
            match,
            new ConditionReader(problems).read(asked),
            action,
            overrides,
            new MutationReader(problems).ofLevel(route),
            route.string("stat_prefix"));
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
      case "path_match_policy" -> template(match);
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

  private @Nullable PathMatch template(Message match) {
    Message extension = match.message("path_match_policy");
    Message typed = extension == null ? null : extension.any("typed_config");
    if (typed == null) {
      return null; // refused while it was read
    }
    String text = typed.string("path_template");
    try {
      UriTemplate.of(text);
    } catch (IllegalArgumentException e) {
      problems.error(typed.place("path_template"), String.valueOf(e.getMessage()));
      return null;
    }
    return new PathMatch(PathMatch.Kind.TEMPLATE, text, true);
  }
}
