package io.weft.accesslog;

import io.weft.stats.Stats;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The log files of the process by path. Shared; opened by the main thread, each path once, and open
 * until the end.
 */
public final class LogFiles implements AutoCloseable {
  /** The path that stands for the standard output. */
  public static final String STDOUT = "/dev/stdout";

  /** The path that stands for the standard error. */
  public static final String STDERR = "/dev/stderr";

  /** Somebody may be looking at a standard stream. */
  private static final Duration STREAM_FLUSH = Duration.ofMillis(100);

  private static final long COLLECT_MILLIS = 1_000;
  private static final long CLOSE_MILLIS = 2_000;

  private final LogFilesConfig config;
  private final LogFileStats stats;
  private final Map<String, LogFile> files = new HashMap<>();
  private boolean isClosed;

  /** No file yet. */
  public LogFiles(LogFilesConfig config, Stats stats) {
    this.config = config;
    this.stats = new LogFileStats(stats);
  }

  /**
   * The file of that path, opened for appending or made if it is not there; blocks on the disk.
   *
   * @throws IOException if it cannot be opened
   */
  public synchronized LogFile open(String path) throws IOException {
    if (isClosed) {
      throw new IOException("access logs have been closed");
    }
    LogFile open = files.get(path);
    if (open != null) {
      return open;
    }
    FileDescriptor standard = standard(path);
    LogWriter.Opener opener;
    if (standard != null) {
      opener = () -> new KeptOpen(standard).getChannel();
    } else {
      Path file;
      try {
        file = Path.of(path);
      } catch (InvalidPathException e) {
        throw new IOException(e.getMessage(), e);
      }
      opener =
          () ->
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.APPEND);
    }
    var writer = new LogWriter(path, opener, config.maxQueuedBytes(), stats);
    Duration flush = config.flushInterval();
    if (standard != null && flush.compareTo(STREAM_FLUSH) > 0) {
      flush = STREAM_FLUSH;
    }
    var file = new LogFile(writer, config, flush.toNanos(), stats);
    files.put(path, file);
    writer.start();
    return file;
  }

  private static @Nullable FileDescriptor standard(String path) {
    return switch (path) {
      case STDOUT -> FileDescriptor.out;
      case STDERR -> FileDescriptor.err;
      default -> null;
    };
  }

  /** A standard stream, which opening anew must not close. */
  private static final class KeptOpen extends FileOutputStream {
    KeptOpen(FileDescriptor descriptor) {
      super(descriptor);
    }

    @Override
    public void close() {
      // others write there, too
    }
  }

  /**
   * Opens every file anew, as {@code POST /reopen_logs} asks. What has been logged so far goes to
   * the old file, which a rotation has renamed: blocks until carriers have handed it over, a second
   * a file at most.
   */
  public synchronized void reopen() {
    try {
      for (LogFile file : files.values()) {
        file.collect(COLLECT_MILLIS);
        file.writer().reopen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Writes what is left and closes the files; blocks for two seconds a file at most. To be called
   * when the carriers have been stopped.
   */
  @Override
  public synchronized void close() {
    isClosed = true;
    try {
      for (LogFile file : files.values()) {
        file.collectFromStopped();
        file.writer().close(CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
