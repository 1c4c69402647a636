package io.weft.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The process's log: its levels, its output and its end. One a process, since slf4j is.
 *
 * <p>A component is a package below {@code io.weft}, such as {@code listener} or {@code
 * filter.http.router}; {@code other} are all libraries.
 */
public final class Logging {
  /** The component of everything that is not Weft's. */
  public static final String OTHER = "other";

  private static final int CAPACITY = 8192;
  private static final String VERBOSITY = "slf4j.internal.verbosity";
  private static final String ROOT = "io.weft";
  private static final AsyncOutput OUTPUT =
      new AsyncOutput(new FileOutputStream(FileDescriptor.err), CAPACITY);

  private Logging() {}

  /** Makes slf4j use this and sets Weft's level. Call it before anything logs. */
  public static void start(LogLevel level) {
    if (System.getProperty(LoggerFactory.PROVIDER_PROPERTY_KEY) == null) {
      System.setProperty(LoggerFactory.PROVIDER_PROPERTY_KEY, LogProvider.class.getName());
    }
    if (System.getProperty(VERBOSITY) == null) {
      System.setProperty(VERBOSITY, "WARN"); // else slf4j tells of its provider on standard error
    }
    setLevel(level);
  }

  /** Sends lines to the end of a file instead of standard error. */
  public static void toFile(Path path) throws IOException {
    OUTPUT.redirect(
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  /**
   * Brings what libraries say through {@code java.util.logging} (Helidon does) into this log. Apart
   * from {@link #start}: it loads a hundred classes that a proxy without an admin server does not
   * need.
   */
  public static void bridge() {
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
  }

  /** Sets the level of all of Weft's components. */
  public static void setLevel(LogLevel level) {
    for (var logger : context().getLoggerList()) {
      if (logger.getName().startsWith(ROOT + ".")) {
        logger.setLevel(null);
      }
    }
    context().getLogger(ROOT).setLevel(level.logback());
  }

  /**
   * Sets the level of one component and those below it.
   *
   * @return false if there is no such component, and nothing was changed
   */
  public static boolean setLevel(String component, LogLevel level) {
    var logger = find(component);
    if (logger == null) {
      return false;
    }
    logger.setLevel(level.logback());
    return true;
  }

  /** The same before the component has logged: what the configuration says of one. */
  public static void presetLevel(String component, LogLevel level) {
    var name = component.equals(OTHER) ? Logger.ROOT_LOGGER_NAME : ROOT + "." + component;
    context().getLogger(name).setLevel(level.logback());
  }

  /** The level of each component that has logged or may log, by name. */
  public static SortedMap<String, LogLevel> levels() {
    var levels = new TreeMap<String, LogLevel>();
    for (var logger : context().getLoggerList()) {
      if (logger.getName().startsWith(ROOT + ".")) {
        levels.put(LogLine.component(logger.getName()), LogLevel.of(logger.getEffectiveLevel()));
      }
    }
    levels.put(OTHER, LogLevel.of(context().getLogger(Logger.ROOT_LOGGER_NAME).getLevel()));
    return levels;
  }

  /** How many lines were lost because the output was slower than they came. */
  public static long dropped() {
    return OUTPUT.dropped();
  }

  /**
   * Waits until what was logged is written, at most {@code limit}.
   *
   * @return whether all of it was
   */
  public static boolean flush(Duration limit) {
    return OUTPUT.flush(System.nanoTime() + limit.toNanos());
  }

  /** Sends lines elsewhere; for tests. */
  static void redirect(OutputStream out) {
    OUTPUT.redirect(out);
  }

  static void attach(LoggerContext context) {
    OUTPUT.setContext(context);
    OUTPUT.setName("log");
    if (!OUTPUT.isStarted()) {
      OUTPUT.start();
    }
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(OUTPUT);
    context.getLogger(ROOT).setLevel(Level.INFO);
  }

  private static @Nullable Logger find(String component) {
    if (component.equals(OTHER)) {
      return context().getLogger(Logger.ROOT_LOGGER_NAME);
    }
    var name = ROOT + "." + component;
    for (var logger : context().getLoggerList()) {
      if (logger.getName().equals(name) || logger.getName().startsWith(name + ".")) {
        return context().getLogger(name);
      }
    }
    return null;
  }

  private static LoggerContext context() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      return context;
    }
    throw new IllegalStateException(
        "slf4j is bound to %s (expected: %s; set -D%s)"
            .formatted(
                LoggerFactory.getILoggerFactory().getClass().getName(),
                LogProvider.class.getName(),
                LoggerFactory.PROVIDER_PROPERTY_KEY));
  }
}
