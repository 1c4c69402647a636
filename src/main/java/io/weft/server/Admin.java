package io.weft.server;

import io.weft.admin.AdminConfig;
import io.weft.admin.AdminServer;
import io.weft.cluster.Addresses;
import io.weft.config.Setting;
import io.weft.net.NetAddress;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin and the scrape server, started behind the listeners: loading them takes half a second,
 * which no request waits for. Its thread then ends the intervals of histograms.
 */
final class Admin implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Admin.class);

  /** Envoy's default {@code stats_flush_interval}. */
  private static final Duration FLUSH_INTERVAL = Duration.ofSeconds(5);

  private final Server server;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final List<AdminServer> running = new ArrayList<>();

  private Admin(Server server) {
    this.server = server;
    this.thread = Thread.ofPlatform().name("admin").daemon().unstarted(this::run);
  }

  /** Returns at once; a server that cannot listen ends the process with the reason in the log. */
  static Admin startLater(Server server) {
    var admin = new Admin(server);
    admin.thread.start();
    return admin;
  }

  @Override
  public void close() {
    closing.countDown();
    synchronized (running) {
      running.forEach(AdminServer::close);
      running.clear();
    }
  }

  private void run() {
    try {
      open();
    } catch (IOException | RuntimeException e) {
      log.error("cannot start the admin server: {}", reason(e));
      server.fail();
      return;
    }
    flushUntilClosed(server.stats());
  }

  private static String reason(Throwable thrown) {
    var root = thrown;
    for (var cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      root = cause;
    }
    return thrown.equals(root)
        ? String.valueOf(thrown.getMessage())
        : thrown.getMessage() + ": " + root.getMessage();
  }

  private void open() throws IOException {
    var configuration = server.configuration();
    var address = address(configuration.adminAddress());
    var scrape = address(configuration.scrapeAddress());
    if (address == null && scrape == null) {
      return;
    }
    var sources = new AdminView(server);
    synchronized (running) {
      if (closing.getCount() == 0) {
        return;
      }
      if (address != null) {
        var exposure =
            configuration.defaults().allowsRemoteAdmin()
                ? AdminConfig.Exposure.WARNED
                : AdminConfig.Exposure.REFUSED;
        var admin =
            AdminServer.start(
                new AdminConfig(address, exposure, hosts(), server.options().adminAddressPath()),
                sources);
        running.add(admin);
        log.info("admin on {}", admin.addressText());
      }
      if (scrape != null) {
        var metrics = AdminServer.startScrape(scrape, sources);
        running.add(metrics);
        log.info("metrics on {}", metrics.addressText());
      }
    }
  }

  private Set<String> hosts() {
    return Stream.of(server.configuration().settings().text(Setting.ADMIN_HOSTS).split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private static @Nullable InetSocketAddress address(@Nullable Message address) throws IOException {
    if (address == null) {
      return null;
    }
    var problems = new Problems();
    return switch (Addresses.read(address, problems)) {
      case NetAddress.Ip ip ->
          new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), ip.port());
      case NetAddress.Pipe pipe ->
          throw new IOException(pipe + " (expected: an IP address and a port)");
      case null -> throw new IOException(problems.text().strip());
    };
  }

  private void flushUntilClosed(Stats stats) {
    try {
      while (!closing.await(FLUSH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        stats.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
