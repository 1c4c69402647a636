package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.explain.Explain;
import io.weft.schema.Problems;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What {@code weft explain} tells of the sample configuration. */
class ExplainTest {
  private static Map<String, Object> told(String method, String url, String... headers) {
    var problems = new Problems();
    var configuration =
        ConfigSource.load(
            Path.of("config"), ConfigOptions.NONE.withEnvironment(Map.of()), problems);
    var question = Explain.Question.of(method, url, List.of(headers), "", 0);
    var told = Explain.of(Objects.requireNonNull(configuration), question, problems);
    assertThat(problems.text()).isEmpty();
    return told;
  }

  @Test
  void forwardedRequestIsFollowedToItsEndpoints() {
    var told = told("GET", "http://127.0.0.1:10000/api/./x");
    assertThat(String.valueOf(told.get("listener"))).startsWith("ingress (");
    assertThat(told.get("path")).isEqualTo("/api/x (was /api/./x)");
    assertThat(String.valueOf(told.get("virtual host")))
        .startsWith("'everything' by domain '*', '*' takes what no other domain does (")
        .contains("sample.yaml:");
    assertThat(Explain.text(told))
        .contains("route 0  path '/hello' against '/api/x'  ")
        .contains("route 2  matches: prefix '/api/'  ")
        .containsPattern("timeout +5000 ms \\(.*sample.yaml:\\d+\\)")
        .containsPattern("retries +none \\(default\\)")
        .contains("percent 50");
  }

  @Test
  void routeThatAnswersSaysSo() {
    assertThat(told("GET", "http://127.0.0.1:10000/hello").get("answer"))
        .isEqualTo("200, 16 bytes");
    assertThat(told("GET", "http://127.0.0.1:10000/nowhere").get("answer"))
        .isEqualTo("404, flag NR, route_not_found");
  }
}
