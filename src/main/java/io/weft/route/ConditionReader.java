package io.weft.route;

import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.runtime.RuntimeValue;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a {@code RouteMatch} asks besides the path. Runs on the main thread. */
final class ConditionReader {
  private final Problems problems;

  ConditionReader(Problems problems) {
    this.problems = problems;
  }

  /** The conditions that could be read. */
  Conditions read(Message match) {
    List<HeaderMatch> headers = headers(match.messages("headers"));
    List<QueryMatch> query = new ArrayList<>();
    for (Message matcher : match.messages("query_parameters")) {
      QueryMatch read = query(matcher);
      if (read != null) {
        query.add(read);
      }
    }
    var conditions =
        new Conditions(
            headers,
            query,
            match.has("grpc"),
            share(match.message("runtime_fraction")),
            tls(match.message("tls_context")),
            metadata(match.messages("dynamic_metadata")),
            state(match.messages("filter_state")));
    return conditions.isEmpty() ? Conditions.NONE : conditions;
  }

  private static Conditions.@Nullable ClientCertificate tls(@Nullable Message asked) {
    return asked == null
        ? null
        : new Conditions.ClientCertificate(
            asked.has("presented") ? asked.bool("presented") : null,
            asked.has("validated") ? asked.bool("validated") : null);
  }

  private List<MetadataMatch> metadata(List<Message> matchers) {
    List<MetadataMatch> metadata = new ArrayList<>();
    for (Message matcher : matchers) {
      MetadataMatch read = new MetadataMatchReader(problems).read(matcher);
      if (read != null) {
        metadata.add(read);
      }
    }
    return metadata;
  }

  private List<FilterStateMatch> state(List<Message> matchers) {
    List<FilterStateMatch> state = new ArrayList<>();
    for (Message matcher : matchers) {
      Message text = matcher.message("string_match");
      ValueMatch value = text == null ? null : HeaderMatchReader.string(text, problems);
      if (text == null) {
        problems.error(matcher.place(), "no condition (expected: string_match)");
      } else if (value != null) {
        state.add(new FilterStateMatch(matcher.string("key"), value));
      }
    }
    return state;
  }

  List<HeaderMatch> headers(List<Message> matchers) {
    List<HeaderMatch> headers = new ArrayList<>();
    for (Message matcher : matchers) {
      HeaderMatch read = HeaderMatchReader.read(matcher, problems);
      if (read != null) {
        headers.add(read);
      }
    }
    return headers;
  }

  private @Nullable QueryMatch query(Message matcher) {
    String name = matcher.string("name");
    Message text = matcher.message("string_match");
    if (text == null) {
      return new QueryMatch(name, null, matcher.bool("present_match", true));
    }
    ValueMatch value = HeaderMatchReader.string(text, problems);
    return value == null ? null : new QueryMatch(name, value, true);
  }

  /** A {@code RuntimeFractionalPercent}. */
  static Conditions.@Nullable Share share(@Nullable Message fraction) {
    if (fraction == null) {
      return null;
    }
    Message percent = fraction.message("default_value");
    return new Conditions.Share(
        fraction.string("runtime_key"),
        percent == null
            ? new RuntimeValue.Percent(0, 100)
            : new RuntimeValue.Percent(
                percent.integer("numerator"), denominator(percent.enumName("denominator"))));
  }

  private static long denominator(String name) {
    return switch (name) {
      case "TEN_THOUSAND" -> 10_000;
      case "MILLION" -> 1_000_000;
      default -> 100;
    };
  }
}
