package io.weft.accesslog;

import io.weft.format.Line;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The platform thread that writes one file, and the queue before it. Any thread may offer; none of
 * them ever waits.
 */
final class LogWriter {
  private static final Logger log = LoggerFactory.getLogger(LogWriter.class);
  private static final int MAX_SPARE = 8;
  private static final int FIRST_CAPACITY = 4 * 1024;

  /** Opens the file. */
  interface Opener {
    FileChannel open() throws IOException;
  }

  /** Whole lines; none of them asks for the file to be opened anew at this point. */
  private record Chunk(Line line, int lines) {}

  private final String path;
  private final Opener opener;
  private final long maxQueuedBytes;
  private final LogFileStats stats;
  private final ConcurrentLinkedQueue<Chunk> queue = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Line> spare = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Thread thread;
  private volatile boolean isClosing;
  private volatile boolean isIdle;

  // the writer's own
  private FileChannel channel;
  private boolean endsInsideLine;
  private boolean isFailing;

  LogWriter(String path, Opener opener, long maxQueuedBytes, LogFileStats stats)
      throws IOException {
    this.path = path;
    this.opener = opener;
    this.maxQueuedBytes = maxQueuedBytes;
    this.stats = stats;
    this.channel = opener.open();
    this.thread = Thread.ofPlatform().name("log-" + path).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** A line to render into. */
  Line emptyLine() {
    Line line = spare.poll();
    return line == null ? new Line(FIRST_CAPACITY) : line;
  }

  /**
   * Takes over a buffer of whole lines, or drops it if too much is waiting already.
   *
   * @return an empty buffer in exchange
   */
  Line offer(Line line, int lines) {
    int length = line.length();
    if (queuedBytes.addAndGet(length) > maxQueuedBytes || isClosing) {
      queuedBytes.addAndGet(-length);
      stats.dropped.add(lines);
      line.truncate(0);
      return line;
    }
    stats.writeTotalBuffered.add(length);
    queue.add(new Chunk(line, lines));
    if (isIdle) {
      LockSupport.unpark(thread);
    }
    return emptyLine();
  }

  /** The file is opened anew behind what has been offered so far. From any thread. */
  void reopen() {
    queue.add(new Chunk(new Line(0), 0));
    LockSupport.unpark(thread);
  }

  /** Takes nothing any more; blocks until all is written, or until {@code millis} have passed. */
  void close(long millis) throws InterruptedException {
    isClosing = true;
    LockSupport.unpark(thread);
    thread.join(millis);
  }

  private void run() {
    while (true) {
      Chunk chunk = queue.poll();
      if (chunk != null && chunk.lines == 0) {
        openAgain();
      } else if (chunk != null) {
        write(chunk);
      } else if (isClosing) {
        closeQuietly(channel);
        return;
      } else {
        isIdle = true;
        if (queue.isEmpty() && !isClosing) {
          LockSupport.park(this);
        }
        isIdle = false;
      }
    }
  }

  private void openAgain() {
    try {
      FileChannel next = opener.open();
      closeQuietly(channel);
      channel = next;
      endsInsideLine = false;
      isFailing = false;
    } catch (IOException e) {
      stats.reopenFailed.inc();
      log.error(
          "access log {} cannot be opened again, goes on with the old file: {}",
          path,
          e.toString());
    }
  }

  private void write(Chunk chunk) {
    Line line = chunk.line;
    var bytes = ByteBuffer.wrap(line.bytes(), 0, line.length());
    try {
      if (endsInsideLine) {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        endsInsideLine = false;
      }
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      stats.writeCompleted.inc();
      if (isFailing) {
        isFailing = false;
        log.info("access log {} is written again", path);
      }
    } catch (IOException e) {
      failed(chunk, bytes, e);
    }
    queuedBytes.addAndGet(-line.length());
    stats.writeTotalBuffered.sub(line.length());
    line.truncate(0);
    if (spare.size() < MAX_SPARE) {
      spare.add(line);
    }
  }

  private void failed(Chunk chunk, ByteBuffer rest, IOException cause) {
    stats.writeFailed.inc();
    byte[] bytes = chunk.line.bytes();
    int lost = 0;
    for (int i = rest.position(); i < rest.limit(); i++) {
      lost += bytes[i] == '\n' ? 1 : 0;
    }
    stats.dropped.add(Math.clamp(lost, 1, chunk.lines));
    endsInsideLine |= rest.position() > 0 && bytes[rest.position() - 1] != '\n';
    if (!isFailing) { // once until it works again: the disk may stay full for hours
      isFailing = true;
      log.error("access log {} cannot be written, lines are dropped: {}", path, cause.toString());
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      log.warn("closing an access log: {}", e.toString());
    }
  }
}
