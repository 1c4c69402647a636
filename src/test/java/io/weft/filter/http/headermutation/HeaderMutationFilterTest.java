package io.weft.filter.http.headermutation;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Response;
import io.weft.schema.ResourceReader;
import io.weft.testing.FilterRun;
import io.weft.testing.TestScope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderMutationFilterTest {
  private static FilterRun request(String... mutations) {
    return FilterRun.of(
        new HeaderMutationFactory(),
        "mutations:\n  request_mutations:\n" + String.join("\n", mutations).indent(2));
  }

  @ParameterizedTest
  @CsvSource({
    "APPEND_IF_EXISTS_OR_ADD, 'old, new', new",
    "ADD_IF_ABSENT, old, new",
    "OVERWRITE_IF_EXISTS_OR_ADD, new, new",
    "OVERWRITE_IF_EXISTS, new, ''",
  })
  void headerIsWrittenAsTheActionSays(String action, String ifThere, String ifNot)
      throws Exception {
    String mutation = "- append: {header: {key: X-A, value: new}, append_action: " + action + "}";
    var there = request(mutation);
    there.send(FilterRun.get("/", "x-a", "old"));
    assertThat(String.join(", ", there.received().headers().all("x-a"))).isEqualTo(ifThere);
    var absent = request(mutation);
    absent.send(FilterRun.get("/"));
    assertThat(String.join(", ", absent.received().headers().all("x-a"))).isEqualTo(ifNot);
  }

  @Test
  void mutationsRunInOrder() throws Exception {
    var run =
        request(
            "- remove: x-a",
            "- append: {header: {key: x-a, value: '1'}}",
            "- append: {header: {key: x-b, value: '%REQ(x-a)%-%REQ(x-none)%-%PROTOCOL% 100%%'}}",
            "- append: {header: {key: x-c, value: '%REQ(x-none)%'}}",
            "- append: {header: {key: x-d, value: '%REQ(x-none)%'}, keep_empty_value: true}");
    run.send(FilterRun.get("/", "X-A", "old", "x-a", "older"));
    var headers = run.received().headers();
    assertThat(headers.all("x-a")).isEqualTo(List.of("1"));
    assertThat(headers.first("x-b")).isEqualTo("1--HTTP/1.1 100%");
    assertThat(headers.contains("x-c")).isFalse();
    assertThat(headers.first("x-d")).isEmpty();
  }

  @Test
  void pathMethodAndHostAreReplaced() throws Exception {
    var run =
        request(
            "- append: {header: {key: ':path', value: '/new%REQ(:PATH)%'}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}",
            "- append: {header: {key: ':method', value: PUT}, append_action: OVERWRITE_IF_EXISTS}",
            "- append: {header: {key: ':scheme', value: https}, append_action: ADD_IF_ABSENT}",
            "- append: {header: {key: Host, value: other.org}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}");
    run.send(FilterRun.get("/old", "host", "example.com"));
    var received = run.received();
    assertThat(received.toString()).isEqualTo("PUT /new/old");
    assertThat(received.authority()).isEqualTo("other.org");
    assertThat(received.headers().all("host")).isEqualTo(List.of("other.org"));
    assertThat(received.scheme()).isEqualTo("http");
    assertThat(run.stream().request()).isSameAs(received);
  }

  @Test
  void responsesAreChangedWithWhatTheySay() throws Exception {
    var run =
        FilterRun.of(
                new HeaderMutationFactory(),
                """
                mutations:
                  response_mutations:
                  - append: {header: {key: x-was, value: "%RESPONSE_CODE% %RESP(server)%"}}
                  - remove: server
                  - append: {header: {key: ":status", value: "202"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
                  - append: {header: {key: ":status", value: "999"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
                """)
            .upstream(request -> Response.of(200, Headers.of("Server", "nginx"), Body.EMPTY));
    var response = run.send(FilterRun.get("/"));
    assertThat(response.status()).isEqualTo(202);
    assertThat(response.headers().first("x-was")).isEqualTo("200 nginx");
    assertThat(response.headers().contains("server")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"false, 'filter, route, host, table'", "true, 'filter, table, host, route'"})
  void levelsRunInTheOrderAskedFor(boolean mostSpecificWins, String expected) throws Exception {
    String level = "mutations: {request_mutations: [{append: {header: {key: x-by, value: %s}}}]}";
    var run =
        FilterRun.of(
                new HeaderMutationFactory(),
                level.formatted("filter")
                    + "\nmost_specific_header_mutations_wins: "
                    + mostSpecificWins)
            .onRoute(level.formatted("table"))
            .onRoute(level.formatted("host"))
            .onRoute(level.formatted("route"));
    run.send(FilterRun.get("/"));
    assertThat(String.join(", ", run.received().headers().all("x-by"))).isEqualTo(expected);
  }

  @Test
  void mistakesAreReported() {
    var scope = new TestScope();
    var factory = new HeaderMutationFactory();
    factory.create(
        "m",
        ResourceReader.parse(
            factory.type(),
            """
            mutations:
              request_mutations:
              - remove: Host
              - remove: ":path"
              - append: {header: {key: ":status", value: x}, append_action: OVERWRITE_IF_EXISTS}
              - append: {header: {key: ":path", value: /x}}
              - append: {header: {key: x, value: "%NONE%"}}
            """),
        scope);
    assertThat(scope.problems().errors()).hasSize(5);
    assertThat(scope.problems().text())
        .contains("request_mutations[0].remove: 'Host' (expected: the name of a header, not host)")
        .contains("request_mutations[3].append.append_action: :path: append_action:")
        .contains(
            "request_mutations[4].append.header.value: %NONE% at character 0: no such operator");
  }
}
