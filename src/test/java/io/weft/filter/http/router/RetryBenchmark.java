package io.weft.filter.http.router;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.RetryPolicy;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a retry policy costs a request whose first answer is good. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RetryBenchmark {
  private static final RetryPolicy OFF = RetryPolicy.OF_HEADERS;

  private final RetryPolicy policy =
      new RetryPolicy(
          Set.of(RetryPolicy.On.SERVER_ERROR),
          2,
          null,
          null,
          Set.of(),
          OFF.responseHeaders(),
          OFF.requestHeaders(),
          OFF.baseInterval(),
          OFF.maxInterval(),
          OFF.resetHeaders(),
          OFF.resetMaxInterval(),
          OFF.avoid(),
          OFF.priorityUpdates(),
          OFF.hostAttempts());
  private final Request request =
      Request.of("GET", "a.test", "/", Headers.of("host", "a.test", "accept", "*/*"), Body.EMPTY);
  private final Response response = Response.of(200, Headers.of("server", "x"), Body.EMPTY);

  /** Nothing is said of retries. */
  @Benchmark
  public boolean noPolicy() {
    return wants(null);
  }

  /** The rules are made and the answer judged. */
  @Benchmark
  public boolean policyUnused() {
    return wants(policy);
  }

  private boolean wants(@Nullable RetryPolicy of) {
    RetryRules rules = RetryRules.of(of, request);
    return rules != null && rules.wants(response);
  }
}
