package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.mutation.MutationReader;
import io.weft.schema.Message;
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

/** Reads what a route does with its requests. Runs on the main thread; may read a file. */
final class ActionReader {
  private static final String FILTER_CONFIG = "envoy.config.route.v3.FilterConfig";

  private final FilterConfigs filters;
  private final Predicate<String> clusterExists;
  private final long maxBody;
  private final Problems problems;
  private final RewriteReader rewrites;

  ActionReader(
      FilterConfigs filters, Predicate<String> clusterExists, long maxBody, Problems problems) {
    this.filters = filters;
    this.clusterExists = clusterExists;
    this.maxBody = maxBody;
    this.problems = problems;
    this.rewrites = new RewriteReader(problems);
  }

  /**
   * The action of a route, null if there is none that can be used.
   *
   * @param match of the route; null if it could not be read
   */
  @Nullable ActionConfig read(Message route, @Nullable PathMatch match) {
    Message forward = route.message("route");
    Message redirect = route.message("redirect");
    Message direct = route.message("direct_response");
    if (forward != null) {
      return forward(forward, match, route.integer("per_request_buffer_limit_bytes", -1));
    }
    if (redirect != null) {
      return rewrites.redirect(redirect);
    }
    if (direct != null) {
      return direct(direct);
    }
    problems.error(route.place(), "no action (expected: route, redirect or direct_response)");
    return null;
  }

  private @Nullable ActionConfig forward(
      Message action, @Nullable PathMatch match, long bufferLimit) {
    Message weighted = action.message("weighted_clusters");
    WeightedClusters split = weighted == null ? null : weighted(weighted);
    String cluster = action.string("cluster");
    String header = action.string("cluster_header");
    if (weighted == null ? !isCluster(action, "cluster", cluster, header) : split == null) {
      return null;
    }
    String notFound = action.enumName("cluster_not_found_response_code");
    int status =
        switch (notFound) {
          case "NOT_FOUND" -> 404;
          case "INTERNAL_SERVER_ERROR" -> 500;
          default -> 503;
        };
    Message hedge = action.message("hedge_policy");
    var options =
        new ForwardOptions(
            rewrites.read(action, match),
            split,
            action.enumName("priority").equals("HIGH"),
            new RetryReader(problems).read(action.message("retry_policy")),
            new HashPolicyReader(problems).read(action.messages("hash_policy")),
            bufferLimit,
            new MirrorReader(clusterExists, problems).read(action),
            new RedirectPolicyReader(problems).read(action.message("internal_redirect_policy")),
            hedge == null ? null : hedge.bool("hedge_on_per_try_timeout"));
    return new ActionConfig.Forward(
        cluster,
        header,
        status,
        action.duration("timeout", ActionConfig.DEFAULT_TIMEOUT),
        action.duration("idle_timeout"),
        limits(action),
        upgrades(action),
        options);
  }

  private static ActionConfig.StreamLimits limits(Message action) {
    Message stream = action.message("max_stream_duration");
    return new ActionConfig.StreamLimits(
        stream == null ? null : stream.duration("max_stream_duration"),
        stream == null ? null : stream.duration("grpc_timeout_header_max"),
        stream == null ? null : stream.duration("grpc_timeout_header_offset"),
        action.duration("max_grpc_timeout"),
        action.duration("grpc_timeout_offset"));
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

  /** Whether a cluster is named and there, or a header that will name one. */
  private boolean isCluster(Message in, String field, String cluster, String header) {
    if (cluster.isEmpty() && header.isEmpty()) {
      problems.error(
          in.place(), "no cluster (expected: cluster, cluster_header or weighted_clusters)");
      return false;
    }
    if (!cluster.isEmpty() && !clusterExists.test(cluster)) {
      problems.error(in.place(field), "'" + cluster + "': no such cluster");
      return false;
    }
    if (!header.isEmpty() && !RequestField.isName(header)) {
      problems.error(
          in.place("cluster_header"), "'" + header + "' (expected: the name of a request header)");
      return false;
    }
    return true;
  }

  private @Nullable WeightedClusters weighted(Message weighted) {
    List<WeightedClusters.Share> shares = new ArrayList<>();
    boolean good = true;
    long sum = 0;
    for (Message share : weighted.messages("clusters")) {
      String cluster = share.string("name");
      String header = share.string("cluster_header");
      if (!cluster.isEmpty() && !header.isEmpty()) {
        problems.error(share.place("cluster_header"), "stands beside name (expected: one of them)");
        good = false;
        continue;
      }
      good &= isCluster(share, "name", cluster, header);
      if (!share.has("weight")) {
        problems.error(share.place(), "no weight (expected: a weight, of 0 for none)");
        good = false;
      }
      sum += share.integer("weight");
      shares.add(
          new WeightedClusters.Share(
              cluster,
              header,
              share.integer("weight"),
              Rewrite.bytes(share.string("host_rewrite_literal")),
              new MutationReader(problems).ofLevel(share),
              filters(share)));
    }
    if (weighted.has("total_weight") && weighted.integer("total_weight") != sum) {
      problems.error(
          weighted.place("total_weight"),
          weighted.integer("total_weight") + " (expected: " + sum + ", the sum of the weights)");
      return null;
    }
    String header = weighted.string("header_name");
    if (!header.isEmpty() && !isName(header)) {
      problems.error(
          weighted.place("header_name"), "'" + header + "' (expected: the name of a header)");
      return null;
    }
    if (!good) {
      return null;
    }
    try {
      return new WeightedClusters(
          shares,
          weighted.string("runtime_key_prefix"),
          header.isEmpty() ? null : HeaderName.of(header));
    } catch (IllegalArgumentException e) {
      problems.error(weighted.place("clusters"), String.valueOf(e.getMessage()));
      return null;
    }
  }

  static boolean isName(String header) {
    try {
      HeaderName.of(header);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private @Nullable ActionConfig direct(Message action) {
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

  /** What {@code typed_per_filter_config} of a level says. */
  Map<String, FilterOverride> filters(Message level) {
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
