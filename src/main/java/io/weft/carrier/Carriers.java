package io.weft.carrier;

import io.weft.sys.Os;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** The carriers of a process, started together. Thread-safe. */
public final class Carriers implements AutoCloseable {
  private final List<Carrier> all;
  private final Watchdog watchdog;

  private Carriers(List<Carrier> all) {
    this.all = List.copyOf(all);
    this.watchdog = new Watchdog(this.all);
  }

  /**
   * Starts them; returns when each can take work.
   *
   * @throws UnsupportedJdkException if this JDK or its flags cannot run them
   */
  public static Carriers start(CarriersConfig config) {
    JdkPollers.keepOffCarriers();
    boolean epoll =
        switch (config.poller()) {
          case EPOLL -> true;
          case NIO -> false;
          case AUTO -> Os.isLinux();
        };
    if (epoll && !Os.isLinux()) {
      throw new IllegalArgumentException(
          "poller: EPOLL on " + System.getProperty("os.name") + " (expected: NIO or AUTO)");
    }
    var all = new ArrayList<Carrier>();
    try {
      for (int i = 0; i < config.count(); i++) {
        all.add(new Carrier(i, epoll ? new EpollPoller() : new NioPoller(), config.pin()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    all.forEach(Carrier::begin);
    var carriers = new Carriers(all);
    carriers.watchdog.begin();
    return carriers;
  }

  public List<Carrier> all() {
    return all;
  }

  public int size() {
    return all.size();
  }

  /** The poller in use, for the banner. */
  public String poller() {
    return all.getFirst().pollerName();
  }

  /** The scheduler in use, for the banner. */
  public String scheduler() {
    return "carriers";
  }

  public Watchdog watchdog() {
    return watchdog;
  }

  /**
   * Stops them and closes their sockets; virtual threads still parked are abandoned. Blocks until
   * what each carrier runs at the moment has returned, at most a second each.
   */
  @Override
  public void close() {
    watchdog.stop();
    all.forEach(Carrier::stop);
    for (Carrier carrier : all) {
      try {
        carrier.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
