package io.weft.accesslog;

import io.weft.carrier.Carrier;
import io.weft.format.Facts;
import io.weft.format.Format;
import io.weft.format.Line;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file that log lines go to; shared by all loggers of its path.
 *
 * <p>Each carrier renders into a batch of its own. A batch goes to the {@link LogWriter} when it is
 * large enough or its first line old enough; handing over takes no lock and waits for nothing, so a
 * slow or full disk costs lines, never requests.
 */
public final class LogFile {
  private final LogWriter writer;
  private final LogFilesConfig config;
  private final long flushNanos;
  private final LogFileStats stats;
  private final Object elsewhere = new Object();
  private volatile Batch[] batches = new Batch[0]; // by the carrier's number; grown under the lock

  /** The lines that one carrier has gathered. Confined to the carrier. */
  private final class Batch {
    private final Carrier carrier;
    private Line line = writer.emptyLine();
    private int lines;
    private boolean isTimed;

    Batch(Carrier carrier) {
      this.carrier = carrier;
    }

    void append(Format format, Facts facts) {
      render(format, facts, line);
      lines++;
      if (line.length() >= config.flushBytes()) {
        handOver();
      } else if (!isTimed) {
        isTimed = true;
        carrier.schedule(flushNanos, this::onTimer);
      }
    }

    private void onTimer() {
      isTimed = false;
      if (lines > 0) {
        stats.flushedByTimer.inc();
        handOver();
      }
    }

    void handOver() {
      if (lines > 0) {
        line = writer.offer(line, lines);
        lines = 0;
      }
    }
  }

  LogFile(LogWriter writer, LogFilesConfig config, long flushNanos, LogFileStats stats) {
    this.writer = writer;
    this.config = config;
    this.flushNanos = flushNanos;
    this.stats = stats;
  }

  /** Adds a line. On a carrier this does not block; other threads hand over line by line. */
  void append(Format format, Facts facts) {
    Carrier carrier = Carrier.currentOrNull();
    if (carrier != null) {
      batch(carrier).append(format, facts);
    } else {
      Line line = writer.emptyLine();
      render(format, facts, line);
      writer.offer(line, 1);
    }
    stats.writeBuffered.inc();
  }

  private static void render(Format format, Facts facts, Line line) {
    int start = line.length();
    try {
      format.render(facts, line);
    } catch (RuntimeException e) {
      line.truncate(start); // half a line would take the next one with it
      throw e;
    }
  }

  private Batch batch(Carrier carrier) {
    Batch[] now = batches;
    int index = carrier.index();
    if (index < now.length) {
      Batch batch = now[index];
      if (batch != null && isOf(batch, carrier)) {
        return batch;
      }
    }
    return add(carrier);
  }

  @SuppressWarnings("ReferenceEquality") // a carrier is itself and no other
  private static boolean isOf(Batch batch, Carrier carrier) {
    return batch.carrier == carrier;
  }

  private Batch add(Carrier carrier) {
    synchronized (elsewhere) {
      Batch[] now = batches;
      var grown = Arrays.copyOf(now, Math.max(now.length, carrier.index() + 1));
      Batch old = grown[carrier.index()];
      if (old != null) {
        old.handOver(); // its carrier has been stopped and this one started in its place
      }
      var batch = new Batch(carrier);
      grown[carrier.index()] = batch;
      batches = grown;
      return batch;
    }
  }

  /**
   * Hands over what carriers have gathered so far; blocks until they have done so, or until {@code
   * millis} have passed.
   *
   * @return whether all of them have
   */
  boolean collect(long millis) throws InterruptedException {
    Batch[] now = batches;
    var done = new CountDownLatch(now.length);
    for (@Nullable Batch batch : now) {
      if (batch == null) {
        done.countDown();
      } else {
        batch.carrier.execute(() -> {
          batch.handOver();
          done.countDown();
        });
      }
    }
    return done.await(millis, TimeUnit.MILLISECONDS);
  }

  /** As {@link #collect}, for carriers that have been stopped. */
  void collectFromStopped() {
    for (@Nullable Batch batch : batches) {
      if (batch != null) {
        batch.handOver();
      }
    }
  }

  LogWriter writer() {
    return writer;
  }
}
