package io.weft.logging;

import ch.qos.logback.classic.Level;
import org.jspecify.annotations.Nullable;

/** Levels by Envoy's names. */
public enum LogLevel {
  TRACE("trace"),
  DEBUG("debug"),
  INFO("info"),
  WARNING("warning"),
  ERROR("error"),
  /** Weft logs nothing above error: the same as error. */
  CRITICAL("critical"),
  OFF("off");

  private final String text;

  LogLevel(String text) {
    this.text = text;
  }

  /** As Envoy prints it. */
  public String text() {
    return text;
  }

  /** The level of that name, null if there is none; {@code warn} is {@code warning}. */
  public static @Nullable LogLevel of(String text) {
    if (text.equals("warn")) {
      return WARNING;
    }
    for (var level : values()) {
      if (level.text.equals(text)) {
        return level;
      }
    }
    return null;
  }

  /** All names, for a message that says what was expected. */
  public static String names() {
    return "trace, debug, info, warning, error, critical or off";
  }

  static LogLevel of(Level level) {
    for (var each : values()) {
      if (each.logback().equals(level)) {
        return each;
      }
    }
    return INFO;
  }

  Level logback() {
    return switch (this) {
      case TRACE -> Level.TRACE;
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARNING -> Level.WARN;
      case ERROR, CRITICAL -> Level.ERROR;
      case OFF -> Level.OFF;
    };
  }
}
