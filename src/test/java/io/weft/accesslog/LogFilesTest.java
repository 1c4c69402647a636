package io.weft.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import io.weft.format.Format;
import io.weft.format.FormatException;
import io.weft.format.Line;
import io.weft.stats.Stats;
import io.weft.testing.TestFacts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
  private static final LogFilesConfig NEVER_BY_TIME =
      new LogFilesConfig(Duration.ofHours(1), 4096, 1 << 20);

  private final Stats stats = new Stats();
  private final Carriers carriers = Carriers.start(new CarriersConfig(2, PollerKind.AUTO, false));
  @TempDir private Path dir;

  @AfterEach
  void stop() {
    carriers.close();
  }

  private long counter(String name) {
    return stats.counter("access_log_file." + name).value();
  }

  private static Format format() {
    try {
      return Format.text("%REQ(:PATH)%\n", false);
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  /** Logs {@code count} lines on each carrier and waits until that is done. */
  private void logOnCarriers(LogFile file, int count, String path) throws InterruptedException {
    var done = new CountDownLatch(carriers.size());
    for (var carrier : carriers.all()) {
      carrier.start(() -> {
        for (int i = 0; i < count; i++) {
          file.append(format(), TestFacts.get(path + carrier.index() + "/" + i));
        }
        done.countDown();
      });
    }
    done.await();
  }

  @Test
  void linesOfAllCarriersAreWrittenWhenLargeEnoughOrOldEnough() throws Exception {
    Path path = dir.resolve("access.log");
    var config = new LogFilesConfig(Duration.ofMillis(20), 4096, 1 << 20);
    try (var files = new LogFiles(config, stats)) {
      LogFile file = files.open(path.toString());
      assertThat(files.open(path.toString())).isSameAs(file);
      logOnCarriers(file, 1000, "/");
      await().untilAsserted(() -> assertThat(Files.readAllLines(path)).hasSize(2000));
      assertThat(Files.readAllLines(path)).contains("/0/0", "/0/999", "/1/0", "/1/999");
      await().until(() -> stats.gauge("access_log_file.write_total_buffered").value() == 0);
    }
    assertThat(counter("write_buffered")).isEqualTo(2000);
    assertThat(counter("flushed_by_timer")).isPositive();
    assertThat(counter("write_completed")).isBetween(4L, 100L);
    assertThat(counter("dropped")).isZero();
  }

  @Test
  void nothingIsLostAtTheEnd() throws Exception {
    Path path = dir.resolve("access.log");
    try (var files = new LogFiles(NEVER_BY_TIME, stats)) {
      LogFile file = files.open(path.toString());
      logOnCarriers(file, 3, "/a");
      file.append(format(), TestFacts.get("/elsewhere"));
      files.reopen();
      await().untilAsserted(() -> assertThat(Files.readAllLines(path)).hasSize(7));
      logOnCarriers(file, 2, "/b");
      carriers.close();
    }
    assertThat(Files.readAllLines(path)).hasSize(11).contains("/elsewhere", "/b1/1");
  }

  @Test
  void fileIsAppendedToAndReopened() throws Exception {
    Path path = dir.resolve("access.log");
    Files.writeString(path, "before\n");
    Path rotated = dir.resolve("access.log.1");
    try (var files = new LogFiles(NEVER_BY_TIME, stats)) {
      LogFile file = files.open(path.toString());
      file.append(format(), TestFacts.get("/one"));
      await().untilAsserted(() -> assertThat(path).hasContent("before\n/one\n"));
      logOnCarriers(file, 1, "/gathered");
      Files.move(path, rotated);
      files.reopen();
      await().until(() -> Files.exists(path));
      file.append(format(), TestFacts.get("/two"));
      await().untilAsserted(() -> assertThat(path).hasContent("/two\n"));
      assertThat(Files.readAllLines(rotated))
          .containsExactlyInAnyOrder("before", "/one", "/gathered0/0", "/gathered1/0");

      Files.delete(path);
      Files.createDirectory(path);
      files.reopen();
      await().until(() -> counter("reopen_failed") == 1);
      file.append(format(), TestFacts.get("/three"));
      await().until(() -> counter("write_completed") == 5);
    }
  }

  @Test
  void fullDiskCostsLinesAndNothingElse() throws Exception {
    try (var files = new LogFiles(NEVER_BY_TIME, stats)) {
      LogFile file = files.open("/dev/full");
      logOnCarriers(file, 500, "/some/path/that/takes/room/");
      files.reopen();
      await().untilAsserted(() -> assertThat(counter("dropped")).isEqualTo(1000));
      assertThat(counter("write_failed")).isPositive();
      assertThat(counter("write_buffered")).isEqualTo(1000);
      assertThat(stats.gauge("access_log_file.write_total_buffered").value()).isZero();
    }
  }

  @Test
  void writerThatIsTooFarBehindDropsWholeBuffers() throws Exception {
    Path path = dir.resolve("slow.log");
    var writer =
        new LogWriter(
            "slow",
            () -> FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            100,
            new LogFileStats(stats)); // not started: it does not get to write anything
    for (int i = 0; i < 4; i++) {
      Line line = writer.emptyLine();
      for (int k = 0; k < 4; k++) {
        format().render(TestFacts.get("/2345678"), line);
      }
      Line next = writer.offer(line, 4);
      assertThat(next.length()).isZero();
    }
    assertThat(counter("dropped")).isEqualTo(8);
    assertThat(stats.gauge("access_log_file.write_total_buffered").value()).isEqualTo(72);
    writer.start();
    writer.close(2_000);
    assertThat(Files.readAllLines(path)).hasSize(8);
  }

  @Test
  void brokenFormatLeavesNoHalfLine() throws Exception {
    Path path = dir.resolve("access.log");
    Format broken = Format.text("start %REQ(:PATH)% %BYTES_SENT%\n", false);
    var facts =
        new TestFacts() {
          @Override
          public long bytesSent() {
            throw new IllegalStateException("stream is over");
          }
        };
    try (var files = new LogFiles(NEVER_BY_TIME, stats)) {
      LogFile file = files.open(path.toString());
      var failed = new CountDownLatch(1);
      carriers
          .all()
          .getFirst()
          .start(() -> {
            try {
              file.append(broken, facts);
            } catch (IllegalStateException e) {
              failed.countDown();
            }
            file.append(format(), TestFacts.get("/good"));
          });
      failed.await();
      files.reopen();
      await().untilAsserted(() -> assertThat(path).hasContent("/good\n"));
    }
  }

  @Test
  void fileThatCannotBeOpenedIsAnError() {
    try (var files = new LogFiles(NEVER_BY_TIME, stats)) {
      assertThatThrownBy(() -> files.open(dir.resolve("none/at/all").toString()))
          .isInstanceOf(IOException.class);
    }
  }
}
