package io.weft.config;

import io.weft.schema.Problem;
import io.weft.schema.Problem.Severity;
import io.weft.schema.Problems;
import java.nio.file.Path;

/**
 * {@code weft validate}: reads a configuration as {@code weft run} does and tells what is wrong.
 * Opens no socket.
 */
public final class Validation {
  private Validation() {}

  /** Everything found in the configuration at {@code path}. */
  public static Problems validate(Path path, ConfigOptions options) {
    var problems = new Problems();
    ConfigSource.load(path, options, problems);
    return problems;
  }

  /** The findings as one JSON document, ended by a line feed. */
  public static String json(Problems problems) {
    var json =
        new StringBuilder("{\"valid\":").append(problems.isEmpty()).append(",\"problems\":[");
    boolean first = true;
    for (var problem : problems.all()) {
      json.append(first ? "\n" : ",\n");
      first = false;
      append(json, problem);
    }
    return json.append(first ? "]" : "\n]")
        .append(",\"dropped\":")
        .append(problems.dropped())
        .append("}\n")
        .toString();
  }

  private static void append(StringBuilder json, Problem problem) {
    var place = problem.place();
    json.append("{\"severity\":")
        .append(problem.severity() == Severity.ERROR ? "\"error\"" : "\"warning\"");
    json.append(",\"file\":");
    text(json, place.file());
    json.append(",\"line\":")
        .append(place.line())
        .append(",\"column\":")
        .append(place.column())
        .append(",\"path\":");
    text(json, place.path());
    json.append(",\"message\":");
    text(json, problem.message());
    json.append('}');
  }

  private static void text(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
