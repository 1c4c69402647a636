package io.weft.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void capture() {
    Logging.start(LogLevel.INFO);
    Logging.redirect(out);
  }

  @AfterEach
  void restore() {
    Logging.flush(Duration.ofSeconds(5));
    Logging.redirect(new FileOutputStream(FileDescriptor.err));
    Logging.setLevel(LogLevel.INFO);
  }

  private List<String> lines() {
    assertThat(Logging.flush(Duration.ofSeconds(5))).isTrue();
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void eventIsOneLineWithTimeThreadLevelAndComponent() {
    LoggerFactory.getLogger("io.weft.filter.http.Sample").info("bound to {}", "0.0.0.0:80");
    assertThat(lines())
        .singleElement()
        .asString()
        .matches(
            "\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}]\\["
                + Thread.currentThread().getName()
                + "]\\[info]\\[filter\\.http] bound to 0\\.0\\.0\\.0:80");
  }

  @Test
  void controlCharactersCannotForgeALine() {
    LoggerFactory.getLogger("io.weft.x.Sample")
        .warn("path {}", "/a\r\n[2026] forged\u001b[31m\u0085\u2028 ä");
    assertThat(lines())
        .singleElement()
        .asString()
        .endsWith("path /a\\r\\n[2026] forged\\u001b[31m\\u0085\\u2028 ä");
  }

  @Test
  void stackTraceStaysOnTheLine() {
    LoggerFactory.getLogger("io.weft.x.Sample")
        .error("failed", new IllegalStateException("a\nb", new RuntimeException("inner")));
    assertThat(lines())
        .singleElement()
        .asString()
        .contains("failed: java.lang.IllegalStateException: a\\nb | at io.weft.logging.LoggingTest")
        .contains("caused by java.lang.RuntimeException: inner");
  }

  @Test
  void levelsChangeAtRunTime() {
    Logger log = LoggerFactory.getLogger("io.weft.sample.part.Sample");
    assertThat(log.isDebugEnabled()).isFalse();
    assertThat(Logging.setLevel("sample.part", LogLevel.TRACE)).isTrue();
    assertThat(log.isTraceEnabled()).isTrue();
    assertThat(Logging.levels()).containsEntry("sample.part", LogLevel.TRACE);
    Logging.setLevel(LogLevel.OFF);
    assertThat(log.isErrorEnabled()).isFalse();
    assertThat(Logging.setLevel("no.such.part", LogLevel.INFO)).isFalse();
    assertThat(Logging.setLevel("samp", LogLevel.INFO)).isFalse();
  }

  @Test
  void levelNamesAreEnvoys() {
    assertThat(LogLevel.of("warn")).isEqualTo(LogLevel.WARNING);
    assertThat(LogLevel.of("critical")).isEqualTo(LogLevel.CRITICAL);
    assertThat(LogLevel.of("loud")).isNull();
  }

  @Test
  void javaUtilLoggingArrivesHere() {
    Logging.bridge();
    System.getLogger("some.library").log(System.Logger.Level.WARNING, "from {0}", "elsewhere");
    assertThat(lines())
        .singleElement()
        .asString()
        .endsWith("[warning][some.library] from elsewhere");
  }

  @Test
  void fullQueueDropsAndCountsInsteadOfWaiting() {
    var stuck = new CountDownLatch(1);
    var written = new ByteArrayOutputStream();
    var slow =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("one byte at a time");
          }

          @Override
          public void write(byte[] bytes, int off, int len) {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            written.write(bytes, off, len);
          }
        };
    var output = new AsyncOutput(slow, 10);
    var context = new LoggerContext();
    output.setContext(context);
    output.start();
    for (int i = 0; i < 100; i++) {
      output.doAppend(
          new LoggingEvent("", context.getLogger("io.weft.x"), Level.INFO, "n" + i, null, null));
    }
    assertThat(output.dropped()).isEqualTo(90);
    assertThat(output.flush(System.nanoTime() + 1_000_000)).isFalse();
    stuck.countDown();
    // the writer may have taken its first lines, and counted, before the last ones came
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(told(written.toString(StandardCharsets.UTF_8))).isEqualTo(90));
    assertThat(output.flush(System.nanoTime() + 5_000_000_000L)).isTrue();
    output.stop();
  }

  /** How many lines the output says were dropped, in all. */
  private static int told(String text) {
    return Pattern.compile("\\[log\\] (\\d+) lines dropped")
        .matcher(text)
        .results()
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .sum();
  }

  @Test
  void repeatedErrorsAreCountedNotPrinted() {
    var limited =
        LimitedLog.of(LoggerFactory.getLogger("io.weft.x.Sample"), 2, Duration.ofMillis(50));
    for (int i = 0; i < 10; i++) {
      limited.warn("refused {}", i);
    }
    long end = System.nanoTime() + 60_000_000;
    Awaitility.await().until(() -> System.nanoTime() > end);
    limited.warn("refused {}", 10);
    var lines = lines();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(2)).endsWith("refused 10 (8 more like it since the last)");
  }
}
