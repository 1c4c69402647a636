package io.weft.admin;

import io.weft.logging.LogLevel;
import io.weft.logging.Logging;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code /logging}: lists levels and sets those of all components, of one, or of several. */
final class LoggingEndpoint {
  private static final String USAGE =
      """
      usage: /logging?<name>=<level> (change single level)
      usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
      usage: /logging?level=<level> (change all levels)
      levels: %s
      """
          .formatted(LogLevel.names());

  private LoggingEndpoint() {}

  static Endpoint endpoint() {
    return Endpoint.changes(
        "/logging", "query/change logging levels", LoggingEndpoint::changeAndList);
  }

  private static Reply changeAndList(Query query) throws Query.BadQueryException {
    if (query.parameters().size() > 1) {
      throw new Query.BadQueryException("invalid number of parameters (expected: one)\n" + USAGE);
    }
    for (var parameter : query.parameters().entrySet()) {
      switch (parameter.getKey()) {
        case "level" -> Logging.setLevel(level(parameter.getValue()));
        case "paths" -> several(parameter.getValue());
        default -> one(parameter.getKey(), level(parameter.getValue()));
      }
    }
    var out = new StringBuilder("active loggers:\n");
    Logging.levels()
        .forEach((name, level) ->
            out.append("  ").append(name).append(": ").append(level.text()).append('\n'));
    return Reply.text(out.append('\n').toString());
  }

  private static void several(String paths) throws Query.BadQueryException {
    var changes = new LinkedHashMap<String, LogLevel>();
    for (var path : paths.split(",", -1)) {
      int colon = path.lastIndexOf(':');
      if (colon <= 0) {
        throw new Query.BadQueryException(
            "paths: " + path + " (expected: name:level,...)\n" + USAGE);
      }
      changes.put(path.substring(0, colon), level(path.substring(colon + 1)));
    }
    for (Map.Entry<String, LogLevel> change : changes.entrySet()) {
      one(change.getKey(), change.getValue());
    }
  }

  private static void one(String name, LogLevel level) throws Query.BadQueryException {
    if (!Logging.setLevel(name, level)) {
      throw new Query.BadQueryException("error: unknown logger name: " + name + "\n" + USAGE);
    }
  }

  private static LogLevel level(String text) throws Query.BadQueryException {
    var level = LogLevel.of(text);
    if (level == null) {
      throw new Query.BadQueryException("error: unknown logger level: " + text + "\n" + USAGE);
    }
    return level;
  }
}
