package io.weft.filter.http.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.http.Body;
import io.weft.http.BodyTooLargeException;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.schema.ResourceReader;
import io.weft.testing.FilterRun;
import io.weft.testing.TestScope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BufferFilterTest {
  private static FilterRun run() {
    return FilterRun.of(new BufferFactory(), "max_request_bytes: 10");
  }

  private static Request chunked(String body, @Nullable Headers trailers) {
    var stream = new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8));
    return Request.of(
        "POST",
        "example.com",
        "/",
        Headers.of("transfer-encoding", "chunked"),
        Body.lazily(() -> stream, () -> trailers));
  }

  private static String text(Request request) throws IOException {
    return new String(request.body().inputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void wholeBodyIsThereBeforeTheRequestGoesOn() throws Exception {
    var run = run();
    run.send(chunked("0123456789", null));
    assertThat(run.received().body().length()).isEqualTo(10);
    assertThat(text(run.received())).isEqualTo("0123456789");
    assertThat(run.received().headers().first("content-length")).isEqualTo("10");
    assertThat(run.received().headers().contains("transfer-encoding")).isFalse();
  }

  @Test
  void trailersKeepTheBodyChunked() throws Exception {
    var run = run();
    run.send(chunked("abc", Headers.of("x-sum", "1")));
    assertThat(run.received().headers().contains("content-length")).isFalse();
    assertThat(run.received().body().trailers()).isNotNull();
  }

  @Test
  void longerBodyIsRefused() {
    var run = run();
    assertThatThrownBy(() -> run.send(chunked("0123456789a", null)))
        .isInstanceOf(BodyTooLargeException.class);
    assertThatThrownBy(() -> run.send(FilterRun.post("/", "0123456789a")))
        .isInstanceOf(BodyTooLargeException.class);
    assertThat(run.hasProceeded()).isFalse();
  }

  @Test
  void requestWithoutBodyPassesAsItIs() throws Exception {
    var run = run();
    run.send(FilterRun.get("/"));
    assertThat(run.received().headers().contains("content-length")).isFalse();
  }

  @Test
  void routeMayDisableOrChangeTheLimit() throws Exception {
    var off = run().onRoute("disabled: true");
    off.send(chunked("0123456789abcdef", null));
    assertThat(off.received().headers().contains("content-length")).isFalse();
    var more = run().onRoute("buffer: {max_request_bytes: 16}");
    more.send(chunked("0123456789abcdef", null));
    assertThat(more.received().headers().first("content-length")).isEqualTo("16");
  }

  @Test
  void limitThatIsNoneIsRefused() {
    var scope = new TestScope();
    var factory = new BufferFactory();
    factory.create(
        "b", ResourceReader.parse(factory.type(), "max_request_bytes: 4294967295"), scope);
    assertThat(scope.problems().text())
        .contains("max_request_bytes: 4294967295 (expected: 1-2147483639)");
  }
}
