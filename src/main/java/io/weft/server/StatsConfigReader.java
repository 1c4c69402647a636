package io.weft.server;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.route.HeaderMatchReader;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.export.TagExtractor;
import io.weft.stats.export.TagRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.config.metrics.v3.StatsConfig}. Main thread. */
final class StatsConfigReader {
  private final @Nullable Message config;
  private final Problems problems;

  StatsConfigReader(Message bootstrap, Problems problems) {
    this.config = bootstrap.message("stats_config");
    this.problems = problems;
  }

  /** The tags that names are split into. */
  TagExtractor tags() {
    if (config == null) {
      return TagExtractor.defaults();
    }
    var rules = new ArrayList<TagRule>();
    var defaults = new HashSet<String>();
    for (var tag : config.messages("stats_tags")) {
      var name = tag.string("tag_name");
      if (tag.has("regex")) {
        TagRule rule = regex(name, tag);
        if (rule != null) {
          rules.add(rule);
        }
      } else if (tag.has("fixed_value")) {
        rules.add(new TagRule(name, null, tag.string("fixed_value")));
      } else {
        defaults.add(name); // a default tag by its name alone
      }
    }
    return new TagExtractor(rules, config.bool("use_all_default_tags", true), defaults);
  }

  private @Nullable TagRule regex(String name, Message tag) {
    String regex = tag.string("regex");
    try {
      return new TagRule(name, Pattern.compile(regex), null);
    } catch (PatternSyntaxException e) {
      problems.error(
          tag.place("regex"), "'" + regex + "': " + e.getDescription() + " (expected: RE2 syntax)");
    } catch (IllegalArgumentException e) {
      problems.error(tag.place("regex"), String.valueOf(e.getMessage()));
    }
    return null;
  }

  /** Which statistics are shown, by name; null for all. */
  @Nullable Predicate<String> shown() {
    Message matcher = config == null ? null : config.message("stats_matcher");
    String field = matcher == null ? null : matcher.oneof("stats_matcher");
    if (matcher == null || field == null) {
      return null;
    }
    if (field.equals("reject_all")) {
      boolean none = matcher.bool(field);
      return none ? name -> false : null;
    }
    List<ValueMatch> listed = list(matcher.required(field));
    return field.equals("inclusion_list")
        ? name -> matches(listed, name)
        : name -> !matches(listed, name);
  }

  private List<ValueMatch> list(Message patterns) {
    List<ValueMatch> list = new ArrayList<>();
    for (Message pattern : patterns.messages("patterns")) {
      ValueMatch match = HeaderMatchReader.string(pattern, problems);
      if (match != null) {
        list.add(match);
      }
    }
    return list;
  }

  private static boolean matches(List<ValueMatch> list, String name) {
    for (ValueMatch match : list) {
      if (match.matches(name)) {
        return true;
      }
    }
    return false;
  }
}
