package io.weft.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code weft run}: one description for the reader by hand, which spares the start
 * of a server a library, and for the command line library, which does the rest.
 */
enum RunOption {
  CONFIG(List.of("-c", "--config", "--config-path"), "PATH", "Directory or Envoy bootstrap file."),
  DEFAULTS(
      List.of("--defaults"),
      "SET",
      "Defaults for what the configuration leaves out: edge (for a directory) or envoy (for a file)."),
  CONCURRENCY(
      List.of("--concurrency"), "N", "Carrier threads; one for each processor if not given."),
  MODE(List.of("--mode"), "MODE", "serve, or validate to check the configuration and end."),
  LOG_LEVEL(
      List.of("-l", "--log-level"),
      "LEVEL",
      "trace, debug, info, warning, error, critical or off."),
  ADMIN_ADDRESS_PATH(
      List.of("--admin-address-path"), "FILE", "Gets the address of the admin server as ip:port."),
  DRAIN_TIME(
      List.of("--drain-time-s"),
      "SECONDS",
      "How long streams in flight may take once draining has begun; 30 if not given."),
  SERVICE_CLUSTER(
      List.of("--service-cluster"), "NAME", "Name of the service this instance belongs to."),
  SERVICE_NODE(List.of("--service-node"), "NAME", "Name of this instance."),
  BASE_ID(
      List.of("--base-id"),
      "N",
      "Refused: Weft shares no memory with other processes, so there is nothing to tell apart.");

  private final String names;
  private final String parameter;
  private final String description;

  RunOption(List<String> names, String parameter, String description) {
    this.names = String.join(" ", names);
    this.parameter = parameter;
    this.description = description;
  }

  List<String> names() {
    return List.of(names.split(" ", -1));
  }

  String parameter() {
    return parameter;
  }

  String description() {
    return description;
  }

  static @Nullable RunOption find(String name) {
    for (RunOption option : values()) {
      if (option.names().contains(name)) {
        return option;
      }
    }
    return null;
  }
}
