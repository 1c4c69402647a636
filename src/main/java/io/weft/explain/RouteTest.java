package io.weft.explain;

import io.weft.format.Facts;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.HeaderMatch;
import io.weft.route.HeaderMatchReader;
import io.weft.route.Route;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import io.weft.schema.Problems;
import io.weft.schema.ResourceReader;
import io.weft.stream.RoutingFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * One test of Envoy's {@code router_check_tool}: a request and what is expected of its route.
 *
 * @param runtime the runtime key that is on; empty for none
 * @param metadata what filters would have noted, by namespace
 * @param expected by the names of {@code ValidationAssert}
 */
record RouteTest(
    String name,
    Request request,
    long random,
    String runtime,
    Map<String, Map<String, Object>> metadata,
    Headers responseHeaders,
    Map<String, Object> expected) {
  private static final Set<String> INPUT =
      Set.of(
          "authority",
          "path",
          "method",
          "random_value",
          "ssl",
          "internal",
          "additional_request_headers",
          "additional_response_headers",
          "dynamic_metadata",
          "runtime");

  private static final Set<String> EXPECTED =
      Set.of(
          "cluster_name",
          "virtual_cluster_name",
          "virtual_host_name",
          "host_rewrite",
          "path_rewrite",
          "path_redirect",
          "code_redirect",
          "request_header_fields",
          "response_header_fields",
          "request_header_matches",
          "response_header_matches");

  /**
   * The tests of a file in YAML or JSON.
   *
   * @throws IllegalArgumentException if it holds something else
   */
  static List<RouteTest> readAll(String file, String text) {
    Object root;
    try {
      root = new Load(LoadSettings.builder().setLabel(file).build()).loadFromString(text);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    List<RouteTest> tests = new ArrayList<>();
    for (Object test : list(map(root, "the file").get("tests"), "tests")) {
      tests.add(read(map(test, "a test")));
    }
    if (tests.isEmpty()) {
      throw new IllegalArgumentException("tests: none (expected: at least 1)");
    }
    return tests;
  }

  private static RouteTest read(Map<String, Object> written) {
    Map<String, Object> test = fields(written);
    String name = text(test, "test_name", 1);
    known(test, Set.of("test_name", "input", "validate"), name);
    Map<String, Object> input = fields(map(test.get("input"), name + ": input"));
    Map<String, Object> expected = fields(map(test.get("validate"), name + ": validate"));
    known(input, INPUT, name + ": input");
    known(expected, EXPECTED, name + ": validate");
    boolean ssl = Boolean.TRUE.equals(input.get("ssl"));
    var headers = new Headers();
    headers.add(HeaderName.X_FORWARDED_PROTO, ssl ? "https" : "http");
    if (Boolean.TRUE.equals(input.get("internal"))) {
      headers.add(HeaderName.X_ENVOY_INTERNAL, "true");
    }
    add(input.get("additional_request_headers"), headers, name);
    String authority = text(input, "authority", 1);
    headers.add(HeaderName.HOST, authority);
    Request request =
        Request.of(
            input.get("method") == null ? "GET" : text(input, "method"),
            ssl ? "https" : "http",
            authority,
            text(input, "path", 1),
            Protocol.HTTP_1_1,
            headers,
            Body.EMPTY);
    var answered = new Headers();
    add(input.get("additional_response_headers"), answered, name);
    Object random = input.getOrDefault("random_value", 0);
    return new RouteTest(
        name,
        request,
        Long.parseUnsignedLong(random.toString()),
        input.get("runtime") == null ? "" : text(input, "runtime"),
        metadata(input.get("dynamic_metadata"), name),
        answered,
        expected);
  }

  private static Map<String, Map<String, Object>> metadata(@Nullable Object list, String name) {
    Map<String, Map<String, Object>> all = new LinkedHashMap<>();
    for (Object item : list(list, name + ": dynamic_metadata")) {
      Map<String, Object> noted = fields(map(item, name + ": dynamic_metadata"));
      known(
          noted,
          Set.of("metadata_namespace", "value", "allow_overwrite"),
          name + ": dynamic_metadata");
      String namespace = text(noted, "metadata_namespace", 1);
      Map<String, Object> value = map(noted.get("value"), name + ": value of dynamic_metadata");
      Map<String, Object> before = all.putIfAbsent(namespace, value);
      if (before != null && Boolean.TRUE.equals(noted.get("allow_overwrite"))) {
        all.put(namespace, merged(before, value));
      }
    }
    return all;
  }

  /** One structure with what another adds: mappings grow by key, lists at their end. */
  private static Map<String, Object> merged(Map<String, Object> into, Map<String, Object> from) {
    Map<String, Object> all = new LinkedHashMap<>(into);
    from.forEach((key, value) ->
        all.merge(
            key,
            value,
            (was, now) -> {
              if (was instanceof Map<?, ?> && now instanceof Map<?, ?>) {
                return merged(map(was, key), map(now, key));
              }
              if (was instanceof List<?> first && now instanceof List<?> second) {
                return Stream.concat(first.stream(), second.stream()).toList();
              }
              return now;
            }));
    return all;
  }

  /** The same with names as protobuf writes them, where JSON has them in camel case. */
  private static Map<String, Object> fields(Map<String, Object> written) {
    Map<String, Object> named = new LinkedHashMap<>();
    written.forEach((key, value) ->
        named.put(key.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT), value));
    return named;
  }

  private static void add(@Nullable Object list, Headers to, String name) {
    for (Object item : list(list, name)) {
      Map<String, Object> header = map(item, name);
      to.add(text(header, "key"), header.get("value") == null ? "" : text(header, "value"));
    }
  }

  private static void known(Map<String, Object> map, Set<String> keys, String where) {
    for (String key : map.keySet()) {
      if (!keys.contains(key)) {
        throw new IllegalArgumentException(where + ": '" + key + "' is not supported");
      }
    }
  }

  private static Map<String, Object> map(@Nullable Object value, String what) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException(what + ": no mapping");
    }
    Map<String, Object> named = new LinkedHashMap<>();
    map.forEach((key, item) -> named.put(String.valueOf(key), item));
    return named;
  }

  private static List<Object> list(@Nullable Object value, String what) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw new IllegalArgumentException(what + ": no list");
    }
    return List.copyOf(list);
  }

  private static String text(Map<String, Object> map, String key) {
    return text(map, key, 0);
  }

  private static String text(Map<String, Object> map, String key, int least) {
    Object value = map.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + ": is missing");
    }
    String text = value.toString();
    if (text.length() < least) {
      throw new IllegalArgumentException(
          key + ": '" + text + "' (expected: at least " + least + " characters)");
    }
    return text;
  }

  /**
   * The lot and the runtime of the test: a share is open if the test names its runtime key and the
   * lot is below the numerator, and a numerator of 0 counts as 1.
   */
  RoutingFacts facts() {
    return new RoutingFacts() {
      @Override
      public long random() {
        return random;
      }

      @Override
      public RuntimeSnapshot runtime() {
        return RuntimeSnapshot.EMPTY;
      }

      @Override
      public Map<String, Object> dynamicMetadata(String namespace) {
        return metadata.getOrDefault(namespace, Map.of());
      }

      @Override
      public boolean enabled(String key, RuntimeValue.Percent ifAbsent) {
        return !runtime.isEmpty()
            && runtime.equals(key)
            && random < Math.max(1, ifAbsent.numerator());
      }
    };
  }

  /** What is not as expected, a line each. */
  List<String> check(Route route) {
    Request finished = request;
    if (route instanceof Route.Forward forward) {
      finished = forward.finish(request.withPath(request.path()), facts(request, 0, null), true);
    }
    Response response = response(route, finished);
    boolean forwards = route instanceof Route.Forward;
    List<String> wrong = new ArrayList<>();
    compare("cluster_name", forwards ? route.clusterName() : "", wrong);
    compare(
        "virtual_cluster_name",
        route instanceof Route.Forward forward ? forward.virtualCluster(request) : "",
        wrong);
    compare("virtual_host_name", forwards ? route.virtualHostName() : "", wrong);
    compare("host_rewrite", forwards ? finished.authority() : "", wrong);
    compare("path_rewrite", forwards ? finished.path() : "", wrong);
    boolean answers = route instanceof Route.Redirect || route instanceof Route.DirectResponse;
    compare("path_redirect", location(route), wrong);
    compare("code_redirect", answers ? Integer.toString(response.status()) : "0", wrong);
    fields("request_header_fields", finished.headers(), wrong);
    fields("response_header_fields", response.headers(), wrong);
    for (Object matcher : list(expected.get("request_header_matches"), name)) {
      HeaderMatch match = match(matcher);
      if (!match.matches(finished)) {
        wrong.add(failed("request", match, match.value(finished)));
      }
    }
    for (Object matcher : list(expected.get("response_header_matches"), name)) {
      HeaderMatch match = match(matcher);
      if (!match.matches(response.headers())) {
        wrong.add(failed("response", match, response.headers().first(match.name())));
      }
    }
    return wrong;
  }

  /** Where the client is sent; a direct response counts as one to the request's own URI. */
  private String location(Route route) {
    return switch (route) {
      case Route.Redirect redirect -> redirect.location(request);
      case Route.DirectResponse direct ->
          request.scheme() + "://" + request.authority() + request.path();
      case Route.Forward forward -> "";
      case Route.None none -> "";
    };
  }

  private static String failed(String of, HeaderMatch match, @Nullable String actual) {
    return of
        + " header match: expected: ["
        + match.describe()
        + "], actual: ["
        + (actual == null ? "" : actual)
        + "]";
  }

  private Response response(Route route, Request finished) {
    Headers headers = responseHeaders.copy();
    int status = 200;
    switch (route) {
      case Route.DirectResponse direct -> {
        status = direct.status();
        if (direct.body().length > 0) {
          headers.set(HeaderName.CONTENT_LENGTH, Integer.toString(direct.body().length));
          headers.set(HeaderName.CONTENT_TYPE, "text/plain");
        }
      }
      case Route.Redirect redirect -> {
        status = redirect.status();
        headers.set(HeaderName.LOCATION, redirect.location(request));
      }
      case Route.None none -> status = 404;
      case Route.Forward forward -> {}
    }
    Response response = Response.of(status, headers, Body.EMPTY);
    return route instanceof Route.Matched matched
        ? matched.headers().apply(response, facts(finished, status, headers))
        : response;
  }

  private static Facts facts(Request request, int status, @Nullable Headers headers) {
    return new Facts() {
      @Override
      public Request request() {
        return request;
      }

      @Override
      public int responseCode() {
        return status;
      }

      @Override
      public @Nullable Headers responseHeaders() {
        return headers;
      }

      @Override
      public Protocol protocol() {
        return request.protocol();
      }

      @Override
      public String downstreamRemoteAddress() {
        return "127.0.0.1:0";
      }

      @Override
      public String downstreamDirectRemoteAddress() {
        return "127.0.0.1:0";
      }

      @Override
      public long startTimeMillis() {
        return 0;
      }

      @Override
      public long startNanos() {
        return 0;
      }
    };
  }

  private static HeaderMatch match(Object matcher) {
    var dump =
        new Dump(
            DumpSettings.builder().setDefaultFlowStyle(FlowStyle.FLOW).setWidth(10_000).build());
    var problems = new Problems();
    HeaderMatch match =
        HeaderMatchReader.read(
            ResourceReader.parse("envoy.config.route.v3.HeaderMatcher", dump.dumpToString(matcher)),
            true,
            problems);
    if (match == null) {
      throw new IllegalArgumentException(problems.text().strip());
    }
    return match;
  }

  private void compare(String what, String actual, List<String> wrong) {
    Object wanted = expected.get(what);
    if (wanted != null && !wanted.toString().equals(actual)) {
      wrong.add(what + ": expected: [" + wanted + "], actual: [" + actual + "]");
    }
  }

  private void fields(String what, Headers actual, List<String> wrong) {
    for (Object field : list(expected.get(what), name)) {
      Map<String, Object> header = map(field, what);
      String key = text(header, "key");
      String value = header.get("value") == null ? "" : text(header, "value");
      String found = actual.first(key);
      if (!value.equals(found == null ? "" : found)) {
        wrong.add(what + " " + key + ": expected: [" + value + "], actual: [" + found + "]");
      }
    }
  }
}
