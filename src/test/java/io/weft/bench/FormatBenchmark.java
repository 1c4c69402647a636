package io.weft.bench;

import io.weft.format.Format;
import io.weft.format.FormatException;
import io.weft.format.Line;
import io.weft.testing.TestFacts;
import java.util.LinkedHashMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one line of an access log costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FormatBenchmark {
  private final Line line = new Line(1024);
  private final TestFacts facts = TestFacts.proxied();
  private Format text;
  private Format json;

  /** Compiles the formats. */
  public FormatBenchmark() {
    try {
      text = Format.text(Format.DEFAULT, false);
      var template = new LinkedHashMap<String, Object>();
      template.put("time", "%START_TIME%");
      template.put("method", "%REQ(:METHOD)%");
      template.put("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%");
      template.put("code", "%RESPONSE_CODE%");
      template.put("flags", "%RESPONSE_FLAGS%");
      template.put("bytes", "%BYTES_SENT%");
      template.put("duration", "%DURATION%");
      template.put("request_id", "%REQ(X-REQUEST-ID)%");
      template.put("upstream", "%UPSTREAM_HOST%");
      json = Format.json(template, false);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Envoy's default line. */
  @Benchmark
  public int defaultLine() {
    line.truncate(0);
    text.render(facts, line);
    return line.length();
  }

  /** A JSON line of nine fields. */
  @Benchmark
  public int jsonLine() {
    line.truncate(0);
    json.render(facts, line);
    return line.length();
  }
}
