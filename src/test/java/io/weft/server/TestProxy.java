package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.sun.management.HotSpotDiagnosticMXBean;
import io.weft.carrier.Carrier;
import io.weft.carrier.PollerKind;
import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.config.Defaults;
import io.weft.extension.UserFilters;
import io.weft.filter.HttpFilter;
import io.weft.filter.HttpFilterProvider;
import io.weft.format.ResponseFlag;
import io.weft.hcm.HcmReader;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.Buffer;
import io.weft.net.NetAddress;
import io.weft.runtime.Drain;
import io.weft.schema.Problems;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stream.StreamInfo;
import io.weft.testing.RawClient;
import io.weft.time.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A whole proxy in this process on a port of its own, from a configuration to its sockets: one
 * listener with an HTTP connection manager whose statistics begin with {@code http.test.}, and one
 * cluster named {@code up}.
 *
 * <p>{@link #close} fails the test if a stream, a connection, a busy upstream connection, a buffer
 * or a thread is left, and if an error was logged that the test did not expect. Clients may still
 * be connected, if they are idle.
 */
public final class TestProxy implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Server server;
  private final Path directory;
  private final ErrorLog errors;
  private final Queue<String> ended;
  private final int threadsBefore;
  private final int port;
  private @Nullable Thread ending;

  private TestProxy(
      Server server, Path directory, ErrorLog errors, Queue<String> ended, int threadsBefore) {
    this.server = server;
    this.directory = directory;
    this.errors = errors;
    this.ended = ended;
    this.threadsBefore = threadsBefore;
    var address = server.listeners().all().getFirst().addresses().getFirst();
    port = ((NetAddress.Ip) address).port();
  }

  /** A proxy to these ports of 127.0.0.1. */
  public static Builder to(int... ports) {
    return new Builder(ports);
  }

  /** Where the listener listens. */
  public int port() {
    return port;
  }

  public RawClient connect() throws IOException {
    return RawClient.connect(port());
  }

  /** Sends a GET on a connection of its own. */
  public RawClient.Reply get(String path, String... headerLines) throws IOException {
    try (var client = connect()) {
      return client.get(path, headerLines);
    }
  }

  /** The proxy itself. */
  Server server() {
    return server;
  }

  /** The value of a statistic, for a histogram the number of its values. */
  public long stat(String name) {
    return switch (server.stats().find(name)) {
      case Counter counter -> counter.value();
      case Gauge gauge -> gauge.value();
      case Histogram histogram -> histogram.cumulative().count();
      case null, default -> throw new AssertionError("no statistic " + name);
    };
  }

  /** Waits until the statistic has the value. */
  public void awaitStat(String name, long value) {
    await(name)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(stat(name)).isEqualTo(value));
  }

  /**
   * The streams that have ended and reached the filters, as code, flags and details in a line, such
   * as {@code 503 UF upstream_reset_before_response_started{...}}; "-" for no flag.
   */
  public List<String> ended() {
    return List.copyOf(ended);
  }

  /** Waits until one stream has ended and returns its line. */
  public String awaitEnded() {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> !ended.isEmpty());
    assertThat(ended).hasSize(1);
    return ended.peek();
  }

  /** Takes away the lines of the streams that have ended. */
  void forgetEnded() {
    ended.clear();
  }

  /** Waits until a stream has ended, takes its line away and returns it. */
  String takeEnded() {
    return await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(ended::poll, line -> line != null);
  }

  /** Waits for an error in the log that contains {@code text}, and takes it as expected. */
  public String awaitError(String text) {
    return await(text)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> errors.take(text), line -> line != null);
  }

  /**
   * Lets the proxy end as a signal does; the thread is over when the proxy has ended. Nothing may
   * be asked of the proxy then.
   */
  Thread end() {
    server.quit(Duration.ZERO);
    ending =
        Thread.ofPlatform()
            .daemon()
            .name("end")
            .start(() -> {
              try {
                server.awaitEnd();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return ending;
  }

  /** Takes errors in the log that contain {@code text} as expected, logged or held back. */
  public void ignoreErrors(String text) {
    errors.ignored.add(text);
  }

  @Override
  public void close() {
    if (ending != null) {
      closeEnded(ending);
      return;
    }
    try {
      awaitStreams();
      server.drain().start(Duration.ZERO, Drain.Strategy.IMMEDIATE);
      server.listeners().stopAccepting();
      assertThat(server.listeners().awaitNoConnections(Deadline.after(PATIENCE)))
          .as("all idle downstream connections end with the drain (threads: %s)", threads())
          .isTrue();
      awaitBuffers();
      await("threads")
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .untilAsserted(() -> assertThat(threads()).hasSizeLessThanOrEqualTo(threadsBefore));
      assertThat(errors.unexpected()).as("errors in the log").isEmpty();
    } finally {
      errors.detach();
      server.close();
      delete();
    }
  }

  private void closeEnded(Thread end) {
    try {
      await("end").atMost(PATIENCE).until(() -> !end.isAlive());
      awaitStreams();
      assertThat(server.listeners().activeConnections()).isZero();
      assertThat(errors.unexpected()).as("errors in the log").isEmpty();
    } finally {
      errors.detach();
      delete();
    }
  }

  private void awaitStreams() {
    for (String gauge :
        List.of(
            "http.test.downstream_rq_active",
            "cluster.up.upstream_rq_active",
            "cluster.up.upstream_rq_pending_active")) {
      try {
        awaitStat(gauge, 0);
      } catch (RuntimeException e) {
        throw new AssertionError(gauge + " is " + stat(gauge) + ", threads: " + threads(), e);
      }
    }
  }

  private void awaitBuffers() {
    await("borrowed buffers")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> {
          for (Carrier carrier : server.carriers().all()) {
            var lent = new CompletableFuture<Integer>();
            carrier.execute(() -> lent.complete(Buffer.lent()));
            assertThat(lent.get(10, TimeUnit.SECONDS))
                .as("buffers borrowed on carrier %d", carrier.index())
                .isZero();
          }
        });
  }

  private void delete() {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The stacks of the virtual threads that run code of Weft. */
  private static List<String> threads() {
    try {
      Path directory = Files.createTempDirectory("threads");
      Path dump = directory.resolve("dump");
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
      var found = new ArrayList<String>();
      for (String thread : Files.readString(dump).split("\n\n", -1)) {
        String title = thread.strip().lines().findFirst().orElse("");
        if (title.contains(" virtual ") && thread.contains("at io.weft.")) {
          found.add(thread);
        }
      }
      Files.delete(dump);
      Files.delete(directory);
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps the errors that are logged, with the text of their causes. */
  private static final class ErrorLog extends AppenderBase<ILoggingEvent> {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Queue<String> ignored = new ConcurrentLinkedQueue<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.weft");

    void attach() {
      start();
      logger.addAppender(this);
    }

    void detach() {
      logger.detachAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
        var text = new StringBuilder(event.getFormattedMessage());
        for (var cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
          text.append(": ").append(cause.getClassName()).append(": ").append(cause.getMessage());
          for (var frame : cause.getStackTraceElementProxyArray()) {
            text.append("\n  ").append(frame.getSTEAsString());
          }
        }
        lines.add(text.toString());
      }
    }

    List<String> unexpected() {
      return lines.stream().filter(line -> ignored.stream().noneMatch(line::contains)).toList();
    }

    @Nullable String take(String part) {
      for (String line : lines) {
        if (line.contains(part)) {
          lines.remove(line);
          return line;
        }
      }
      return null;
    }
  }

  /** A filter of a test, which the proxy takes for a user's. */
  private record TestFilter(HttpFilter filter) implements HttpFilterProvider<NoSettings> {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public Class<NoSettings> config() {
      return NoSettings.class;
    }

    @Override
    public HttpFilter create(NoSettings config) {
      return filter;
    }
  }

  private record NoSettings() {}

  /** What a proxy is to be. */
  public static final class Builder {
    private final int[] ports;
    private String host = "127.0.0.1";
    private int carriers = 1;
    private PollerKind poller = PollerKind.AUTO;
    private Defaults defaults = Defaults.EDGE;
    private String hcm = "";
    private String cluster = "";
    private String clusters = "";
    private String listener = "";
    private String chain = "";
    private String chains = "";
    private String engine = "auto";
    private String secrets = "";
    private String route = "";
    private String routes = "";
    private String runtime = "";
    private String httpFilters = "";
    private String router = "";
    private String table = "";
    private final Map<String, String> environment = new HashMap<>();
    private int drainSeconds = 10;
    private HttpFilter filter = (request, stream, next) -> next.proceed(request, stream);

    private Builder(int[] ports) {
      this.ports = ports;
    }

    public Builder carriers(int count, PollerKind kind) {
      carriers = count;
      poller = kind;
      return this;
    }

    public Builder defaults(Defaults set) {
      defaults = set;
      return this;
    }

    /** More fields of the connection manager, as YAML without indentation. */
    public Builder hcm(String yaml) {
      hcm += yaml + "\n";
      return this;
    }

    /** More fields of the cluster. */
    public Builder cluster(String yaml) {
      cluster += yaml + "\n";
      return this;
    }

    /** Another cluster, at a port of 127.0.0.1. */
    public Builder another(String name, int port, String yaml) {
      clusters +=
          """
          - name: %s
            load_assignment:
              cluster_name: %s
              endpoints:
              - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]
          """
                  .formatted(name, name, port)
              + yaml.indent(2);
      return this;
    }

    /** How the cluster's endpoints are called. */
    public Builder host(String name) {
      host = name;
      return this;
    }

    /** More fields of the listener. */
    public Builder listener(String yaml) {
      listener += yaml + "\n";
      return this;
    }

    /** More fields of the filter chain. */
    public Builder chain(String yaml) {
      chain += yaml + "\n";
      return this;
    }

    /** More filter chains, as a YAML list. */
    public Builder chains(String yaml) {
      chains += yaml + "\n";
      return this;
    }

    /** Secrets that TLS contexts may name, as a YAML list. */
    public Builder secrets(String yaml) {
      secrets = yaml;
      return this;
    }

    /** What encrypts: {@code boringssl} or {@code jdk}. */
    public Builder engine(String name) {
      engine = name;
      return this;
    }

    /** More fields of the action of the only route, which takes every path. */
    public Builder route(String yaml) {
      route += yaml + "\n";
      return this;
    }

    /** Other virtual hosts than the usual one, as a YAML list. */
    public Builder virtualHosts(String yaml) {
      routes = yaml;
      return this;
    }

    /** More HTTP filters between the one of the test and the router, as a YAML list. */
    public Builder httpFilters(String yaml) {
      httpFilters = yaml;
      return this;
    }

    /** More clusters, as a YAML list. */
    public Builder clusters(String yaml) {
      clusters += yaml;
      return this;
    }

    /** More fields of the router. */
    public Builder router(String yaml) {
      router = yaml;
      return this;
    }

    /** More fields of the route table. */
    public Builder table(String yaml) {
      table = yaml;
      return this;
    }

    /** A process setting, by its variable. */
    public Builder setting(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    /** Values of the runtime. */
    public Builder runtime(String yaml) {
      runtime = yaml;
      return this;
    }

    /** How long a drain waits for connections. */
    public Builder drainSeconds(int seconds) {
      drainSeconds = seconds;
      return this;
    }

    /** A filter before the router. */
    public Builder filter(HttpFilter added) {
      filter = added;
      return this;
    }

    private String yaml() {
      String hosts =
          routes.isEmpty()
              ? "- name: all\n"
                  + "  domains: ['*']\n"
                  + "  routes:\n"
                  + "  - match: {prefix: /}\n"
                  + "    route:\n"
                  + "      cluster: up\n"
                  + route.indent(6)
              : routes;
      return """
      node: {id: test-node, cluster: test-service}
      static_resources:
        secrets:%s
        listeners:
        - name: test
          address: {socket_address: {address: 127.0.0.1, port_value: 0}}
      %s
          filter_chains:
          - name: main
      %s
            filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/%s
                stat_prefix: test
      %s
                http_filters:
                - test: {}
      %s
                - name: envoy.filters.http.router
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      %s
                route_config:
                  name: test
      %s
                  virtual_hosts:
      %s
      %s
        clusters:
        - name: up
          load_assignment:
            cluster_name: up
            endpoints:
            - lb_endpoints: [%s
              ]
      %s
      %s
      %s
      """
          .formatted(
              secrets.isEmpty() ? " []" : "\n" + secrets.indent(2),
              listener.indent(4),
              chain.indent(6),
              HcmReader.TYPE,
              hcm.indent(10),
              httpFilters.indent(10),
              router.indent(14),
              table.indent(12),
              hosts.indent(12),
              chains.indent(4),
              list(),
              cluster.indent(4),
              clusters.indent(2),
              runtime.isEmpty()
                  ? ""
                  : "layered_runtime:\n  layers:\n  - name: test\n    static_layer:\n"
                      + runtime.indent(6));
    }

    private String list() {
      var text = new StringBuilder();
      for (int port : ports) {
        text.append(
            "{endpoint: {address: {socket_address: {address: "
                + host
                + ", port_value: "
                + port
                + "}}}},");
      }
      return text.toString();
    }

    private Response recorded(
        Queue<String> ended, Request request, StreamInfo stream, HttpFilter.Next next)
        throws IOException {
      stream.onEnd(() -> ended.add(line(stream)));
      return filter.filter(request, stream, next);
    }

    private static String line(StreamInfo stream) {
      String flags = ResponseFlag.text(stream.responseFlags());
      return stream.responseCode()
          + " "
          + (flags.isEmpty() ? "-" : flags)
          + " "
          + stream.responseCodeDetails();
    }

    /** Starts it; a mistake in the configuration fails the test. */
    public TestProxy start() throws IOException {
      int threadsBefore = threads().size();
      Path directory = Files.createTempDirectory("proxy");
      Path file = Files.writeString(directory.resolve("weft.yaml"), yaml());
      Queue<String> ended = new ConcurrentLinkedQueue<>();
      var filters = new UserFilters();
      filters.add(
          new TestFilter((request, stream, next) -> recorded(ended, request, stream, next)));
      var users = Users.of(filters);
      environment.put("WEFT_POLLER", poller.name().toLowerCase(Locale.ROOT));
      environment.put("WEFT_TLS_ENGINE", engine);
      var options =
          ConfigOptions.NONE
              .withDefaults(defaults)
              .withUserFilters(users.httpFilters(), users.networkFilters(), users.terminalFilters())
              .withEnvironment(environment);
      var problems = new Problems();
      var configuration = ConfigSource.load(file, options, problems);
      if (configuration == null || !problems.isEmpty()) {
        throw new AssertionError(problems.text() + "\n" + yaml());
      }
      var errors = new ErrorLog();
      errors.attach();
      try {
        var server = Server.start(configuration, options(file), users.extensions());
        return new TestProxy(server, directory, errors, ended, threadsBefore);
      } catch (IOException | RuntimeException e) {
        errors.detach();
        throw e;
      }
    }

    private RunOptions options(Path file) {
      try {
        return RunOptions.of(
            Map.of(
                RunOption.CONFIG, file.toString(),
                RunOption.CONCURRENCY, Integer.toString(carriers),
                RunOption.DRAIN_TIME, Integer.toString(drainSeconds)));
      } catch (RunOptions.UsageException e) {
        throw new AssertionError(e);
      }
    }
  }
}
