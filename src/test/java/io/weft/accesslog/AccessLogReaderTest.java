package io.weft.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.format.Line;
import io.weft.format.ResponseFlag;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.schema.ReadOptions;
import io.weft.schema.ResourceReader;
import io.weft.stats.Stats;
import io.weft.testing.TestFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogReaderTest {
  private static final String FILE =
      "\"@type\": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";

  private final Stats stats = new Stats();
  private final RuntimeLayers runtime = RuntimeLayers.withDefaults(stats);
  private final Problems problems = new Problems();

  private List<AccessLogConfig> read(String yaml) {
    Message message =
        ResourceReader.read(
            "log.yaml", yaml, "envoy.config.accesslog.v3.AccessLog", ReadOptions.PLAIN, problems);
    assertThat(problems.errors()).isEmpty();
    return new AccessLogReader(runtime::snapshot, problems)
        .read(List.of(Objects.requireNonNull(message)));
  }

  private static String line(AccessLogConfig config) {
    var line = new Line(64);
    config.format().render(TestFacts.proxied(), line);
    return line.utf8();
  }

  private AccessLogFilter filter(String yaml) {
    var configs =
        read("name: x\ntyped_config: {" + FILE + ", path: /x}\nfilter:\n" + yaml.indent(2));
    assertThat(problems.errors()).isEmpty();
    return Objects.requireNonNull(configs.getFirst().filter());
  }

  @Test
  void formatsAreReadFromAllTheirFields(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("format"), "%PROTOCOL%!\n");
    assertThat(line(read("typed_config: {" + FILE + ", path: /x}").getFirst()))
        .startsWith("[2023-11-14T22:13:20.123Z] \"GET /products/1?color=red HTTP/1.1\" 200 - 0");
    assertThat(
            line(
                read("typed_config: {" + FILE + ", path: /x, format: \"%PROTOCOL%\\n\"}")
                    .getFirst()))
        .isEqualTo("HTTP/1.1\n");
    assertThat(
            line(
                read("typed_config: {"
                        + FILE
                        + ", path: /x, json_format: {code: \"%RESPONSE_CODE%\"}}")
                    .getFirst()))
        .isEqualTo("{\"code\":200}\n");
    assertThat(
            line(
                read("typed_config: {"
                        + FILE
                        + ", path: /x, log_format: {omit_empty_values: true,"
                        + " text_format_source: {inline_string: \"a%REQ(X)%b\\n\"}}}")
                    .getFirst()))
        .isEqualTo("ab\n");
    assertThat(
            line(
                read("typed_config: {"
                        + FILE
                        + ", path: /x, log_format: {text_format_source: {filename: \""
                        + file
                        + "\"}}}")
                    .getFirst()))
        .isEqualTo("HTTP/1.1!\n");
    assertThat(
            line(
                read("typed_config: {"
                        + FILE
                        + ", path: /x, log_format: {json_format:"
                        + " {a: {b: \"%REQ(X)%\", c: [1, x]}}}}")
                    .getFirst()))
        .isEqualTo("{\"a\":{\"b\":null,\"c\":[1,\"x\"]}}\n");
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void standardStreamsAreFiles() {
    String type = "\"@type\": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.";
    assertThat(read("typed_config: {" + type + "StdoutAccessLog}").getFirst().path())
        .isEqualTo("/dev/stdout");
    assertThat(read("typed_config: {" + type + "StderrAccessLog}").getFirst().path())
        .isEqualTo("/dev/stderr");
  }

  @Test
  void mistakesHaveTheirPlace() {
    assertThat(read("typed_config: {" + FILE + ", path: /x, format: \"%NONE%\"}")).isEmpty();
    assertThat(problems.text())
        .contains("log.yaml:1:")
        .contains("typed_config.format: %NONE% at character 0: no such operator");
  }

  @Test
  void fileThatCannotBeOpenedHasItsPlace() {
    Message message =
        ResourceReader.parse(
            "envoy.config.accesslog.v3.AccessLog",
            "typed_config: {" + FILE + ", path: /nowhere/at/all}");
    try (var files = new LogFiles(LogFilesConfig.DEFAULT, stats)) {
      assertThat(new AccessLogReader(runtime::snapshot, problems).open(List.of(message), files))
          .isEmpty();
    }
    assertThat(problems.text()).contains("path: '/nowhere/at/all' cannot be opened");
  }

  @Test
  void statusCodeAndDurationAreComparedWithRuntimeInReach() {
    var status =
        filter(
            """
            status_code_filter:
              comparison: {op: GE, value: {default_value: 500, runtime_key: min}}
            """);
    assertThat(status.passes(new TestFacts().status(500))).isTrue();
    assertThat(status.passes(new TestFacts().status(404))).isFalse();
    runtime.modify(Map.of("min", "400"));
    assertThat(status.passes(new TestFacts().status(404))).isTrue();

    var duration =
        filter(
            "duration_filter: {comparison: {op: LE, value: {default_value: 5, runtime_key: d}}}");
    var facts = new TestFacts();
    assertThat(duration.passes(facts)).isFalse();
    facts.endNanos = facts.startNanos + 5_900_000;
    assertThat(duration.passes(facts)).isTrue();
    facts.endNanos = facts.startNanos + 6_000_000;
    assertThat(duration.passes(facts)).isFalse();
  }

  @Test
  void flagsHealthChecksAndCombinations() {
    var filter =
        filter(
            """
            and_filter:
              filters:
              - not_health_check_filter: {}
              - or_filter:
                  filters:
                  - response_flag_filter: {flags: [UH, UF]}
                  - header_filter: {header: {name: X-Debug, present_match: true}}
            """);
    var facts = TestFacts.get("/");
    assertThat(filter.passes(facts)).isFalse();
    facts.status(503, ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
    assertThat(filter.passes(facts)).isTrue();
    facts.isHealthCheck = true;
    assertThat(filter.passes(facts)).isFalse();
    assertThat(filter.passes(TestFacts.get("/", "x-debug", "1"))).isTrue();
    var any = filter("response_flag_filter: {}");
    assertThat(any.passes(new TestFacts())).isFalse();
    assertThat(any.passes(new TestFacts().status(504, ResponseFlag.UPSTREAM_REQUEST_TIMEOUT)))
        .isTrue();
  }

  @Test
  void headersAreMatched() {
    var exact = filter("header_filter: {header: {name: \":method\", string_match: {exact: GET}}}");
    assertThat(exact.passes(TestFacts.get("/"))).isTrue();
    var contains =
        filter(
            "header_filter: {header: {name: user-agent, string_match: {contains: BOT, ignore_case: true}}}");
    assertThat(contains.passes(TestFacts.get("/", "User-Agent", "a Robot"))).isTrue();
    assertThat(contains.passes(TestFacts.get("/"))).isFalse();
    var not =
        filter("header_filter: {header: {name: x, string_match: {prefix: a}, invert_match: true}}");
    assertThat(not.passes(TestFacts.get("/", "x", "b"))).isTrue();
    assertThat(not.passes(TestFacts.get("/", "x", "ab"))).isFalse();
    assertThat(not.passes(TestFacts.get("/"))).isFalse();
    var absent = filter("header_filter: {header: {name: x, present_match: false}}");
    assertThat(absent.passes(TestFacts.get("/"))).isTrue();
    assertThat(absent.passes(TestFacts.get("/", "x", "1"))).isFalse();
    var regex =
        filter("header_filter: {header: {name: x, string_match: {safe_regex: {regex: \"a+,b\"}}}}");
    assertThat(regex.passes(TestFacts.get("/", "x", "aa", "x", "b"))).isTrue();
    var range = filter("header_filter: {header: {name: x, range_match: {start: 1, end: 5}}}");
    assertThat(range.passes(TestFacts.get("/", "x", "4"))).isTrue();
    assertThat(range.passes(TestFacts.get("/", "x", "5"))).isFalse();
    assertThat(range.passes(TestFacts.get("/", "x", "four"))).isFalse();
  }

  @Test
  void sampleFollowsTheRequestId() {
    var filter = filter("runtime_filter: {runtime_key: share, percent_sampled: {numerator: 50}}");
    // 0x00000031 = 49, 0x00000032 = 50
    assertThat(filter.passes(withId("00000031"))).isTrue();
    assertThat(filter.passes(withId("00000032"))).isFalse();
    runtime.modify(Map.of("share", "0"));
    assertThat(filter.passes(withId("00000031"))).isFalse();
    runtime.modify(Map.of("share", "100"));
    assertThat(filter.passes(TestFacts.get("/"))).isTrue();
  }

  private static TestFacts withId(String first) {
    return TestFacts.get("/", "x-request-id", first + "-d113-4ec2-a5f6-1d2e3f4a5b6c");
  }

  @Test
  void linesAreChosenByWhatTheyAreAbout() {
    var request = TestFacts.proxied();
    var connection = new TestFacts();
    var ends = filter("log_type_filter: {types: [DownstreamEnd]}");
    assertThat(ends.passes(request)).isTrue();
    assertThat(ends.passes(connection)).isFalse();
    var others = filter("log_type_filter: {types: [DownstreamEnd], exclude: true}");
    assertThat(others.passes(request)).isFalse();
    assertThat(others.passes(connection)).isTrue();
  }

  @Test
  void streamIsCalledByItsRequestId() {
    String format = "typed_config: {" + FILE + ", path: /x, format: \"%STREAM_ID%\\n\"}";
    assertThat(line(read(format).getFirst())).isEqualTo("d3b07384-d113-4ec2-a5f6-1d2e3f4a5b6c\n");
  }

  @Test
  void linesAreChosenByWhatFiltersLeft() {
    String value =
        "metadata_filter: {matcher: {filter: a, path: [{key: b}, {key: c}], value: %s}%s}";
    var facts = TestFacts.proxied();
    facts.metadata = Map.of("a", Map.of("b", Map.of("c", "xyz")));
    assertThat(filter(value.formatted("{string_match: {prefix: x}}", "")).passes(facts)).isTrue();
    assertThat(filter(value.formatted("{string_match: {exact: x}}", "")).passes(facts)).isFalse();
    assertThat(filter(value.formatted("{present_match: true}", "")).passes(facts)).isTrue();
    assertThat(filter(value.formatted("{bool_match: true}", "")).passes(facts)).isFalse();
    facts.metadata = Map.of("a", Map.of("b", Map.of("c", 5)));
    assertThat(filter(value.formatted("{double_match: {exact: 5}}", "")).passes(facts)).isTrue();
    assertThat(
            filter(value.formatted("{double_match: {range: {start: 1, end: 5}}}", ""))
                .passes(facts))
        .isFalse();
    var inverted =
        "metadata_filter: {matcher: {filter: a, path: [{key: b}, {key: c}], value: {double_match: {exact: %s}}, invert: true}}";
    assertThat(filter(inverted.formatted("5")).passes(facts)).isFalse();
    assertThat(filter(inverted.formatted("6")).passes(facts)).isTrue();
    facts.metadata = Map.of("a", Map.of("b", Map.of("c", List.of("x", "y"))));
    String list = "{list_match: {one_of: {string_match: {exact: %s}}}}";
    assertThat(filter(value.formatted(list.formatted("y"), "")).passes(facts)).isTrue();
    assertThat(filter(value.formatted(list.formatted("z"), "")).passes(facts)).isFalse();
    facts.metadata = Map.of("a", Map.of("b", "c"));
    assertThat(filter(value.formatted("{bool_match: true}", "")).passes(facts)).isTrue();
    assertThat(
            filter(value.formatted("{bool_match: true}", ", match_if_key_not_found: false"))
                .passes(facts))
        .isFalse();
  }
}
