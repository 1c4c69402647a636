package io.weft.server;

import io.weft.accesslog.LogFiles;
import io.weft.accesslog.LogFilesConfig;
import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import io.weft.config.Configuration;
import io.weft.config.Setting;
import io.weft.config.Settings;
import io.weft.dns.DnsCaches;
import io.weft.dns.DnsDiscovery;
import io.weft.extension.Extensions;
import io.weft.listener.Listener;
import io.weft.listener.Listeners;
import io.weft.logging.Logging;
import io.weft.runtime.Drain;
import io.weft.runtime.RuntimeLayers;
import io.weft.schema.Problems;
import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import io.weft.time.Deadline;
import io.weft.tls.EngineKind;
import io.weft.tls.Tls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running proxy: carriers, clusters, listeners, admin. Started and ended by the main thread;
 * whatever wants it to end calls {@link #quit}.
 */
final class Server {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  /** Between "not ready" and the end of accepting, so that load balancers see it (SIGTERM). */
  private static final Duration DRAIN_DELAY = Duration.ofSeconds(5);

  /** How long the start waits for the first answers of name servers. */
  private static final Duration DNS_WAIT = Duration.ofSeconds(5);

  /** The runtime key that says how many downstream connections there may be in all, as Envoy's. */
  private static final String MOST_CONNECTIONS = "overload.global_downstream_max_connections";

  private final Configuration configuration;
  private final RunOptions options;
  private final Stats stats = new Stats();
  private final Drain drain = new Drain();
  private final RuntimeLayers runtime;
  private final LogFiles logFiles;
  private final Tls tls;
  private final DnsCaches names;
  private final Carriers carriers;
  private final Listeners listeners;
  private final Assembly assembly;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final AtomicReference<Duration> delay = new AtomicReference<>(Duration.ZERO);
  private @Nullable Admin admin;
  private @Nullable DnsDiscovery discovery;
  private volatile boolean failed;

  private Server(
      Configuration configuration, RunOptions options, Extensions extensions, Problems problems) {
    this.configuration = configuration;
    this.options = options;
    drain.initializing();
    var layers = configuration.runtimeLayers();
    runtime =
        layers.isEmpty() && configuration.adminLayer() == null
            ? RuntimeLayers.withDefaults(stats)
            : new RuntimeLayers(layers, configuration.adminLayer(), stats);
    logFiles = new LogFiles(LogFilesConfig.DEFAULT, stats);
    tls =
        new Tls(
            EngineKind.valueOf(
                configuration.settings().text(Setting.TLS_ENGINE).toUpperCase(Locale.ROOT)));
    names = Assembly.names(configuration, stats);
    assembly =
        Assembly.of(
            configuration,
            new Assembly.Shared(stats, drain, runtime, extensions, logFiles, tls, names),
            problems);
    if (!problems.isEmpty()) {
      tls.close();
      problems.throwIfAny();
    }
    problems.warnings().forEach(warning -> log.warn("{}", warning.text()));
    carriers = Carriers.start(carriersConfig(configuration.settings(), options));
    long openFiles = OpenFiles.limit();
    long most = configuration.defaults().globalConnectionLimit(openFiles);
    long limit = most < 0 ? Long.MAX_VALUE : most;
    stats.scope("server").gauge("days_until_first_cert_expiring", tls::daysUntilFirstExpiry);
    stats.scope("server").gauge("carrier_stalls", carriers.watchdog()::stalls);
    listeners =
        new Listeners(carriers, stats, () -> runtime.snapshot().integer(MOST_CONNECTIONS, limit));
  }

  private static CarriersConfig carriersConfig(Settings settings, RunOptions options) {
    int count =
        options.concurrency() >= 0
            ? Math.max(1, options.concurrency())
            : settings.count(Setting.CARRIERS);
    return new CarriersConfig(
        count == 0 ? Runtime.getRuntime().availableProcessors() : count,
        PollerKind.valueOf(settings.text(Setting.POLLER).toUpperCase(Locale.ROOT)),
        settings.bool(Setting.PIN));
  }

  /**
   * Opens the listeners and lets them accept.
   *
   * @throws io.weft.schema.ConfigException if a part of the configuration cannot be built
   * @throws IOException if a listener cannot be opened, with its name, its address and the reason
   */
  static Server start(Configuration configuration, RunOptions options, Extensions extensions)
      throws IOException {
    var server = new Server(configuration, options, extensions, new Problems());
    try {
      server.findMembers();
      for (Assembly.Bound bound : server.assembly.listeners()) {
        server.listeners.open(bound.config());
      }
    } catch (IOException | RuntimeException e) {
      server.carriers.close();
      server.tls.close();
      throw e;
    }
    server.listeners.start();
    server.tls.watch();
    server.drain.live();
    server.admin = Admin.startLater(server);
    return server;
  }

  /** Listeners open when the clusters know their members: nobody is told 503 for an early start. */
  private void findMembers() throws IOException {
    if (assembly.namedByDns().isEmpty()) {
      return;
    }
    var found = new DnsDiscovery(assembly.namedByDns());
    discovery = found;
    try {
      found.start(DNS_WAIT);
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while waiting for DNS");
    }
  }

  Configuration configuration() {
    return configuration;
  }

  RunOptions options() {
    return options;
  }

  Stats stats() {
    return stats;
  }

  Drain drain() {
    return drain;
  }

  RuntimeLayers runtime() {
    return runtime;
  }

  Tls tls() {
    return tls;
  }

  LogFiles logFiles() {
    return logFiles;
  }

  Carriers carriers() {
    return carriers;
  }

  Listeners listeners() {
    return listeners;
  }

  Assembly assembly() {
    return assembly;
  }

  /** One line each for what runs and where it listens. */
  void banner() {
    log.info(
        "Weft {}, {} carriers, scheduler {}, poller {}, defaults {}, configuration {}",
        Version.TEXT,
        carriers.size(),
        carriers.scheduler(),
        carriers.poller(),
        configuration.defaults().text(),
        configuration.path());
    for (Listener listener : listeners.all()) {
      log.info("listener {} on {}", listener.name(), listener.addresses());
    }
    if (listeners.all().isEmpty()) {
      log.warn("no listeners: nothing is served");
    }
  }

  /** Asks the server to end: not ready at once, listening for {@code wait} more, then a drain. */
  void quit(Duration wait) {
    delay.set(wait);
    ending.countDown();
  }

  /** Ends the server because a part of it cannot run; {@link #awaitEnd} tells. */
  void fail() {
    failed = true;
    quit(Duration.ZERO);
  }

  /** As a supervisor's SIGTERM does. */
  void terminate() {
    quit(DRAIN_DELAY);
  }

  /**
   * Blocks until somebody asks for the end, then drains and closes everything.
   *
   * @return false if the server ended because a part of it could not run
   */
  boolean awaitEnd() throws InterruptedException {
    ending.await();
    Duration wait = delay.get();
    Duration over = drainTime();
    log.info(
        "ending: listening for {} s more, draining for up to {} s",
        wait.toSeconds(),
        over.toSeconds());
    drain.failHealthCheck();
    new CountDownLatch(1).await(wait.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    drain.start(over, Drain.Strategy.IMMEDIATE);
    assembly.listeners().forEach(each -> each.drain().start(over, Drain.Strategy.IMMEDIATE));
    listeners.stopAccepting();
    boolean done = listeners.awaitNoConnections(Deadline.after(over));
    int left = listeners.activeConnections();
    if (!done) {
      log.warn("drain time is over: {} connections are cut", left);
      listeners.closeConnections();
      listeners.awaitNoConnections(Deadline.after(Duration.ofSeconds(1)));
    }
    close();
    return !failed;
  }

  /** What an end at this moment would cut, as text: requests of HTTP listeners and connections. */
  String cutText() {
    var requests = new LongAdder();
    stats.forEach(stat -> {
      if (stat instanceof Gauge gauge
          && gauge.name().startsWith("http.")
          && gauge.name().endsWith(".downstream_rq_active")
          && !gauge.name().startsWith("http.admin.")) {
        requests.add(gauge.value());
      }
    });
    long cut = requests.sum();
    int connections = listeners.activeConnections();
    return (cut == 1 ? "1 request is cut" : cut + " requests are cut")
        + (connections == 1 ? ", 1 connection" : ", " + connections + " connections");
  }

  Duration drainTime() {
    Duration given = options.drainTime();
    if (given != null) {
      return given;
    }
    Settings settings = configuration.settings();
    return settings.isSet(Setting.DRAIN_TIME)
        ? settings.duration(Setting.DRAIN_TIME)
        : Duration.ofSeconds(30);
  }

  /** Ends at once: listeners, connections, carriers. */
  void close() {
    Admin open = admin;
    if (open != null) {
      open.close();
    }
    DnsDiscovery found = discovery;
    if (found != null) {
      found.close();
    }
    names.close();
    listeners.stopAccepting();
    listeners.closeConnections();
    carriers.close();
    tls.close();
    logFiles.close();
    log.info("ended");
    Logging.flush(Duration.ofSeconds(1));
  }
}
