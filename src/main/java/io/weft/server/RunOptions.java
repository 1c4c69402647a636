package io.weft.server;

import io.weft.config.Defaults;
import io.weft.logging.LogLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the command line of {@code weft run} asks for; null where it says nothing.
 *
 * @param validateOnly whether the configuration is checked and nothing served
 */
record RunOptions(
    Path config,
    @Nullable Defaults defaults,
    int concurrency,
    boolean validateOnly,
    @Nullable LogLevel logLevel,
    @Nullable Path adminAddressPath,
    @Nullable Duration drainTime,
    @Nullable String serviceCluster,
    @Nullable String serviceNode,
    Map<String, String> given) {
  /** A value that cannot be used. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  /** Reads {@code --name value} and {@code --name=value}. */
  static RunOptions parse(String[] arguments, int from) throws UsageException {
    Map<RunOption, String> values = new EnumMap<>(RunOption.class);
    for (int i = from; i < arguments.length; i++) {
      String argument = arguments[i];
      int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
      String name = equals < 0 ? argument : argument.substring(0, equals);
      RunOption option = RunOption.find(name);
      if (option == null) {
        throw new UsageException("unknown option '" + argument + "'");
      }
      if (equals < 0 && i + 1 == arguments.length) {
        throw new UsageException(name + ": missing " + option.parameter());
      }
      String value = equals < 0 ? arguments[++i] : argument.substring(equals + 1);
      if (values.put(option, value) != null) {
        throw new UsageException(name + ": given twice");
      }
    }
    return of(values);
  }

  static RunOptions of(Map<RunOption, String> values) throws UsageException {
    String config = values.get(RunOption.CONFIG);
    if (config == null) {
      throw new UsageException("--config: missing (expected: a directory or a bootstrap file)");
    }
    if (values.containsKey(RunOption.BASE_ID)) {
      throw new UsageException(
          "--base-id: not supported, Weft shares no memory with other processes and needs no id to"
              + " tell them apart");
    }
    String defaults = values.get(RunOption.DEFAULTS);
    Defaults set = defaults == null ? null : Defaults.find(defaults);
    if (defaults != null && set == null) {
      throw new UsageException("--defaults: '" + defaults + "' (expected: edge or envoy)");
    }
    String mode = values.getOrDefault(RunOption.MODE, "serve");
    if (!mode.equals("serve") && !mode.equals("validate")) {
      throw new UsageException("--mode: '" + mode + "' (expected: serve or validate)");
    }
    String level = values.get(RunOption.LOG_LEVEL);
    LogLevel logLevel = level == null ? null : LogLevel.of(level);
    if (level != null && logLevel == null) {
      throw new UsageException("--log-level: '" + level + "' (expected: " + LogLevel.names() + ")");
    }
    String path = values.get(RunOption.ADMIN_ADDRESS_PATH);
    String drain = values.get(RunOption.DRAIN_TIME);
    return new RunOptions(
        Path.of(config),
        set,
        (int) number(values, RunOption.CONCURRENCY, -1, 256),
        mode.equals("validate"),
        logLevel,
        path == null ? null : Path.of(path),
        drain == null ? null : Duration.ofSeconds(number(values, RunOption.DRAIN_TIME, 0, 1 << 30)),
        values.get(RunOption.SERVICE_CLUSTER),
        values.get(RunOption.SERVICE_NODE),
        named(values));
  }

  private static Map<String, String> named(Map<RunOption, String> values) {
    Map<String, String> named = new java.util.TreeMap<>();
    values.forEach(
        (option, value) -> named.put(option.names().getLast().replaceFirst("^-+", ""), value));
    return named;
  }

  private static long number(
      Map<RunOption, String> values, RunOption option, long ifAbsent, long most)
      throws UsageException {
    String text = values.get(option);
    if (text == null) {
      return ifAbsent;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below, with the value
    }
    throw new UsageException(
        option.names().getLast() + ": '" + text + "' (expected: 0-" + most + ")");
  }
}
