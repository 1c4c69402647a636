package io.weft.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.carrier.Carrier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ServerSocketTest {
  private static final class Counting implements Acceptor {
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();

    @Override
    public Carrier place(Carrier accepting) {
      return accepting;
    }

    @Override
    public void accepted(Channel channel) {
      accepted.incrementAndGet();
    }

    @Override
    public void lost(Carrier chosen, IOException cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void acceptFailed(IOException cause) {
      failed.incrementAndGet();
    }
  }

  /** Lowers this process's limit of descriptors below what is open, and raises it when told. */
  private static Process limiter(String usual) throws IOException {
    String prlimit = "prlimit --pid " + ProcessHandle.current().pid() + " --nofile=";
    return new ProcessBuilder(
            "sh", "-c", "read go; " + prlimit + "3: && echo low; read go; " + prlimit + usual + ":")
        .start();
  }

  private static String descriptorLimit() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        return line.substring("Max open files".length()).strip().split(" +", 2)[0];
      }
    }
    throw new IOException("no Max open files in /proc/self/limits");
  }

  @ParameterizedTest
  @EnumSource
  void pausesWhenDescriptorsAreSpentAndGoesOnWhenTheyAreNot(Carried.Setup setup) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")));
    List<SocketChannel> clients = new ArrayList<>();
    Process limiter = limiter(descriptorLimit());
    try (var carried = new Carried(setup);
        var tell = limiter.outputWriter();
        var told = limiter.inputReader()) {
      var socket = ServerSocket.open(carried.poller, Carried.LOOPBACK, ServerSocketOptions.DEFAULT);
      var counting = new Counting();
      socket.accept(carried.carriers.all().getFirst(), counting);
      var address = (NetAddress.Ip) socket.localAddress();
      var target = new InetSocketAddress(InetAddress.getByAddress(address.bytes()), address.port());
      loadWhatIsNeededWithoutDescriptors(carried);
      for (int i = 0; i < 3; i++) {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        clients.add(client);
      }
      long start = System.nanoTime();
      tell.write("\n");
      tell.flush();
      assertThat(told.readLine()).isEqualTo("low");
      try {
        for (SocketChannel client : clients) {
          client.connect(target);
        }
        await().until(() -> counting.failed.get() >= 2);
      } finally {
        tell.write("\n");
        tell.flush();
        limiter.waitFor();
      }
      long pauses = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 100 + 1;
      assertThat(counting.failed.get()).isBetween(2, (int) pauses);
      await().until(() -> counting.accepted.get() == 3);
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  /** Classes come from files. */
  private static void loadWhatIsNeededWithoutDescriptors(Carried carried) throws Exception {
    await().until(() -> true);
    assertThat(io.weft.sys.Errno.text(io.weft.sys.Errno.EMFILE)).isEqualTo("too many open files");
    var ran = new CountDownLatch(1);
    Carrier carrier = carried.carriers.all().getFirst();
    carrier.execute(() -> carrier.schedule(0, ran::countDown));
    assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
