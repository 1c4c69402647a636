package io.weft.stats.export;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Splits statistics' names into a common name and tags. Immutable.
 *
 * <p>The default tags are those of Envoy's {@code well_known_names.cc}. They are found by walking
 * the dotted parts of a name rather than by its thirty regular expressions: a configuration of ten
 * thousand clusters has hundreds of thousands of names.
 */
public final class TagExtractor {
  private static final Pattern ADDRESS =
      Pattern.compile("^[_.0-9]+\\.|^\\[[_a-fA-F0-9.%]*\\]_[0-9]+\\.");

  private final List<TagRule> rules;
  private final boolean allDefaults;
  private final Set<String> someDefaults;

  /**
   * @param rules tried first, in order; each sees the whole name
   * @param allDefaults whether all of Envoy's default tags are extracted, {@code
   *     use_all_default_tags}
   * @param someDefaults names of those that are extracted if not all are
   */
  public TagExtractor(List<TagRule> rules, boolean allDefaults, Set<String> someDefaults) {
    this.rules = List.copyOf(rules);
    this.allDefaults = allDefaults;
    this.someDefaults = Set.copyOf(someDefaults);
  }

  /** Envoy's default tags and no others. */
  public static TagExtractor defaults() {
    return new TagExtractor(List.of(), true, Set.of());
  }

  /** Where a name is cut and what was found; one per name. */
  private static final class Cuts {
    private final String name;
    private final BitSet cut = new BitSet();
    private final List<Tag> tags = new ArrayList<>();

    /** The only tags that are taken, null for any. */
    private @Nullable Set<String> only;

    Cuts(String name) {
      this.name = name;
    }

    /** Cuts {@code [from, to)}; a tag that a rule has found already keeps its value. */
    void tag(String tagName, String value, int from, int to) {
      if (only != null && !only.contains(tagName)) {
        return;
      }
      for (var tag : tags) {
        if (tag.name().equals(tagName)) {
          return;
        }
      }
      tags.add(new Tag(tagName, value));
      cut.set(from, to);
    }

    /**
     * The dotted part that starts at {@code from} becomes a tag, if another follows it. Where that
     * starts.
     */
    int part(String tagName, int from) {
      int dot = name.indexOf('.', from);
      if (dot < 0) {
        return name.length();
      }
      tag(tagName, name.substring(from, dot), from, dot + 1);
      return dot + 1;
    }

    /**
     * The part after {@code marker} becomes a tag, if the name has both, not before {@code from}.
     */
    int partAfter(String marker, String tagName, int from) {
      int at = name.indexOf(marker, from);
      return at < 0 ? from : part(tagName, at + marker.length());
    }

    /** All that follows {@code marker}, and the dot before it, becomes a tag. */
    void restAfter(String marker, String tagName, int from) {
      int at = name.indexOf(marker, from);
      int start = at + marker.length();
      if (at >= 0 && start < name.length() && name.indexOf('.', start) < 0) {
        tag(tagName, name.substring(start), start - 1, name.length());
      }
    }

    TaggedName done() {
      if (cut.isEmpty()) {
        return new TaggedName(name, tags);
      }
      var rest = new StringBuilder(name.length());
      for (int i = 0; i < name.length(); i++) {
        if (!cut.get(i)) {
          rest.append(name.charAt(i));
        }
      }
      return new TaggedName(rest.toString(), tags);
    }
  }

  /** The tags of a statistic, and its name without them. */
  public TaggedName extract(String name) {
    var cuts = new Cuts(name);
    for (var rule : rules) {
      apply(rule, cuts);
    }
    if (allDefaults || !someDefaults.isEmpty()) {
      cuts.only = allDefaults ? null : someDefaults;
      responseCode(cuts);
      byFirstPart(cuts);
    }
    return cuts.done();
  }

  private static void apply(TagRule rule, Cuts cuts) {
    if (rule.fixedValue() != null) {
      cuts.tag(rule.tagName(), rule.fixedValue(), 0, 0);
    } else if (rule.regex() != null) {
      var matcher = rule.regex().matcher(cuts.name);
      if (matcher.find() && matcher.group(1) != null) {
        var inner = matcher.groupCount() > 1 ? matcher.group(2) : null;
        cuts.tag(
            rule.tagName(),
            inner == null ? matcher.group(1) : inner,
            matcher.start(1),
            matcher.end(1));
      }
    }
  }

