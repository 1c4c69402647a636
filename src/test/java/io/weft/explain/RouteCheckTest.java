package io.weft.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of route tables in the format of Envoy's {@code router_check_tool}. */
class RouteCheckTest {
  @TempDir Path dir;

  private RouteCheck.Outcome check(String table, String tests) throws IOException {
    return RouteCheck.run(
        Files.writeString(dir.resolve("routes.yaml"), table),
        Files.writeString(dir.resolve("tests.yaml"), tests));
  }

  private static String hosts(String routes) {
    return "virtual_hosts:\n- name: all\n  domains: ['*']\n  routes:\n" + routes.indent(2);
  }

  @Test
  void directResponseIsComparedByItsStatus() throws IOException {
    var outcome =
        check(
            hosts("- {match: {path: /down}, direct_response: {status: 503}}"),
            """
            tests:
            - test_name: right
              input: {authority: a, path: /down, method: GET}
              validate: {code_redirect: 503, path_redirect: http://a/down, cluster_name: ""}
            - test_name: wrong
              input: {authority: a, path: /down, method: GET}
              validate: {code_redirect: 0}
            """);
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.failures())
        .containsExactly("wrong: code_redirect: expected: [0], actual: [503]");
  }

  @Test
  void pseudoHeadersMayNameTheCluster() throws IOException {
    var outcome =
        check(
            hosts("- {match: {prefix: /}, route: {cluster_header: ':authority'}}"),
            """
            tests:
            - test_name: host
              input: {authority: shop, path: /, method: GET}
              validate: {cluster_name: shop}
            """);
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.failures()).isEmpty();
  }

  @Test
  void metadataOfOneNamespaceGrowsWhereItMayBeOverwritten() throws IOException {
    var outcome =
        check(
            hosts(
                """
                - match:
                    prefix: /
                    dynamic_metadata:
                    - {filter: f, path: [{key: a}, {key: y}], value: {string_match: {exact: "2"}}}
                    - {filter: f, path: [{key: b}], value: {string_match: {exact: old}}}
                  route: {cluster: grown}
                - {match: {prefix: /}, route: {cluster: first}}
                """),
            """
            tests:
            - test_name: grows
              input:
                authority: a
                path: /
                method: GET
                dynamic_metadata:
                - {metadata_namespace: f, value: {a: {x: "1", y: "1"}, b: old}}
                - {metadata_namespace: f, value: {a: {y: "2"}}, allow_overwrite: true}
              validate: {cluster_name: grown}
            - test_name: stays
              input:
                authority: a
                path: /
                method: GET
                dynamic_metadata:
                - {metadata_namespace: f, value: {a: {y: "1"}, b: old}}
                - {metadata_namespace: f, value: {a: {y: "2"}}}
              validate: {cluster_name: first}
            """);
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.failures()).isEmpty();
  }

  @Test
  void namesMayBeInCamelCase() throws IOException {
    var outcome =
        check(
            hosts("- {match: {prefix: /}, route: {cluster: up, prefix_rewrite: /new}}"),
            """
            {"tests": [{"testName": "camel",
              "input": {"authority": "a", "path": "/", "method": "GET", "randomValue": "3"},
              "validate": {"clusterName": "up", "virtualHostName": "all", "pathRewrite": "/old"}}]}
            """);
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.failures())
        .containsExactly("camel: path_rewrite: expected: [/old], actual: [/new]");
  }

  @Test
  void testWithoutPathIsRefused() throws IOException {
    var outcome =
        check(
            hosts("- {match: {prefix: /}, route: {cluster: up}}"),
            """
            tests:
            - test_name: none
              input: {authority: a, path: "", method: GET}
              validate: {cluster_name: up}
            """);
    assertThat(outcome.problems()).contains("path: '' (expected: at least 1 characters)");
  }
}
