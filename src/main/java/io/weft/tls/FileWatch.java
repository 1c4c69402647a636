package io.weft.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that files have changed and has what was made of them made anew. Looks once a second at
 * what each path leads to, so a symbolic link that is set to another directory counts as a change,
 * which notifications of the system would miss. A thread of its own.
 */
final class FileWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);
  private static final long INTERVAL_MILLIS = 1000;

  /** Looks after which nobody can have the old in hand: making an engine of it takes no wait. */
  private static final int ROUNDS_KEPT = 10;

  /** Six hours: a ticket lasts two, and the key before the last still opens it. */
  private static final long ROTATION_ROUNDS = 6 * 3600;

  private final List<Renewable> all;
  private final Map<Renewable, List<String>> seen = new HashMap<>();
  private final List<Retired> retired = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private long round;

  private record Retired(long round, Runnable free) {}

  private FileWatch(List<Renewable> all) {
    this.all = all;
    all.forEach(each -> seen.put(each, state(each)));
    thread = Thread.ofPlatform().daemon().name("tls-files").unstarted(this::run);
  }

  static FileWatch start(List<Renewable> all) {
    var watch = new FileWatch(all);
    watch.thread.start();
    return watch;
  }

  private void run() {
    try {
      while (!end.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        round++;
        all.forEach(this::look);
        if (round % ROTATION_ROUNDS == 0) {
          all.forEach(Renewable::rotate);
        }
        free(round - ROUNDS_KEPT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(Renewable each) {
    List<String> now = state(each);
    if (now.equals(seen.put(each, now))) {
      return;
    }
    try {
      retired.add(new Retired(round, each.renew()));
      log.info("certificates taken over: {}", paths(each));
    } catch (IOException | TlsConfigException | RuntimeException e) {
      log.error(
          "certificates that have changed cannot be used, the old ones stay: {}", e.getMessage());
    }
  }

  private void free(long until) {
    retired.removeIf(old -> {
      if (old.round() > until) {
        return false;
      }
      old.free().run();
      return true;
    });
  }

  private static List<Path> paths(Renewable of) {
    List<Path> paths = new ArrayList<>();
    for (DataSource source : of.sources()) {
      Path path = source.path();
      if (path != null) {
        paths.add(path);
      }
    }
    return paths;
  }

  /** What each path leads to now, and what there is to tell two versions apart. */
  private static List<String> state(Renewable of) {
    List<String> state = new ArrayList<>();
    for (Path path : paths(of)) {
      try {
        Path real = path.toRealPath();
        var facts = Files.readAttributes(real, BasicFileAttributes.class);
        state.add(
            real + " " + facts.lastModifiedTime() + " " + facts.size() + " " + facts.fileKey());
      } catch (IOException e) {
        state.add(path + " is missing");
      }
    }
    return state;
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    free(Long.MAX_VALUE);
  }
}