  /** {@code upstream_rq_200} and {@code upstream_rq_2xx}. */
  private static void responseCode(Cuts cuts) {
    var name = cuts.name;
    int at = name.length() - 7;
    if (at < 0 || !name.startsWith("_rq_", at) || !digit(name.charAt(at + 4))) {
      return;
    }
    if (name.endsWith("xx")) {
      cuts.tag("envoy.response_code_class", name.substring(at + 4, at + 5), at + 4, at + 5);
    } else if (digit(name.charAt(at + 5)) && digit(name.charAt(at + 6))) {
      cuts.tag("envoy.response_code", name.substring(at + 4), at + 3, name.length());
    }
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  private static void byFirstPart(Cuts cuts) {
    var name = cuts.name;
    int dot = name.indexOf('.');
    if (dot < 0) {
      return;
    }
    int rest = dot + 1;
    switch (name.substring(0, dot)) {
      case "cluster" -> cluster(cuts, rest);
      case "http" -> http(cuts, rest);
      case "listener" -> listener(cuts, rest);
      case "listener_manager", "server" -> worker(cuts, rest);
      case "vhost" ->
          cuts.partAfter(
              ".vcluster.", "envoy.virtual_cluster", cuts.part("envoy.virtual_host", rest) - 1);
      case "tcp" -> cuts.part("envoy.tcp_prefix", rest);
      case "udp" -> cuts.part("envoy.udp_prefix", rest);
      case "thrift" -> cuts.part("envoy.thrift_prefix", rest);
      case "ratelimit" -> cuts.part("envoy.ratelimit_prefix", rest);
      case "local_rate_limit" -> cuts.part("envoy.local_network_ratelimit_prefix", rest);
      case "connection_limit" -> cuts.part("envoy.connection_limit_prefix", rest);
      case "auth" -> {
        if (name.startsWith("clientssl.", rest)) {
          cuts.part("envoy.clientssl_prefix", rest + "clientssl.".length());
        }
      }
      case "mongo" -> mongo(cuts, rest);
      default -> {
        if (name.startsWith("http_local_rate_limit.", rest)) {
          cuts.part("envoy.local_http_ratelimit_prefix", 0);
        } else if (name.startsWith("rbac.", rest)) {
          cuts.part("envoy.rbac_prefix", 0);
        }
      }
    }
  }

  private static void cluster(Cuts cuts, int rest) {
    int after = cuts.part("envoy.cluster_name", rest);
    int grpc = cuts.name.indexOf(".grpc.", after - 1);
    if (grpc >= 0) {
      int start = grpc + ".grpc.".length();
      // The method is the part before the last one; with a single part there is only a service.
      int last = cuts.name.lastIndexOf('.');
      int before = cuts.name.lastIndexOf('.', last - 1);
      if (last > start && before >= start) {
        cuts.part("envoy.grpc_bridge_method", before + 1);
      }
      cuts.part("envoy.grpc_bridge_service", start);
    }
    cuts.restAfter(".ssl.ciphers.", "envoy.ssl_cipher_suite", after - 1);
  }

  private static void http(Cuts cuts, int rest) {
    int after = cuts.part("envoy.http_conn_manager_prefix", rest);
    int from = after - 1;
    cuts.partAfter(".user_agent.", "envoy.http_user_agent", from);
    cuts.partAfter(".rds.", "envoy.rds_route_config", from);
    cuts.partAfter(".fault.", "envoy.fault_downstream_cluster", from);
    int dynamo = cuts.name.indexOf(".dynamodb.", from);
    if (dynamo >= 0) {
      cuts.partAfter(".table.", "envoy.dynamodb_table", dynamo);
      cuts.partAfter(".error.", "envoy.dynamodb_table", dynamo);
      cuts.partAfter(".operation.", "envoy.dynamodb_operation", dynamo);
      cuts.partAfter(".capacity.", "envoy.dynamodb_operation", dynamo);
    }
  }

  private static void listener(Cuts cuts, int rest) {
    var name = cuts.name;
    if (name.startsWith("admin.", rest)) {
      rest += "admin.".length();
    } else {
      var address = ADDRESS.matcher(name.substring(rest));
      if (address.find()) {
        int end = rest + address.end();
        cuts.tag("envoy.listener_address", name.substring(rest, end - 1), rest, end);
        rest = end;
      } else {
        rest = cuts.part("envoy.listener_address", rest); // its stat_prefix
      }
    }
    cuts.partAfter(".http.", "envoy.http_conn_manager_prefix", rest - 1);
    cuts.restAfter(".ssl.cipher.", "envoy.ssl_cipher", rest - 1);
    worker(cuts, rest);
  }

  private static void worker(Cuts cuts, int rest) {
    if (cuts.name.startsWith("worker_", rest)) {
      cuts.part("envoy.worker_id", rest);
    }
  }

  private static void mongo(Cuts cuts, int rest) {
    int from = cuts.part("envoy.mongo_prefix", rest) - 1;
    cuts.partAfter(".cmd.", "envoy.mongo_cmd", from);
    int collection = cuts.partAfter(".collection.", "envoy.mongo_collection", from);
    cuts.partAfter(".callsite.", "envoy.mongo_callsite", Math.max(from, collection - 1));
  }
}
