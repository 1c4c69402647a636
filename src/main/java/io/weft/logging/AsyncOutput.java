package io.weft.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A bounded queue of lines and the platform thread that writes them. Who logs never waits: when the
 * output is slower than the lines come and the queue is full, a line is dropped and counted.
 */
final class AsyncOutput extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final int BATCH_BYTES = 64 * 1024;

  private final ConcurrentLinkedQueue<String> queue = new ConcurrentLinkedQueue<>();

  /**
   * Lines queued and not yet written; separate from the queue, whose size would be counted anew.
   */
  private final AtomicInteger pending = new AtomicInteger();

  private final LongAdder dropped = new LongAdder();
  private final int capacity;
  private final Thread writer;
  private volatile OutputStream out;
  private volatile boolean asleep;

  AsyncOutput(OutputStream out, int capacity) {
    this.out = out;
    this.capacity = capacity;
    this.writer = Thread.ofPlatform().name("log-writer").daemon().unstarted(this::write);
  }

  @Override
  public void start() {
    super.start();
    writer.start();
  }

  /** Lines from now on go to {@code out}; the former output is not closed. */
  void redirect(OutputStream out) {
    this.out = out;
  }

  /** How many lines were dropped because the queue was full. */
  long dropped() {
    return dropped.sum();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (pending.get() >= capacity) { // may be exceeded by the threads that pass here at once
      dropped.increment();
      return;
    }
    pending.incrementAndGet();
    queue.add(LogLine.of(event));
    if (asleep) {
      asleep = false;
      LockSupport.unpark(writer);
    }
  }

  /** Waits until what was logged before is written, or until the deadline. */
  boolean flush(long deadlineNanos) {
    while (pending.get() > 0) {
      if (System.nanoTime() - deadlineNanos >= 0 || !writer.isAlive()) {
        return false;
      }
      LockSupport.unpark(writer);
      LockSupport.parkNanos(1_000_000);
    }
    return true;
  }

  private void write() {
    long told = 0;
    var batch = new StringBuilder();
    while (isStarted() || !queue.isEmpty()) {
      int lines = 0;
      String line;
      while (batch.length() < BATCH_BYTES && (line = queue.poll()) != null) {
        batch.append(line);
        lines++;
      }
      long lost = dropped.sum();
      if (lines == 0 && lost == told) {
        sleep();
        continue;
      }
      if (lost > told) {
        batch.append("[log] ").append(lost - told).append(" lines dropped: output too slow\n");
        told = lost;
      }
      try {
        var target = out;
        target.write(batch.toString().getBytes(StandardCharsets.UTF_8));
        target.flush();
      } catch (IOException e) {
        dropped.add(lines); // a disk full or a closed pipe: nowhere left to say so
        told += lines;
      }
      batch.setLength(0);
      pending.addAndGet(-lines);
    }
  }

  private void sleep() {
    asleep = true;
    if (queue.isEmpty()) {
      LockSupport.parkNanos(this, 1_000_000_000L);
    }
    asleep = false;
  }
}
