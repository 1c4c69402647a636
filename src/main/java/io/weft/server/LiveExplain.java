package io.weft.server;

import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import io.weft.explain.Explain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A question of {@code weft explain} as it was typed; asked here, or of a running proxy. */
record LiveExplain(
    String method,
    String url,
    List<String> headers,
    String listener,
    String random,
    String bodySize,
    List<String> runtime) {
  private static final int MOST_BYTES = 4 << 20;

  /**
   * The question.
   *
   * @throws IllegalArgumentException if a part of it is none
   */
  Explain.Question question() {
    return Explain.Question.of(method, url, headers, listener, number("--random", random))
        .withBody(number("--body-size", bodySize))
        .withRuntime(runtime);
  }

  private static long number(String option, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + ": '" + text + "' (expected: a number)", e);
    }
  }

  /** Asks the admin server at {@code address} and prints what it says; the exit code. */
  int ask(String address, String format) {
    WebClient client =
        WebClient.builder()
            .baseUri("http://" + address)
            .connectTimeout(Duration.ofSeconds(5))
            .readTimeout(Duration.ofSeconds(60))
            .followRedirects(false)
            .build();
    try (HttpClientResponse response =
        client
            .get("/explain")
            .queryParam("method", method)
            .queryParam("url", url)
            .queryParam("headers", String.join("\n", headers))
            .queryParam("listener", listener)
            .queryParam("random", random)
            .queryParam("body_size", bodySize)
            .queryParam("runtime", String.join("\n", runtime))
            .queryParam("format", format)
            .request()) {
      byte[] body = response.entity().inputStream().readNBytes(MOST_BYTES);
      String text = new String(body, StandardCharsets.UTF_8);
      if (response.status().code() == 200) {
        Console.print(text);
        return ExitCode.OK;
      }
      Console.error(
          "weft explain: " + address + " answers " + response.status() + ": " + text.strip());
    } catch (IOException
        | UncheckedIOException
        | IllegalStateException
        | IllegalArgumentException e) {
      Console.error("weft explain: " + address + ": " + e.getMessage());
    } finally {
      client.closeResource();
    }
    return ExitCode.REFUSED;
  }
}
