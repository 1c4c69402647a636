package io.weft.accesslog;

import io.weft.format.Facts;
import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.route.HeaderMatchReader;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * By a value of the dynamic metadata. Immutable.
 *
 * @param path the keys that lead to the value in {@code namespace}
 * @param value what it has to be
 * @param ifAbsent whether a stream without the value passes
 */
record MetadataMatch(String namespace, List<String> path, Predicate<Object> value, boolean ifAbsent)
    implements AccessLogFilter {

  /** Reads a {@code MetadataFilter}; null if it was refused, which is then in the problems. */
  static @Nullable MetadataMatch read(Message filter, Problems problems) {
    boolean ifAbsent = filter.bool("match_if_key_not_found", true);
    Message matcher = filter.message("matcher");
    if (matcher == null) {
      problems.error(filter.place("matcher"), "is missing");
      return null;
    }
    Message wanted = matcher.message("value");
    Predicate<Object> value = wanted == null ? null : value(wanted, problems);
    if (value == null) {
      return null;
    }
    var path = new ArrayList<String>();
    matcher.messages("path").forEach(segment -> path.add(segment.string("key")));
    return new MetadataMatch(matcher.string("filter"), List.copyOf(path), value, ifAbsent);
  }

  private static @Nullable Predicate<Object> value(Message matcher, Problems problems) {
    String field = matcher.oneof("match_pattern");
    return switch (field) {
      case "bool_match" -> Boolean.valueOf(matcher.bool(field))::equals;
      case "present_match" -> matcher.bool(field) ? _ -> true : _ -> false;
      case "string_match" -> {
        ValueMatch text = HeaderMatchReader.string(matcher.required(field), problems);
        yield text == null ? null : value -> value instanceof String s && text.matches(s);
      }
      case "double_match" -> number(matcher.required(field));
      case null, default -> {
        problems.error(matcher.place(), "no kind of value that is supported");
        yield null;
      }
    };
  }

  private static Predicate<Object> number(Message matcher) {
    Message range = matcher.message("range");
    if (range == null) {
      double exact = matcher.number("exact", 0);
      return value -> value instanceof Number n && n.doubleValue() == exact;
    }
    double start = range.number("start", 0);
    double end = range.number("end", 0);
    return value -> value instanceof Number n && n.doubleValue() >= start && n.doubleValue() < end;
  }

  @Override
  public boolean passes(Facts facts) {
    Object now = facts.dynamicMetadata(namespace);
    for (String key : path) {
      now = now instanceof Map<?, ?> map ? map.get(key) : null;
      if (now == null) {
        return ifAbsent;
      }
    }
    return value.test(now);
  }
}
