import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Makes the class archive {@code weft.jsa} of a built Weft: starts it on a configuration of its own,
 * sends requests through every kind of listener, reads the statistics and ends it; the launcher's
 * flags make the JVM write what it loaded when it ends. Run by {@code make build} with the
 * directory of the build ({@code target/weft}) as argument. A failure is one line and no archive:
 * Weft runs without it and starts some 0.2 s slower.
 */
final class TrainArchive {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  public static void main(String[] args) throws IOException, InterruptedException {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path archive = home.resolve("weft.jsa");
    Files.deleteIfExists(archive);
    Path work = Files.createTempDirectory("weft-train");
    try {
      String problem;
      try {
        problem = train(home, work);
      } catch (IOException e) {
        problem = e.toString();
      }
      if (problem == null && !Files.exists(archive)) {
        problem = "the JVM wrote no " + archive;
      }
      if (problem != null) {
        Files.deleteIfExists(archive); // half of one would be kept; without one the next run makes its own
        System.err.println("no class archive, Weft will start slower: " + problem);
      }
    } finally {
      try (var files = Files.walk(work)) {
        files.sorted((a, b) -> b.compareTo(a)).forEach(f -> f.toFile().delete());
      }
    }
  }

  /** What went wrong, or null. */
  private static String train(Path home, Path work) throws IOException, InterruptedException {
    int[] ports = freePorts(4);
    Files.writeString(work.resolve("bootstrap.yaml"), bootstrap(ports));
    Path log = work.resolve("log");
    var weft =
        new ProcessBuilder(
                home.resolve("bin/weft").toString(), "run", "--config", work.toString(), "--concurrency", "1")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Instant end = Instant.now().plus(PATIENCE);
      while (!answers(ports[0], "/forwarded") || !answers(ports[3], "/ready")) {
        if (!weft.isAlive() || Instant.now().isAfter(end)) {
          return "Weft did not serve: " + lastLine(log);
        }
        Thread.sleep(20);
      }
      for (int i = 0; i < 200; i++) {
        request(ports[0], "GET", "/forwarded");
        request(ports[0], "POST", "/forwarded");
        request(ports[0], "GET", "/here");
        request(ports[2], "GET", "/over-tcp");
      }
      request(ports[3], "GET", "/stats");
      request(ports[3], "GET", "/stats/prometheus");
      request(ports[3], "GET", "/ready");
      request(ports[3], "POST", "/quitquitquit"); // at once, where a signal would drain for some seconds
      weft.waitFor(20, TimeUnit.SECONDS);
    } finally {
      weft.destroy();
      weft.waitFor(60, TimeUnit.SECONDS);
    }
    return null;
  }

  private static boolean answers(int port, String path) {
    try {
      return request(port, "GET", path).startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false; // not listening yet
    }
  }

  private static String request(int port, String method, String path) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5000);
      String body = method.equals("POST") ? "0123456789" : "";
      String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
      String head = method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n" + length + "\r\n";
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static int[] freePorts(int count) throws IOException {
    var sockets = new ServerSocket[count];
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      sockets[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      ports[i] = sockets[i].getLocalPort();
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private static String lastLine(Path log) throws IOException {
    var lines = Files.readAllLines(log);
    return lines.isEmpty() ? "it said nothing" : lines.getLast();
  }

  private static String bootstrap(int[] ports) {
    return """
        admin:
          address: {socket_address: {address: 127.0.0.1, port_value: %4$d}}
        static_resources:
          listeners:
          - name: ingress
            address: {socket_address: {address: 127.0.0.1, port_value: %1$d}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: ingress
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {path: /here}
                        direct_response: {status: 200, body: {inline_string: "here"}}
                      - match: {prefix: /}
                        route: {cluster: origin}
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          - name: origin
            address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: origin
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        direct_response: {status: 200, body: {inline_string: "origin"}}
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          - name: tcp
            address: {socket_address: {address: 127.0.0.1, port_value: %3$d}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.tcp_proxy
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                  stat_prefix: tcp
                  cluster: origin
          clusters:
          - name: origin
            type: STATIC
            load_assignment:
              cluster_name: origin
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}}
        """
        .formatted(ports[0], ports[1], ports[2], ports[3]);
  }
}
