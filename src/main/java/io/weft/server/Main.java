package io.weft.server;

import io.weft.config.ConfigSource;
import io.weft.config.Configuration;
import io.weft.config.Setting;
import io.weft.logging.LogLevel;
import io.weft.logging.Logging;
import io.weft.schema.ConfigException;
import io.weft.schema.Problems;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The program {@code weft}. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    int code;
    if (arguments.length > 0 && arguments[0].equals("run") && !asksForHelp(arguments)) {
      code = run(arguments);
    } else {
      code = Commands.execute(arguments);
    }
    Logging.flush(Duration.ofSeconds(1));
    Runtime.getRuntime().halt(code);
  }

  private static boolean asksForHelp(String[] arguments) {
    for (String argument : arguments) {
      if (argument.equals("--help") || argument.equals("-h")) {
        return true;
      }
    }
    return false;
  }

  private static int run(String[] arguments) {
    RunOptions options;
    try {
      options = RunOptions.parse(arguments, 1);
    } catch (RunOptions.UsageException e) {
      return Commands.usage("run", String.valueOf(e.getMessage()));
    }
    if (options.validateOnly()) {
      return Commands.validate(options, false);
    }
    return serve(options);
  }

  /** Serves until a signal ends it. */
  static int serve(RunOptions options) {
    LogLevel level = options.logLevel();
    Logging.start(level == null ? LogLevel.INFO : level);
    Server server;
    try {
      Users users = Users.load();
      Problems problems = new Problems();
      Configuration configuration =
          ConfigSource.load(options.config(), Commands.configOptions(options, users), problems);
      if (configuration == null || !problems.isEmpty()) {
        return refused(problems);
      }
      problems.warnings().forEach(warning -> Console.error(warning.text()));
      logLevels(configuration, level);
      server = Server.start(configuration, options, users.extensions());
    } catch (ConfigException e) {
      return refused(e.problems());
    } catch (IOException e) {
      Console.error("weft: " + e.getMessage());
      return ExitCode.REFUSED;
    }
    server.banner();
    endOnSignals(server);
    try {
      return server.awaitEnd() ? ExitCode.OK : ExitCode.REFUSED;
    } catch (InterruptedException e) {
      server.close();
      return ExitCode.OK;
    }
  }

  private static int refused(Problems problems) {
    Console.error(problems.text().stripTrailing());
    return ExitCode.REFUSED;
  }

  private static void logLevels(Configuration configuration, @Nullable LogLevel given) {
    var settings = configuration.settings();
    if (given == null && settings.isSet(Setting.LOG_LEVEL)) {
      LogLevel level = LogLevel.of(settings.text(Setting.LOG_LEVEL));
      if (level != null) {
        Logging.setLevel(level);
      }
    }
    settings
        .logLevels()
        .forEach((component, text) -> {
          LogLevel level = LogLevel.of(text);
          if (level != null) {
            Logging.presetLevel(component, level);
          }
        });
  }

  /**
   * The first signal starts the drain, SIGTERM with a delay; the second ends the process at once.
   */
  private static void endOnSignals(Server server) {
    Signals.onReopen(() -> server.logFiles().reopen());
    var count = new AtomicInteger();
    Signals.onSignal(number -> {
      if (count.incrementAndGet() > 1) {
        Console.error("weft: second signal, ending at once: " + server.cutText());
        Runtime.getRuntime().halt(ExitCode.SIGNALED + number);
      }
      if (number == Signals.TERM) {
        server.terminate();
      } else {
        server.quit(Duration.ZERO);
      }
    });
  }
}
