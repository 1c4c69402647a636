package io.weft.accesslog;

import io.weft.format.Format;
import io.weft.format.FormatException;
import io.weft.format.ResponseFlag;
import io.weft.http.Grpc;
import io.weft.route.HeaderMatchReader;
import io.weft.route.MetadataMatch;
import io.weft.route.MetadataMatchReader;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import io.weft.schema.Message;
import io.weft.schema.Place;
import io.weft.schema.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code envoy.config.accesslog.v3.AccessLog} with the loggers file, stdout and stderr. Runs
 * on the main thread and opens no log. Mistakes go to the problems with their places.
 */
public final class AccessLogReader {
  private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  private static final String STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  private static final String STDERR = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

  private final Supplier<RuntimeSnapshot> runtime;
  private final Problems problems;

  /**
   * @param runtime asked by filters whenever a stream ends
   */
  public AccessLogReader(Supplier<RuntimeSnapshot> runtime, Problems problems) {
    this.runtime = runtime;
    this.problems = problems;
  }

  /** Reads the messages of a repeated {@code access_log} field and opens their files. */
  public List<AccessLog> open(List<Message> accessLogs, LogFiles files) {
    List<AccessLog> open = new ArrayList<>();
    for (AccessLogConfig config : read(accessLogs)) {
      try {
        open.add(new FileLog(config.filter(), config.format(), files.open(config.path())));
      } catch (IOException e) {
        problems.error(config.place(), "'" + config.path() + "' cannot be opened: " + e);
      }
    }
    return open;
  }

  /** The same; where there are no files, the messages are read and nothing is opened. */
  public List<AccessLog> openIf(List<Message> accessLogs, @Nullable LogFiles files) {
    if (files != null) {
      return open(accessLogs, files);
    }
    read(accessLogs);
    return List.of();
  }

  /** Reads the messages of a repeated {@code access_log} field. */
  public List<AccessLogConfig> read(List<Message> accessLogs) {
    List<AccessLogConfig> configs = new ArrayList<>();
    for (Message accessLog : accessLogs) {
      Message logger = accessLog.any("typed_config");
      Message filter = accessLog.message("filter");
      AccessLogFilter passes = filter == null ? null : filter(filter);
      if (logger == null) {
        problems.error(accessLog.place(), "no typed_config (expected: the settings of a logger)");
        continue;
      }
      Format format = format(logger);
      if (format == null || filter != null && passes == null) {
        continue;
      }
      switch (logger.type()) {
        case FILE ->
            configs.add(
                new AccessLogConfig(logger.string("path"), passes, format, logger.place("path")));
        case STDOUT ->
            configs.add(new AccessLogConfig(LogFiles.STDOUT, passes, format, logger.place()));
        case STDERR ->
            configs.add(new AccessLogConfig(LogFiles.STDERR, passes, format, logger.place()));
        default -> problems.error(logger.place(), logger.type() + ": not supported by Weft yet");
      }
    }
    return configs;
  }

  private @Nullable Format format(Message logger) {
    boolean isFile = logger.type().equals(FILE);
    if (isFile && !logger.string("format").isEmpty()) {
      return text(logger.string("format"), false, logger.place("format"));
    }
    if (isFile && logger.has("json_format")) {
      return json(logger, "json_format", false);
    }
    if (isFile && logger.has("typed_json_format")) {
      return json(logger, "typed_json_format", false);
    }
    Message format = logger.message("log_format");
    if (format == null) {
      return text(Format.DEFAULT, false, logger.place());
    }
    return substitution(format, false);
  }

  /**
   * Reads a {@code SubstitutionFormatString} that makes a body, in which values stand as they are;
   * null if it was refused, which is then in the problems.
   */
  public @Nullable Format bodyFormat(Message format) {
    return substitution(format, true);
  }

  private @Nullable Format substitution(Message format, boolean body) {
    boolean omitEmpty = format.bool("omit_empty_values");
    if (format.has("json_format")) {
      return json(format, "json_format", omitEmpty);
    }
    if (format.has("text_format")) {
      return text(format.string("text_format"), omitEmpty, body, format.place("text_format"));
    }
    Message source = format.message("text_format_source");
    if (source == null) {
      problems.error(format.place(), "no format (expected: text_format_source or json_format)");
      return null;
    }
    String text = source(source);
    return text == null ? null : text(text, omitEmpty, body, format.place("text_format_source"));
  }

