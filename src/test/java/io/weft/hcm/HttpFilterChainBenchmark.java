package io.weft.hcm;

import io.weft.filter.HttpFilter;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.Route;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a chain of HTTP filters costs that each look at one header and go on. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HttpFilterChainBenchmark {
  /** Filters before the router. */
  @Param({"0", "1", "8"})
  public int filters;

  private final Facts connection = new Facts();
  private final Request request =
      Request.of("GET", "www.example.com", "/", Headers.of("host", "www.example.com"), Body.EMPTY);
  private final Response response = Response.of(200, Headers.of("server", "origin"), Body.EMPTY);
  private HttpFilter.Next chain;

  private record Facts() implements StreamInfo.ConnectionFacts {
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
      return "127.0.0.1:10000";
    }

    @Override
    public String filterChainName() {
      return null;
    }

    @Override
    public String listenerName() {
      return null;
    }
  }

  private static final class Looking implements HttpFilter {
    @Override
    public Response filter(Request request, StreamInfo stream, Next next) throws IOException {
      Response response = next.proceed(request, stream);
      if (request.headers().contains("x-unusual")) {
        response.headers().add("x-seen", "yes");
      }
      return response;
    }
  }

  /** Folds the chain. */
  @Setup
  public void fold() {
    List<HcmConfig.Named> named = new ArrayList<>();
    for (int i = 0; i < filters; i++) {
      named.add(new HcmConfig.Named("looking-" + i, new Looking(), true, false));
    }
    chain = HttpFilterChain.fold(named, (inner, stream) -> response);
  }

  /** One stream down the chain and back. */
  @Benchmark
  public Response stream() throws IOException {
    var stream = new StreamInfo(connection, 0, 0);
    stream.route(Route.NONE);
    return chain.proceed(request, stream);
  }
}
