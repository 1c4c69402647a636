package io.weft.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The text of one event, on one line whatever the message holds. */
final class LogLine {
  /** Longer lines are cut: one huge message must not push out a thousand others. */
  static final int MAX_CHARS = 16_384;

  private static final int MAX_FRAMES = 48;
  private static final String ROOT = "io.weft.";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private LogLine() {}

  /**
   * {@code [time, UTC][thread][level][component] message}. A stack trace follows on the same line,
   * its frames apart by {@code " | "}. Control characters are shown escaped (CWE-117): a request
   * cannot forge a line or speak to a terminal.
   */
  static String of(ILoggingEvent event) {
    var line = new StringBuilder(160);
    line.append('[');
    TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    line.append("][").append(event.getThreadName()).append("][");
    line.append(LogLevel.of(event.getLevel()).text()).append("][");
    line.append(component(event.getLoggerName())).append("] ");
    int start = line.length();
    line.append(event.getFormattedMessage());
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      append(thrown, line);
    }
    if (line.length() > MAX_CHARS) {
      line.setLength(MAX_CHARS - 3);
      line.append("...");
    }
    escape(line, start);
    return line.append('\n').toString();
  }

  /** The package below the root package; other libraries keep their logger's name. */
  static String component(String logger) {
    if (!logger.startsWith(ROOT)) {
      return logger;
    }
    int dot = logger.lastIndexOf('.');
    boolean isClass = dot + 1 < logger.length() && Character.isUpperCase(logger.charAt(dot + 1));
    if (!isClass) {
      return logger.substring(ROOT.length());
    }
    return dot < ROOT.length() ? "main" : logger.substring(ROOT.length(), dot);
  }

  private static void append(IThrowableProxy first, StringBuilder line) {
    int frames = 0;
    var link = ": ";
    for (var thrown = first; thrown != null; thrown = thrown.getCause()) {
      line.append(link).append(thrown.getClassName());
      if (thrown.getMessage() != null) {
        line.append(": ").append(thrown.getMessage());
      }
      link = " | caused by ";
      var trace = thrown.getStackTraceElementProxyArray();
      int own = trace == null ? 0 : trace.length - thrown.getCommonFrames();
      for (int i = 0; i < own && frames < MAX_FRAMES; i++, frames++) {
        line.append(" | ").append(trace[i].getSTEAsString());
      }
    }
  }

  private static void escape(StringBuilder line, int start) {
    for (int i = start; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c >= ' ' && c < 0x7f) {
        continue;
      }
      var shown =
          switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                Character.isISOControl(c) || c == '\u2028' || c == '\u2029'
                    ? String.format("\\u%04x", (int) c)
                    : null;
          };
      if (shown != null) {
        line.replace(i, i + 1, shown);
        i += shown.length() - 1;
      }
    }
  }
}
