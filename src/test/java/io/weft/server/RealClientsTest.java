package io.weft.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients and a server that are not ours: the JDK's, and curl where it is installed. */
@ParameterizedClass
@EnumSource(Setup.class)
class RealClientsTest {
  private final Setup setup;

  RealClientsTest(Setup setup) {
    this.setup = setup;
  }

  /** Answers with the method, the path and what it got. */
  private static HttpServer echo() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext(
        "/",
        exchange -> {
          var text = exchange.getRequestMethod() + " " + exchange.getRequestURI() + " ";
          var body = exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("x-length", Integer.toString(body.length));
          boolean chunked = exchange.getRequestURI().getPath().contains("chunked");
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(200, head ? -1 : chunked ? 0 : text.length() + body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(text.getBytes(UTF_8));
            out.write(body);
          }
        });
    server.start();
    return server;
  }

  private static void stop(HttpServer server) {
    server.stop(0);
    ((java.util.concurrent.ExecutorService) server.getExecutor()).shutdownNow();
  }

  @Test
  void theHttpClientOfTheJdk() throws Exception {
    var server = echo();
    try (var proxy = setup.proxy(server.getAddress().getPort()).start();
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var base = "http://127.0.0.1:" + proxy.port();
      var body = "0123456789".repeat(20_000);
      List<CompletableFuture<HttpResponse<String>>> replies = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        var request =
            HttpRequest.newBuilder(URI.create(base + "/" + (i % 2 == 0 ? "" : "chunked") + i));
        switch (i % 4) {
          case 0 -> request.GET();
          case 1 -> request.POST(BodyPublishers.ofString(body));
          case 2 ->
              request.POST(
                  BodyPublishers.fromPublisher(
                      BodyPublishers.ofByteArray(body.getBytes(UTF_8)))); // in chunks
          default -> request.PUT(BodyPublishers.ofString("small")).expectContinue(true);
        }
        replies.add(client.sendAsync(request.build(), BodyHandlers.ofString()));
      }
      for (int i = 0; i < 40; i++) {
        var reply = replies.get(i).get(20, TimeUnit.SECONDS);
        assertThat(reply.statusCode()).isEqualTo(200);
        var sent = i % 4 == 0 ? "" : i % 4 == 3 ? "small" : body;
        assertThat(reply.body()).endsWith(i + " " + sent);
        assertThat(reply.headers().firstValue("x-length")).hasValue("" + sent.length());
      }
    } finally {
      stop(server);
    }
  }

  @Test
  void curl() throws Exception {
    Assumptions.assumeTrue(isThere("curl"), "curl is not installed");
    var server = echo();
    try (var proxy = setup.proxy(server.getAddress().getPort()).start()) {
      var base = "http://127.0.0.1:" + proxy.port();
      assertThat(run("curl", "-sS", base + "/a", base + "/chunked"))
          .isEqualTo("GET /a GET /chunked ");
      assertThat(run("curl", "-sS", "-0", base + "/old")).isEqualTo("GET /old ");
      assertThat(run("curl", "-sS", "-d", "hello", base + "/form")).isEqualTo("POST /form hello");
      assertThat(
              run(
                  "curl",
                  "-sS",
                  "-d",
                  "hello",
                  "-H",
                  "Transfer-Encoding: chunked",
                  "-H",
                  "Expect: 100-continue",
                  base + "/chunked"))
          .isEqualTo("POST /chunked hello");
      assertThat(run("curl", "-sS", "-I", base + "/head")).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(run("curl", "-sS", "-x", base, "http://some.example/absolute"))
          .isEqualTo("GET /absolute ");
    } finally {
      stop(server);
    }
  }

  private static boolean isThere(String program) {
    try {
      return new ProcessBuilder(program, "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String run(String... command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
