package io.weft.admin;

import io.weft.explain.Explain;
import io.weft.schema.Problems;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * {@code /explain}: what the running proxy does with a request, by the endpoints as they are now.
 * One account at a time: each reads a whole route table.
 */
final class ExplainEndpoint {
  private static final int MOST_LINES = 100;

  private final AdminSources sources;
  private final Semaphore one = new Semaphore(1);

  ExplainEndpoint(AdminSources sources) {
    this.sources = sources;
  }

  Endpoint endpoint() {
    return Endpoint.shows(
        "/explain", "tell what happens to a request: method, url, headers", this::answer);
  }

  private Reply answer(Query query) throws Query.BadQueryException {
    Explain.Question question = question(query);
    String format = text(query, "format", "json");
    if (!format.equals("json") && !format.equals("text")) {
      throw new Query.BadQueryException("format: '" + format + "' (expected: json or text)");
    }
    if (!one.tryAcquire()) {
      return Reply.text(503, "another account is being made, ask again\n");
    }
    try {
      var problems = new Problems();
      Map<String, Object> told = sources.explain(question, problems);
      if (!problems.isEmpty()) {
        return Reply.text(500, problems.text());
      }
      return format.equals("text") ? Reply.text(Explain.text(told)) : Reply.json(told);
    } finally {
      one.release();
    }
  }

  private static Explain.Question question(Query query) throws Query.BadQueryException {
    try {
      return Explain.Question.of(
              text(query, "method", "GET"),
              text(query, "url", ""),
              lines(query, "headers"),
              text(query, "listener", ""),
              Long.parseLong(text(query, "random", "0")))
          .withBody(Long.parseLong(text(query, "body_size", "0")))
          .withRuntime(lines(query, "runtime"));
    } catch (IllegalArgumentException e) {
      throw new Query.BadQueryException(String.valueOf(e.getMessage()));
    }
  }

  private static String text(Query query, String name, String ifAbsent) {
    @Nullable String value = query.get(name);
    return value == null || value.isEmpty() ? ifAbsent : value;
  }

  /** A parameter with a line for each item. */
  private static List<String> lines(Query query, String name) throws Query.BadQueryException {
    List<String> lines = text(query, name, "").lines().filter(line -> !line.isBlank()).toList();
    if (lines.size() > MOST_LINES) {
      throw new Query.BadQueryException(
          name + ": " + lines.size() + " (expected: at most " + MOST_LINES + ")");
    }
    return lines;
  }
}