  /** The text of a {@code DataSource}; null if it cannot be read, which is in the problems. */
  public @Nullable String source(Message source) {
    String field = source.oneof("specifier");
    if (field == null) {
      return "";
    }
    return switch (field) {
      case "inline_string" -> source.string(field);
      case "inline_bytes" -> new String(source.bytes(field), StandardCharsets.UTF_8);
      case "filename" -> {
        try {
          yield Files.readString(Path.of(source.string(field)));
        } catch (IOException | InvalidPathException e) {
          problems.error(
              source.place(field), "'" + source.string(field) + "' cannot be read: " + e);
          yield null;
        }
      }
      default -> {
        problems.error(source.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  private @Nullable Format text(String text, boolean omitEmpty, Place place) {
    return text(text, omitEmpty, false, place);
  }

  private @Nullable Format text(String text, boolean omitEmpty, boolean body, Place place) {
    try {
      return body ? Format.body(text, omitEmpty) : Format.text(text, omitEmpty);
    } catch (FormatException e) {
      problems.error(place, e.getMessage());
      return null;
    }
  }

  private @Nullable Format json(Message in, String field, boolean omitEmpty) {
    try {
      return Format.json(in.struct(field), omitEmpty);
    } catch (FormatException e) {
      problems.error(in.place(field), e.getMessage());
      return null;
    }
  }

  /** Reads an {@code AccessLogFilter}; null if it was refused, which is then in the problems. */
  public @Nullable AccessLogFilter filter(Message filter) {
    String field = filter.oneof("filter_specifier");
    Message settings = field == null ? null : filter.message(field);
    if (field == null || settings == null) {
      problems.error(filter.place(), "no filter (expected: status_code_filter or another)");
      return null;
    }
    return switch (field) {
      case "status_code_filter" -> {
        Message comparison = settings.message("comparison");
        yield comparison == null
            ? missing(settings, "comparison")
            : new AccessLogFilter.StatusCode(comparison(comparison), limit(comparison));
      }
      case "duration_filter" -> {
        Message comparison = settings.message("comparison");
        yield comparison == null
            ? missing(settings, "comparison")
            : new AccessLogFilter.Duration(comparison(comparison), limit(comparison));
      }
      case "not_health_check_filter" -> new AccessLogFilter.NotHealthCheck();
      case "runtime_filter" ->
          new AccessLogFilter.Sampled(
              settings.string("runtime_key"),
              percent(settings.message("percent_sampled")),
              settings.bool("use_independent_randomness"),
              runtime);
      case "header_filter" -> {
        Message header = settings.message("header");
        var match = header == null ? null : HeaderMatchReader.read(header, problems);
        yield header == null
            ? missing(settings, "header")
            : match == null ? null : new AccessLogFilter.Header(match);
      }
      case "response_flag_filter" -> flags(settings);
      case "traceable_filter" -> new AccessLogFilter.Traceable();
      case "grpc_status_filter" -> {
        long bits = 0;
        for (String name : settings.enumNames("statuses")) {
          bits |= 1L << Grpc.STATUS_NAMES.indexOf(name);
        }
        yield new AccessLogFilter.GrpcStatus(bits, settings.bool("exclude"));
      }
      case "metadata_filter" -> {
        Message matcher = settings.message("matcher");
        if (matcher == null) {
          problems.error(settings.place("matcher"), "is missing");
          yield null;
        }
        MetadataMatch match = new MetadataMatchReader(problems).read(matcher);
        yield match == null
            ? null
            : new AccessLogFilter.Metadata(match, settings.bool("match_if_key_not_found", true));
      }
      case "log_type_filter" ->
          new AccessLogFilter.LogType(
              Set.copyOf(settings.enumNames("types")), settings.bool("exclude"));
      case "and_filter" -> {
        List<AccessLogFilter> all = filters(settings);
        yield all == null ? null : new AccessLogFilter.And(all);
      }
      case "or_filter" -> {
        List<AccessLogFilter> all = filters(settings);
        yield all == null ? null : new AccessLogFilter.Or(all);
      }
      default -> {
        problems.error(filter.place(field), "not supported by Weft yet");
        yield null;
      }
    };
  }

  private @Nullable AccessLogFilter missing(Message in, String field) {
    problems.error(in.place(field), "is missing");
    return null;
  }

  private @Nullable List<AccessLogFilter> filters(Message settings) {
    List<AccessLogFilter> all = new ArrayList<>();
    boolean isWhole = true;
    for (Message inner : settings.messages("filters")) {
      AccessLogFilter read = filter(inner);
      if (read == null) {
        isWhole = false;
      } else {
        all.add(read);
      }
    }
    return isWhole ? List.copyOf(all) : null;
  }

  private static AccessLogFilter.Comparison comparison(Message comparison) {
    return AccessLogFilter.Comparison.valueOf(comparison.enumName("op"));
  }

  private AccessLogFilter.Limit limit(Message comparison) {
    Message value = comparison.message("value");
    return value == null
        ? new AccessLogFilter.Limit(0, "", runtime)
        : new AccessLogFilter.Limit(
            value.integer("default_value"), value.string("runtime_key"), runtime);
  }

  private static RuntimeValue.Percent percent(@Nullable Message percent) {
    if (percent == null) {
      return new RuntimeValue.Percent(0, 100);
    }
    long denominator =
        switch (percent.enumName("denominator")) {
          case "TEN_THOUSAND" -> 10_000;
          case "MILLION" -> 1_000_000;
          default -> 100;
        };
    return new RuntimeValue.Percent(percent.integer("numerator"), denominator);
  }

  private @Nullable AccessLogFilter flags(Message settings) {
    List<ResponseFlag> flags = new ArrayList<>();
    for (String text : settings.strings("flags")) {
      ResponseFlag flag = ResponseFlag.find(text);
      if (flag == null) {
        problems.error(settings.place("flags"), "'" + text + "': no such response flag");
        return null;
      }
      flags.add(flag);
    }
    return AccessLogFilter.Flags.of(flags);
  }
}
