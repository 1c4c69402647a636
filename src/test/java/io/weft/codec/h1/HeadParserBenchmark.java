package io.weft.codec.h1;

import io.weft.codec.ProtocolException;
import io.weft.http.Headers;
import java.nio.charset.StandardCharsets;
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

/** What parsing a head costs: a bare request, one of a browser, a response. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HeadParserBenchmark {
  private final HeadParser requests = new HeadParser(HeadLimits.DEFAULT, true);
  private final HeadParser responses = new HeadParser(HeadLimits.DEFAULT, false);

  private final byte[] bare = bytes("GET /api/v1/items HTTP/1.1\r\nHost: www.example.com\r\n\r\n");

  private final byte[] browser =
      bytes(
          """
          GET /api/v1/items?page=2 HTTP/1.1\r
          Host: www.example.com\r
          User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
          Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r
          Accept-Language: en-US,en;q=0.5\r
          Accept-Encoding: gzip, deflate, br, zstd\r
          DNT: 1\r
          Upgrade-Insecure-Requests: 1\r
          Sec-Fetch-Dest: document\r
          Sec-Fetch-Mode: navigate\r
          Sec-Fetch-Site: none\r
          Cookie: session=6a1f0c6e2b7d4b0f9d3c5e8a7b6c5d4e; theme=dark; lang=en\r
          \r
          """);

  private final byte[] response =
      bytes(
          """
          HTTP/1.1 200 OK\r
          Server: origin\r
          Date: Sun, 22 Nov 2026 17:00:00 GMT\r
          Content-Type: application/octet-stream\r
          Content-Length: 1024\r
          Connection: keep-alive\r
          \r
          """);

  /** One field. */
  @Benchmark
  public int bareRequest() throws ProtocolException {
    return requests.parseRequest(bare, bare.length, Headers.over(bare, bare.length));
  }

  /** The eleven fields a browser sends. */
  @Benchmark
  public int browserRequest() throws ProtocolException {
    return requests.parseRequest(browser, browser.length, Headers.over(browser, browser.length));
  }

  /** What an origin answers. */
  @Benchmark
  public int response() throws ProtocolException {
    return responses.parseResponse(
        response, response.length, Headers.over(response, response.length));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
