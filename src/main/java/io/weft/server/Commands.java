package io.weft.server;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.config.Configuration;
import io.weft.config.Setting;
import io.weft.config.Validation;
import io.weft.explain.Explain;
import io.weft.explain.RouteCheck;
import io.weft.format.Json;
import io.weft.logging.LogLevel;
import io.weft.logging.Logging;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.tls.EngineKind;
import io.weft.tls.Tls;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * The commands, with their help. {@code run} comes here only for help and for mistakes: it is read
 * by hand, since this library costs a quarter of a second.
 */
final class Commands {
  private Commands() {}

  /** Runs the command that the arguments name; the exit code. */
  static int execute(String[] arguments) {
    CommandLine line = new CommandLine(root());
    line.setExecutionStrategy(Commands::dispatch);
    return line.execute(arguments);
  }

  /** Says what is wrong with the use of a command, and how it is used. */
  static int usage(String command, String message) {
    Console.error("weft " + command + ": " + message);
    Console.error("Try 'weft " + command + " --help'.");
    return ExitCode.USAGE;
  }

  private static CommandSpec root() {
    CommandSpec root = command("weft", "A service proxy for layers 4 and 7.");
    root.addSubcommand("run", run());
    root.addSubcommand("validate", validate());
    root.addSubcommand(
        "expand", withConfig("expand", "Print a configuration in Envoy's full form."));
    root.addSubcommand("explain", explain());
    root.addSubcommand("route-check", routeCheck());
    root.addSubcommand("version", command("version", "Print the version."));
    root.addSubcommand(
        "completion", command("completion", "Print a completion script for bash and zsh."));
    return root;
  }

  private static CommandSpec command(String name, String description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
    return spec;
  }

  private static CommandSpec run() {
    CommandSpec spec = command("run", "Serve a configuration.");
    for (RunOption option : RunOption.values()) {
      spec.addOption(option(option));
    }
    return spec;
  }

  private static CommandSpec validate() {
    CommandSpec spec = withConfig("validate", "Check a configuration; opens no socket.");
    spec.addOption(
        OptionSpec.builder("--format")
            .paramLabel("FORMAT")
            .type(String.class)
            .defaultValue("text")
            .description("text or json.")
            .build());
    return spec;
  }

  private static CommandSpec explain() {
    CommandSpec spec =
        withConfig("explain", "Tell which route a request takes, and why not the others.");
    spec.addOption(text("--listener", "NAME", "The listener it comes in at."));
    spec.addOption(text("--random", "N", "The lot for shares and weights; 0 if not given."));
    spec.addOption(text("--body-size", "N", "How many bytes of body the request has."));
    spec.addOption(
        text("--live", "ADDRESS", "Ask the running proxy with its admin there, as host:port."));
    spec.addOption(text("--format", "FORMAT", "text or json."));
    spec.addOption(texts("A header of the request.", "'NAME: VALUE'", "-H", "--header"));
    spec.addOption(
        texts("A runtime value, before those of the configuration.", "KEY=VALUE", "--runtime"));
    spec.addPositional(
        PositionalParamSpec.builder().index("0").paramLabel("METHOD").type(String.class).build());
    spec.addPositional(
        PositionalParamSpec.builder().index("1").paramLabel("URL").type(String.class).build());
    return spec;
  }

  private static CommandSpec routeCheck() {
    CommandSpec spec = command("route-check", "Test a route table; opens no socket.");
    spec.addOption(text("--config", "ROUTES", "The route table, an Envoy RouteConfiguration."));
    spec.addOption(text("--tests", "TESTS", "Tests in the format of Envoy's router_check_tool."));
    spec.addOption(
        text("--fail-under", "PERCENT", "Fail if fewer of the routes are taken by some test."));
    return spec;
  }

  private static OptionSpec text(String name, String label, String description) {
    return OptionSpec.builder(name)
        .paramLabel(label)
        .type(String.class)
        .description(description)
        .build();
  }

