package io.weft.route;

import io.weft.route.MetadataMatch.ValueCondition;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.type.matcher.v3.MetadataMatcher}. Runs on the main thread. */
public final class MetadataMatchReader {
  private final Problems problems;

  /** Tells what it refuses to {@code problems}. */
  public MetadataMatchReader(Problems problems) {
    this.problems = problems;
  }

  /** The condition; null if it was refused, which is then in the problems. */
  public @Nullable MetadataMatch read(Message matcher) {
    List<String> path = new ArrayList<>();
    for (Message segment : matcher.messages("path")) {
      path.add(segment.string("key"));
    }
    Message wanted = matcher.message("value");
    ValueCondition value = wanted == null ? null : value(wanted);
    if (wanted == null || path.isEmpty()) {
      problems.error(matcher.place(), "no " + (wanted == null ? "value" : "path") + " to match");
      return null;
    }
    return value == null
        ? null
        : new MetadataMatch(matcher.string("filter"), path, value, matcher.bool("invert"));
  }

  private @Nullable ValueCondition value(Message matcher) {
    String field = matcher.oneof("match_pattern");
    Message inner =
        switch (field) {
          case "double_match", "string_match", "list_match", "or_match" -> matcher.message(field);
          case null, default -> null;
        };
    return switch (field) {
      case "null_match" -> new ValueCondition.Null();
      case "bool_match" -> new ValueCondition.Is(matcher.bool(field));
      case "present_match" -> new ValueCondition.Present(matcher.bool(field));
      case "double_match" -> inner == null ? null : number(inner);
      case "string_match" -> {
        var text = inner == null ? null : HeaderMatchReader.string(inner, problems);
        yield text == null ? null : new ValueCondition.Text(text);
      }
      case "list_match" -> {
        Message item = inner == null ? null : inner.message("one_of");
        ValueCondition condition = item == null ? null : value(item);
        yield condition == null ? null : new ValueCondition.OneOf(condition);
      }
      case "or_match" -> inner == null ? null : any(inner);
      case null, default -> {
        problems.error(matcher.place(), "no condition (expected: string_match or another)");
        yield null;
      }
    };
  }

  private static ValueCondition number(Message matcher) {
    Message range = matcher.message("range");
    return range == null
        ? new ValueCondition.Equal(matcher.number("exact", 0))
        : new ValueCondition.Within(range.number("start", 0), range.number("end", 0));
  }

  private @Nullable ValueCondition any(Message matcher) {
    List<ValueCondition> conditions = new ArrayList<>();
    for (Message one : matcher.messages("value_matchers")) {
      ValueCondition condition = value(one);
      if (condition == null) {
        return null;
      }
      conditions.add(condition);
    }
    return new ValueCondition.Any(conditions);
  }
}
