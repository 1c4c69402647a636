package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code RouteAction.HashPolicy}. Runs on the main thread. */
final class HashPolicyReader {
  private final Problems problems;

  HashPolicyReader(Problems problems) {
    this.problems = problems;
  }

  /** The policies that could be read, in order. */
  List<HashPolicy> read(List<Message> messages) {
    List<HashPolicy> policies = new ArrayList<>();
    for (Message message : messages) {
      HashPolicy policy = read(message);
      if (policy != null) {
        policies.add(policy);
      }
    }
    return policies;
  }

  private @Nullable HashPolicy read(Message policy) {
    boolean terminal = policy.bool("terminal");
    String field = policy.oneof("policy_specifier");
    Message of = field == null ? null : policy.message(field);
    if (field == null || of == null) {
      problems.error(policy.place(), "no policy (expected: header, cookie or another)");
      return null;
    }
    return switch (field) {
      case "header" -> header(of, terminal);
      case "cookie" -> cookie(of, terminal);
      case "query_parameter" -> new HashPolicy.QueryParameter(of.string("name"), terminal);
      case "filter_state" -> new HashPolicy.FilterState(of.string("key"), terminal);
      case "connection_properties" -> {
        if (!of.bool("source_ip")) {
          problems.error(of.place("source_ip"), "false (expected: true, there is nothing else)");
          yield null;
        }
        yield new HashPolicy.SourceIp(terminal);
      }
      default -> {
        problems.error(policy.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  private @Nullable HashPolicy header(Message of, boolean terminal) {
    String name = of.string("header_name");
    if (!ActionReader.isName(name)) {
      problems.error(of.place("header_name"), "'" + name + "' (expected: the name of a header)");
      return null;
    }
    Message rewrite = of.message("regex_rewrite");
    return new HashPolicy.Header(
        HeaderName.of(name), new RewriteReader(problems).regex(rewrite), terminal);
  }

  private static HashPolicy cookie(Message of, boolean terminal) {
    var attributes = new StringBuilder();
    for (Message attribute : of.messages("attributes")) {
      attributes.append("; ").append(attribute.string("name"));
      if (!attribute.string("value").isEmpty()) {
        attributes.append('=').append(attribute.string("value"));
      }
    }
    return new HashPolicy.Cookie(
        of.string("name"), of.duration("ttl"), of.string("path"), attributes.toString(), terminal);
  }
}
