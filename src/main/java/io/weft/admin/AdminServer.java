package io.weft.admin;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.weft.accesslog.AccessLog;
import io.weft.logging.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running admin server, or the scrape server that shows {@code /ready} and {@code
 * /stats/prometheus} and nothing else. HTTP/1 only. Start it after the listeners: loading it takes
 * half a second.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final int MAX_CONNECTIONS = 256;
  private static final int MAX_FORM_BYTES = 64 * 1024;
  private static final HeaderName FETCH_SITE = HeaderNames.create("sec-fetch-site");
  private static final HeaderName CONTENT_TYPE_OPTIONS =
      HeaderNames.create("x-content-type-options");
  private static final HeaderName CONTENT_SECURITY = HeaderNames.create("content-security-policy");

  private final Map<String, Endpoint> endpoints;
  private final List<Endpoint> listed;
  private final Guard guard;
  private final List<AccessLog> logs;
  private final WebServer server;
  private final InetSocketAddress address;

  private AdminServer(
      List<Endpoint> listed, Guard guard, InetSocketAddress address, List<AccessLog> logs) {
    this.listed = listed;
    this.guard = guard;
    this.logs = logs;
    this.endpoints = new TreeMap<>();
    for (var endpoint : listed) {
      endpoints.put(endpoint.path(), endpoint);
    }
    Logging.bridge();
    this.server =
        WebServer.builder()
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .protocolsDiscoverServices(false)
            // A regular expression in a query comes from curl as it was typed, which is no valid
            // URI.
            .addProtocol(Http1Config.builder().validatePrologue(false).build())
            // Helidon 4.4.0's NioSocket loses what a write to a full socket did not take.
            .useNio(false)
            .address(address.getAddress())
            .port(address.getPort())
            .maxTcpConnections(MAX_CONNECTIONS)
            .maxPayloadSize(MAX_FORM_BYTES)
            .idleConnectionTimeout(Duration.ofMinutes(5))
            .shutdownGracePeriod(Duration.ofMillis(500))
            .routing(HttpRouting.builder().any(this::handle))
            .build()
            .start();
    this.address = new InetSocketAddress(address.getAddress(), server.port());
  }

  /**
   * Starts the admin server; returns when it listens, and has written the address file.
   *
   * @throws IOException if the address file cannot be written; nothing listens then
   */
  public static AdminServer start(AdminConfig config, AdminSources sources) throws IOException {
    var server =
        new AdminServer(
            endpoints(sources),
            new Guard(config.hostNames(), !config.isLocal()),
            config.address(),
            sources.accessLogs());
    if (!config.isLocal()) {
      log.warn(
          "admin listens on {}: whoever reaches it can stop the proxy and read its configuration",
          server.addressText());
    }
    var path = config.addressPath();
    if (path != null) {
      try {
        Files.writeString(path, server.addressText());
      } catch (IOException e) {
        server.close();
        throw e;
      }
    }
    return server;
  }

  /** Starts the scrape server on an address that others may reach. */
  public static AdminServer startScrape(InetSocketAddress address, AdminSources sources) {
    return new AdminServer(
        List.of(new ServerEndpoints(sources).ready(), new StatsEndpoints(sources).prometheusOnly()),
        new Guard(Set.of(), true),
        address,
        List.of());
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** {@code ip:port}, an IPv6 address in brackets. */
  public String addressText() {
    var ip = address.getAddress().getHostAddress();
    return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + address.getPort();
  }

  /** Stops accepting and ends open connections within half a second. */
  @Override
  public void close() {
    server.stop();
  }

  private static List<Endpoint> endpoints(AdminSources sources) {
    var all = new ArrayList<Endpoint>();
    all.addAll(new StatsEndpoints(sources).all());
    all.addAll(new ClusterEndpoints(sources).all());
    all.add(new CertificateEndpoint(sources).endpoint());
    all.add(new ExplainEndpoint(sources).endpoint());
    all.addAll(new ServerEndpoints(sources).all());
    all.addAll(new RuntimeEndpoints(sources).all());
    all.add(new ConfigDumpEndpoint(sources).endpoint());
    all.add(LoggingEndpoint.endpoint());
    all.add(Endpoint.shows("/", "Admin home page", _ -> HomePage.home(all)));
    all.add(Endpoint.shows("/help", "print out list of admin commands", _ -> HomePage.help(all)));
    all.sort(Comparator.comparing(Endpoint::path));
    return all;
  }

  private void handle(ServerRequest request, ServerResponse response) {
    if (request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      // Helidon 4.4.0 answers "Connection: close" and then waits for the next request.
      response.whenSent(AdminServer::closeConnection);
    }
    var began = AdminCall.begin();
    Reply reply;
    try {
      reply = answer(request);
    } catch (Query.BadQueryException e) {
      reply = Reply.text(400, e.getMessage() + "\n");
    } catch (RuntimeException e) {
      log.error("{} failed", request.prologue().uriPath().rawPath(), e);
      reply = Reply.text(500, "internal error, see the log\n");
    }
    var call = new AdminCall(request, began);
    try {
      send(reply, request.prologue().method().equals(Method.HEAD), response, call);
    } finally {
      call.ended(reply.status());
      for (var log : logs) {
        log.log(call);
      }
    }
  }

  private static void closeConnection() {
    throw new CloseConnectionException("connection: close");
  }

  private Reply answer(ServerRequest request) throws Query.BadQueryException {
    var headers = request.headers();
    var method = request.prologue().method();
    var endpoint = endpoints.get(request.prologue().uriPath().rawPath());
    var refusal =
        guard.refusal(
            new Guard.Caller(
                headers.first(HeaderNames.HOST).orElse(null),
                headers.first(HeaderNames.ORIGIN).orElse(null),
                headers.first(FETCH_SITE).orElse(null)),
            endpoint != null && endpoint.changes());
    if (refusal != null) {
      return Reply.text(403, refusal);
    }
    if (endpoint == null) {
      return HomePage.notFound(listed);
    }
    if (endpoint.changes() && !method.equals(Method.POST)) {
      return Reply.text(405, "Method " + method.text() + " not allowed, POST required.");
    }
    if (!endpoint.changes() && !isRead(method)) {
      return Reply.text(405, "Method " + method.text() + " not allowed, GET required.");
    }
    var query = Query.parse(request.prologue().query().rawValue(), false);
    if (query.parameters().isEmpty() && endpoint.changes()) {
      query = form(request);
    }
    return endpoint.action().answer(query);
  }

  private static boolean isRead(Method method) {
    // Envoy takes POST for everything.
    return method.equals(Method.GET) || method.equals(Method.HEAD) || method.equals(Method.POST);
  }

  private static Query form(ServerRequest request) throws Query.BadQueryException {
    var type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!request.content().hasEntity() || !type.startsWith("application/x-www-form-urlencoded")) {
      return Query.parse("", true);
    }
    return Query.parse(request.content().as(String.class).strip(), true);
  }

  private static void send(Reply reply, boolean headOnly, ServerResponse response, AdminCall call) {
    response.status(Status.create(reply.status()));
    response.header(HeaderNames.CONTENT_TYPE, reply.contentType());
    response.header(HeaderNames.CACHE_CONTROL, "no-cache, max-age=0");
    response.header(CONTENT_TYPE_OPTIONS, "nosniff");
    response.header(
        CONTENT_SECURITY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
    if (headOnly) {
      response.send();
      return;
    }
    try {
      if (reply.status() == 200) {
        try (var out = call.counted(response.outputStream())) {
          reply.body().write(out);
        }
      } else {
        var small = new ByteArrayOutputStream();
        reply.body().write(small);
        response.send(small.toByteArray());
        call.sent(small.size());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the client is gone: Helidon closes the connection
    }
  }
}
