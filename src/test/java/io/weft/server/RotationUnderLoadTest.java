package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.testing.RawClient;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates that change on disk again and again while requests come. */
class RotationUnderLoadTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");

  @TempDir Path directory;

  private static SSLSocket connect(TestProxy proxy) throws IOException {
    var socket =
        (SSLSocket) CA.context().getSocketFactory().createSocket("127.0.0.1", proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** A new pair in a directory of its own, and the link {@code current} set to it in one step. */
  private void change(String name) throws IOException {
    Path version = Files.createDirectory(directory.resolve(name));
    CA.leaf("server").dns("localhost").sign().write(version, "server");
    Path next = Files.createSymbolicLink(directory.resolve("next"), version);
    Files.move(
        next,
        directory.resolve("current"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** One client keeps its connection, another comes anew for each request. */
  @ParameterizedTest
  @EnumSource(
      value = TlsSetup.class,
      names = {"BORINGSSL_EPOLL", "JDK_NIO"})
  void noRequestFailsWhileCertificatesChange(TlsSetup setup) throws Exception {
    change("zero");
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            setup
                .proxy(upstream.port())
                .chain(TlsSetup.context(directory.resolve("current"), "", "", "server"))
                .start()) {
      // the link may be set between the reading of a key and that of its certificate
      proxy.ignoreErrors("certificates that have changed");
      var over = new AtomicBoolean();
      var asked = new AtomicInteger();
      Callable<Integer> keeping =
          () -> {
            try (var client = RawClient.over(connect(proxy))) {
              return ask(client, over, asked, Integer.MAX_VALUE);
            }
          };
      Callable<Integer> coming =
          () -> {
            int answered = 0;
            while (!over.get()) {
              try (var client = RawClient.over(connect(proxy))) {
                answered += ask(client, over, asked, 1);
              }
            }
            return answered;
          };
      try (var threads = Executors.newFixedThreadPool(2)) {
        var kept = threads.submit(keeping);
        var came = threads.submit(coming);
        try {
          for (int i = 1; i <= 3; i++) {
            int updates = i;
            change("version-" + i);
            await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> updates(proxy) >= updates);
          }
        } finally {
          over.set(true);
        }
        assertThat(kept.get(10, TimeUnit.SECONDS)).isPositive();
        assertThat(came.get(10, TimeUnit.SECONDS)).isPositive();
      }
      proxy.awaitStat("http.test.downstream_rq_2xx", asked.get());
    }
  }

  private static long updates(TestProxy proxy) {
    return proxy.stat("listener.127.0.0.1_0.ssl.context_update");
  }

  /** Asks until it is over or has been answered so often; fails at the first failure. */
  private static int ask(RawClient client, AtomicBoolean over, AtomicInteger asked, int most)
      throws IOException {
    int answered = 0;
    while (answered < most && (answered == 0 || !over.get())) {
      asked.incrementAndGet();
      assertThat(client.get("/").body()).isEqualTo("hello");
      answered++;
    }
    return answered;
  }
}
