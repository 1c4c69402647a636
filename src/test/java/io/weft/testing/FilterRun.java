package io.weft.testing;

import io.weft.extension.HttpFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.schema.ResourceReader;
import io.weft.stream.RouteView;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs one HTTP filter on its own: no connection, no carrier, no upstream host. Belongs to the
 * thread of the test; one stream each.
 *
 * <pre>{@code
 * var run = FilterRun.of(new BufferFactory(), "max_request_bytes: 10");
 * var response = run.send(FilterRun.post("/", "hello"));
 * assertThat(run.received().headers().first("content-length")).isEqualTo("5");
 * }</pre>
 */
public final class FilterRun {
  private static final String NAME = "under-test";

  private final HttpFilter filter;
  private final @Nullable HttpFilterFactory factory;
  private final TestScope scope;
  private final List<Object> routeConfigs = new ArrayList<>();
  private final StreamInfo stream = new StreamInfo(new Connection(), System.nanoTime(), 0);
  private Function<Request, Response> upstream =
      request -> Response.of(200, Headers.of("content-length", "2"), Body.of("ok"));
  private @Nullable Request received;

  private FilterRun(HttpFilter filter, @Nullable HttpFilterFactory factory, TestScope scope) {
    this.filter = filter;
    this.factory = factory;
    this.scope = scope;
  }

  /** A filter made by hand. */
  public static FilterRun of(HttpFilter filter) {
    return new FilterRun(filter, null, new TestScope());
  }

  /** A filter as its factory makes it of these settings; a mistake in them fails the test. */
  public static FilterRun of(HttpFilterFactory factory, String yaml) {
    var scope = new TestScope();
    var filter = factory.create(NAME, ResourceReader.parse(factory.type(), yaml), scope);
    scope.problems().throwIfAny();
    return new FilterRun(filter, factory, scope);
  }

  /** Settings on the route, more specific than those given before. */
  public FilterRun onRoute(String yaml) {
    var made = Objects.requireNonNull(factory, "made by hand: no settings on routes");
    routeConfigs.add(made.routeConfig(ResourceReader.parse(made.routeType(), yaml), scope));
    scope.problems().throwIfAny();
    return this;
  }

  /** What the end of the chain answers; 200 with "ok" without this. */
  public FilterRun upstream(Function<Request, Response> answer) {
    upstream = answer;
    return this;
  }

  /** A request without a body; names and values of headers in turn. */
  public static Request get(String path, String... headers) {
    return Request.of("GET", "example.com", path, Headers.of(headers), Body.EMPTY);
  }

  /** A request with a body. */
  public static Request post(String path, String body, String... headers) {
    return Request.of("POST", "example.com", path, Headers.of(headers), Body.of(body));
  }

  /** Sends the request through the filter. */
  public Response send(Request request) throws IOException {
    stream.route(new Route(List.copyOf(routeConfigs)));
    stream.request(request);
    return filter.filter(
        request,
        stream,
        (inner, info) -> {
          if (received != null) {
            throw new IllegalStateException("proceed was called twice");
          }
          received = inner;
          return upstream.apply(inner);
        });
  }

  /** The request as it came to the end of the chain. */
  public Request received() {
    return Objects.requireNonNull(received, "no request came to the end of the chain");
  }

  /** Whether the filter let the request pass. */
  public boolean hasProceeded() {
    return received != null;
  }

  public StreamInfo stream() {
    return stream;
  }

  private record Route(List<Object> configs) implements RouteView {
    @Override
    public String name() {
      return "test-route";
    }

    @Override
    public String virtualHostName() {
      return "test-host";
    }

    @Override
    public String clusterName() {
      return "test-cluster";
    }

    @Override
    public @Nullable Object filterConfig(String filterName) {
      return configs.isEmpty() ? null : configs.getLast();
    }

    @Override
    public List<Object> filterConfigs(String filterName) {
      return configs;
    }
  }

  private record Connection() implements StreamInfo.ConnectionFacts {
    @Override
    public long id() {
      return 1;
    }

    @Override
    public String remoteAddress() {
      return "127.0.0.1:50000";
    }

    @Override
    public String localAddress() {
      return "127.0.0.1:80";
    }

    @Override
    public @Nullable String filterChainName() {
      return null;
    }

    @Override
    public @Nullable String listenerName() {
      return null;
    }
  }
}