  private static OptionSpec texts(String description, String label, String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .description(description)
        .build();
  }

  private static CommandSpec withConfig(String name, String description) {
    CommandSpec spec = command(name, description);
    spec.addOption(option(RunOption.CONFIG));
    spec.addOption(option(RunOption.DEFAULTS));
    return spec;
  }

  private static OptionSpec option(RunOption option) {
    return OptionSpec.builder(option.names().toArray(new String[0]))
        .paramLabel(option.parameter())
        .type(String.class)
        .description(option.description())
        .build();
  }

  private static int dispatch(ParseResult parsed) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    if (!parsed.hasSubcommand()) {
      Console.error(new CommandLine(root()).getUsageMessage(Ansi.OFF).stripTrailing());
      return ExitCode.USAGE;
    }
    ParseResult sub = parsed.subcommand();
    String name = sub.commandSpec().name();
    return switch (name) {
      case "run" -> withOptions(name, sub, Main::serve);
      case "validate" -> validate(sub);
      case "expand" -> withOptions(name, sub, Commands::expand);
      case "explain" -> explain(sub);
      case "route-check" -> routeCheck(sub);
      case "version" -> {
        Console.print("weft " + Version.TEXT + " (Java " + Runtime.version() + ")\n");
        yield ExitCode.OK;
      }
      case "completion" -> {
        Console.print(AutoComplete.bash("weft", new CommandLine(root())));
        yield ExitCode.OK;
      }
      default -> throw new IllegalStateException(name);
    };
  }

  private static int withOptions(
      String name, ParseResult parsed, ToIntFunction<RunOptions> action) {
    Map<RunOption, String> values = new EnumMap<>(RunOption.class);
    for (RunOption option : RunOption.values()) {
      String first = option.names().getFirst();
      if (parsed.commandSpec().findOption(first) != null && parsed.hasMatchedOption(first)) {
        values.put(option, parsed.<String>matchedOptionValue(first, ""));
      }
    }
    try {
      return action.applyAsInt(RunOptions.of(values));
    } catch (RunOptions.UsageException e) {
      return usage(name, String.valueOf(e.getMessage()));
    }
  }

  private static int validate(ParseResult parsed) {
    String format = parsed.matchedOptionValue("--format", "text");
    if (!format.equals("text") && !format.equals("json")) {
      return usage("validate", "--format: '" + format + "' (expected: text or json)");
    }
    return withOptions("validate", parsed, options -> validate(options, format.equals("json")));
  }

  private static int explain(ParseResult parsed) {
    Logging.start(LogLevel.ERROR);
    String format = parsed.matchedOptionValue("--format", "text");
    if (!format.equals("text") && !format.equals("json")) {
      return usage("explain", "--format: '" + format + "' (expected: text or json)");
    }
    var asked =
        new LiveExplain(
            parsed.matchedPositionalValue(0, ""),
            parsed.matchedPositionalValue(1, ""),
            parsed.matchedOptionValue("--header", List.<String>of()),
            parsed.matchedOptionValue("--listener", ""),
            parsed.matchedOptionValue("--random", "0"),
            parsed.matchedOptionValue("--body-size", "0"),
            parsed.matchedOptionValue("--runtime", List.<String>of()));
    Explain.Question question;
    try {
      question = asked.question();
    } catch (IllegalArgumentException e) {
      return usage("explain", String.valueOf(e.getMessage()));
    }
    String live = parsed.matchedOptionValue("--live", "");
    if (!live.isEmpty()) {
      return asked.ask(live, format);
    }
    return withOptions(
        "explain", parsed, options -> explain(options, question, format.equals("json")));
  }

  private static int explain(RunOptions options, Explain.Question question, boolean json) {
    Problems problems = new Problems();
    Configuration configuration =
        ConfigSource.load(options.config(), configOptions(options, Users.load()), problems);
    if (configuration == null || !problems.isEmpty()) {
      Console.error(problems.text().stripTrailing());
      return ExitCode.REFUSED;
    }
    Map<String, Object> told = Explain.of(configuration, question, problems);
    if (!problems.isEmpty()) {
      Console.error(problems.text().stripTrailing());
      return ExitCode.REFUSED;
    }
    Console.print(json ? Json.text(told) + "\n" : Explain.text(told));
    return ExitCode.OK;
  }

  private static int routeCheck(ParseResult parsed) {
    Logging.start(LogLevel.ERROR);
    String table = parsed.matchedOptionValue("--config", "");
    String tests = parsed.matchedOptionValue("--tests", "");
    if (table.isEmpty() || tests.isEmpty()) {
      return usage("route-check", "--config and --tests are both needed");
    }
    double least;
    try {
      least = Double.parseDouble(parsed.matchedOptionValue("--fail-under", "0"));
    } catch (NumberFormatException e) {
      return usage("route-check", "--fail-under: no number");
    }
    RouteCheck.Outcome outcome = RouteCheck.run(Path.of(table), Path.of(tests));
    if (!outcome.problems().isEmpty()) {
      Console.error(outcome.problems().stripTrailing());
      return ExitCode.REFUSED;
    }
    outcome.failures().forEach(line -> Console.print(line + "\n"));
    Console.print(
        String.format(
            Locale.ROOT,
            "%d passed, %d failed; %d of %d routes taken (%.0f%%)%n",
            outcome.tests() - outcome.failed(),
            outcome.failed(),
            outcome.routesMatched(),
            outcome.routes(),
            outcome.coverage()));
    return outcome.failed() == 0 && outcome.coverage() >= least ? ExitCode.OK : ExitCode.REFUSED;
  }

  /** Reads and builds everything as {@code run} does, short of sockets. */
  static int validate(RunOptions options, boolean json) {
    Logging.start(LogLevel.ERROR);
    Problems problems = new Problems();
    Users users = Users.load();
    Configuration configuration =
        ConfigSource.load(options.config(), configOptions(options, users), problems);
    if (configuration != null && problems.isEmpty()) {
      build(configuration, users, problems);
    }
    if (json) {
      Console.print(Validation.json(problems));
    } else if (!problems.all().isEmpty()) {
      Console.error(problems.text().stripTrailing());
    }
    if (!problems.isEmpty()) {
      return ExitCode.REFUSED;
    }
    if (!json) {
      Console.print("configuration '" + options.config() + "' OK\n");
    }
    return ExitCode.OK;
  }

  /** Builds everything as {@code run} does, short of sockets; what is wrong is reported. */
  static void build(Configuration configuration, Users users, Problems problems) {
    Stats stats = new Stats();
    String engine = configuration.settings().text(Setting.TLS_ENGINE);
    try (var tls = new Tls(EngineKind.valueOf(engine.toUpperCase(Locale.ROOT)));
        var names = Assembly.names(configuration, stats)) {
      var shared =
          new Assembly.Shared(
              stats,
              new Drain(),
              RuntimeLayers.withDefaults(stats),
              users.extensions(),
              null,
              tls,
              names);
      Assembly.of(configuration, shared, problems);
    }
  }

  private static int expand(RunOptions options) {
    Logging.start(LogLevel.ERROR);
    Problems problems = new Problems();
    Configuration configuration =
        ConfigSource.load(options.config(), configOptions(options, Users.load()), problems);
    if (configuration == null || !problems.isEmpty()) {
      Console.error(problems.text().stripTrailing());
      return ExitCode.REFUSED;
    }
    Console.print(configuration.expanded());
    return ExitCode.OK;
  }

  static ConfigOptions configOptions(RunOptions options, Users users) {
    return ConfigOptions.NONE
        .withDefaults(options.defaults())
        .withEnvironment(System.getenv())
        .withUserFilters(users.httpFilters(), users.networkFilters(), users.terminalFilters());
  }
}
