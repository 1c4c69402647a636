package io.weft.listener;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.net.NetAddress;
import io.weft.net.SocketOption;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Stats;
import io.weft.time.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListenerTest {
  private static final NetAddress.Ip LOOPBACK = NetAddress.Ip.of("127.0.0.1", 0);

  enum Setup {
    EPOLL_1(PollerKind.EPOLL, 1),
    EPOLL_2(PollerKind.EPOLL, 2),
    NIO_1(PollerKind.NIO, 1),
    NIO_2(PollerKind.NIO, 2);

    private final PollerKind poller;
    private final int carriers;

    Setup(PollerKind poller, int carriers) {
      this.poller = poller;
      this.carriers = carriers;
    }

    Carriers start() {
      return Carriers.start(new CarriersConfig(carriers, poller, false));
    }
  }

  private static void echo(Connection connection) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    while (connection.source().read(buffer) >= 0) {
      connection.sink().write(buffer.flip());
      buffer.clear();
    }
    connection.sink().shutdown();
  }

  private static FilterChainConfig chain(NetworkFilter.Next filters) {
    return FilterChainConfig.plain("chain", FilterChainMatch.ANY, filters, true);
  }

  private static ListenerConfig config(NetAddress at, NetworkFilter.Next filters) {
    return ListenerConfig.of("test", at, List.of(chain(filters)));
  }

  private static Socket connect(Listener listener) throws IOException {
    var address = (NetAddress.Ip) listener.addresses().getFirst();
    var socket = new Socket(address.host(), address.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static Socket dial(String host, int port) throws IOException {
    return new Socket(host, port);
  }

  private static String roundTrip(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return new String(socket.getInputStream().readNBytes(text.length()), ISO_8859_1);
  }

  private static long counter(Stats stats, String name) {
    return stats.find(name) instanceof Counter counter ? counter.value() : -1;
  }

  private static long gauge(Stats stats, String name) {
    return stats.find(name) instanceof Gauge gauge ? gauge.value() : -1;
  }

  @ParameterizedTest
  @EnumSource
  void servesAndCountsConnections(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var stats = new Stats();
      var listeners = new Listeners(carriers, stats, () -> Long.MAX_VALUE);
      Listener listener = listeners.open(config(LOOPBACK, ListenerTest::echo));
      listeners.start();
      for (int i = 0; i < 20; i++) {
        try (var socket = connect(listener)) {
          assertThat(roundTrip(socket, "hello")).isEqualTo("hello");
          socket.shutdownOutput();
          assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
      }
      await().until(() -> listeners.activeConnections() == 0);
      String prefix = "listener.127.0.0.1_0.";
      assertThat(counter(stats, prefix + "downstream_cx_total")).isEqualTo(20);
      assertThat(gauge(stats, prefix + "downstream_cx_active")).isZero();
      assertThat(counter(stats, prefix + "downstream_cx_destroy")).isEqualTo(20);
      long byWorkers = 0;
      for (int i = 0; i < carriers.size(); i++) {
        byWorkers += counter(stats, prefix + "worker_" + i + ".downstream_cx_total");
      }
      assertThat(byWorkers).isEqualTo(20);
      assertThat(gauge(stats, "listener_manager.total_listeners_active")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void spreadsConnectionsOverCarriers(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      Set<Integer> used = ConcurrentHashMap.newKeySet();
      int[] counts = new int[carriers.size()];
      Listener listener =
          listeners.open(
              config(
                  LOOPBACK,
                  connection -> {
                    int index = DownstreamConnection.of(connection).channel().carrier().index();
                    used.add(index);
                    counts[index]++;
                    echo(connection);
                  }));
      listeners.start();
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        Socket socket = connect(listener);
        sockets.add(socket);
        roundTrip(socket, "x");
      }
      assertThat(used).hasSize(carriers.size());
      for (int count : counts) {
        // within 25 % and 8 of the mean
        assertThat(count).isBetween(64 / carriers.size() - 9, 64 / carriers.size() + 9);
      }
      for (Socket socket : sockets) {
        socket.close();
      }
      await().until(() -> listeners.activeConnections() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysThatAPortIsTaken(Setup setup) throws Exception {
    try (var carriers = setup.start();
        var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      NetAddress address = LOOPBACK.withPort(taken.getLocalPort());
      assertThatThrownBy(() -> listeners.open(config(address, ListenerTest::echo)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("listener test: listen on " + address + ":")
          .hasMessageMatching("(?i).*address already in use.*");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EPOLL_2"})
  void saysThatAPortIsTakenByAListenerThatShares(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      NetAddress address =
          listeners.open(config(LOOPBACK, ListenerTest::echo)).addresses().getFirst();
      assertThatThrownBy(() ->
              listeners.open(
                  ListenerConfig.of("other", address, List.of(chain(ListenerTest::echo)))))
          .hasMessage("listener other: listen on " + address + ": bind: address already in use");
    }
  }

  @ParameterizedTest
  @EnumSource
  void closesConnectionsAboveTheLimits(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var stats = new Stats();
      var listeners = new Listeners(carriers, stats, () -> 2);
      var all = chain(ListenerTest::echo);
      Listener limited = listeners.open(limited("limited", 1, false, all));
      Listener free = listeners.open(limited("free", 9, false, all));
      Listener apart = listeners.open(limited("apart", 9, true, all));
      listeners.start();
      // Each connects when the one before has its answer: two carriers accept in any order.
      try (var first = connect(limited)) {
        assertThat(roundTrip(first, "a")).isEqualTo("a");
        try (var second = connect(limited)) {
          assertThat(second.getInputStream().read()).isEqualTo(-1);
        }
        try (var third = connect(free)) {
          assertThat(roundTrip(third, "a")).isEqualTo("a");
          try (var fourth = connect(free)) {
            assertThat(fourth.getInputStream().read()).isEqualTo(-1);
          }
          try (var fifth = connect(apart)) {
            assertThat(roundTrip(fifth, "a")).isEqualTo("a");
          }
        }
      }
      assertThat(counter(stats, "listener.limited.downstream_cx_overflow")).isEqualTo(1);
      assertThat(counter(stats, "listener.free.downstream_global_cx_overflow")).isEqualTo(1);
      await().until(() -> listeners.activeConnections() == 0);
      try (var again = connect(limited)) {
        assertThat(roundTrip(again, "a")).isEqualTo("a");
      }
    }
  }

  private static ListenerConfig limited(
      String name, long limit, boolean ignoreGlobal, FilterChainConfig chain) {
    return new ListenerConfig(
        name,
        name,
        List.of(LOOPBACK),
        Set.of(),
        true,
        16,
        SocketOption.NONE,
        List.of(chain),
        null,
        1024,
        () -> limit,
        ignoreGlobal,
        null);
  }

  @ParameterizedTest
  @EnumSource
  void listensAtSeveralAddressesAndClosesWhatNoChainMatches(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var stats = new Stats();
      var listeners = new Listeners(carriers, stats, () -> Long.MAX_VALUE);
      var v4Only =
          new FilterChainMatch(
              0,
              List.of(new io.weft.net.Cidr(NetAddress.Ip.of("127.0.0.0", 0), 8)),
              List.of(),
              FilterChainMatch.SourceType.ANY,
              List.of(),
              Set.of());
      Listener listener =
          listeners.open(
              new ListenerConfig(
                  "two",
                  "two",
                  List.of(LOOPBACK, NetAddress.Ip.of("::1", 0)),
                  Set.of(),
                  true,
                  16,
                  SocketOption.keepAlive(60, 10, 3),
                  List.of(FilterChainConfig.plain("v4", v4Only, ListenerTest::echo, true)),
                  null,
                  1024,
                  () -> Long.MAX_VALUE,
                  false,
                  null));
      listeners.start();
      var v6 = (NetAddress.Ip) listener.addresses().get(1);
      try (var first = connect(listener);
          var second = new Socket(v6.host(), v6.port())) {
        assertThat(roundTrip(first, "a")).isEqualTo("a");
        assertThat(second.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(counter(stats, "listener.two.no_filter_chain_match")).isEqualTo(1);
      await().until(() -> listeners.activeConnections() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EPOLL_1", "EPOLL_2"})
  void takesIpv4PeersAtAnIpv6AddressOnlyWhenAsked(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      NetAddress any = NetAddress.Ip.of("::", 0);
      Listener v6 = listeners.open(config(any, ListenerTest::echo));
      var both = ListenerConfig.of("both", any, List.of(chain(ListenerTest::tellPeer)));
      Listener dual =
          listeners.open(
              new ListenerConfig(
                  "both",
                  "both",
                  List.of(any),
                  Set.of(any),
                  true,
                  16,
                  SocketOption.NONE,
                  both.filterChains(),
                  null,
                  1024,
                  () -> Long.MAX_VALUE,
                  false,
                  null));
      listeners.start();
      int v6Port = ((NetAddress.Ip) v6.addresses().getFirst()).port();
      int dualPort = ((NetAddress.Ip) dual.addresses().getFirst()).port();
      assertThatThrownBy(() -> dial("127.0.0.1", v6Port).close()).isInstanceOf(IOException.class);
      try (var first = dial("::1", v6Port);
          var second = dial("127.0.0.1", dualPort)) {
        assertThat(roundTrip(first, "a")).isEqualTo("a");
        String peer = new String(second.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(peer).isEqualTo("127.0.0.1:" + second.getLocalPort());
      }
    }
  }

  private static void tellPeer(Connection connection) throws IOException {
    connection.sink().write(ByteBuffer.wrap(connection.remoteAddress().getBytes(ISO_8859_1)));
  }

  @Test
  void refusesChainsThatMatchTheSame() {
    var twice = List.of(chain(ListenerTest::echo), chain(ListenerTest::echo));
    assertThatThrownBy(() -> ListenerConfig.of("test", LOOPBACK, twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("same matching rules");
  }

  @ParameterizedTest
  @EnumSource
  void listensAtAUnixSocket(Setup setup, @TempDir Path directory) throws Exception {
    Path path = directory.resolve("socket");
    var unix = UnixDomainSocketAddress.of(path);
    // left behind by a process that has ended: nobody accepts
    ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX).bind(unix).close();
    assertThat(Files.exists(path)).isTrue();
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      var address = new NetAddress.Pipe(path.toString(), 0660);
      listeners.open(config(address, ListenerTest::echo));
      listeners.start();
      assertThat(Files.getPosixFilePermissions(path))
          .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
      try (var socket = SocketChannel.open(unix)) {
        socket.write(ByteBuffer.wrap(new byte[] {7}));
        ByteBuffer answer = ByteBuffer.allocate(1);
        socket.read(answer);
        assertThat(answer.get(0)).isEqualTo((byte) 7);
      }
      assertThatThrownBy(() ->
              listeners.open(
                  ListenerConfig.of("other", address, List.of(chain(ListenerTest::echo)))))
          .hasMessage("listener other: listen on " + path + ": address already in use");
      listeners.stopAccepting();
      assertThat(Files.exists(path)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EPOLL_1", "EPOLL_2"})
  void listensAtAnAbstractUnixSocket(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      var address = new NetAddress.Pipe("@weft-test-" + ProcessHandle.current().pid(), 0);
      listeners.open(config(address, ListenerTest::echo));
      listeners.start();
      var answer = new java.util.concurrent.CompletableFuture<Integer>();
      carriers
          .all()
          .getFirst()
          .start(() -> {
            try {
              long deadline = Deadline.after(Duration.ofSeconds(5)).nanos();
              var channel = io.weft.net.Connector.connect(address, null, deadline);
              channel.write(ByteBuffer.wrap(new byte[] {7}), deadline);
              answer.complete(channel.read(ByteBuffer.allocate(10), deadline));
              channel.close();
            } catch (IOException e) {
              answer.completeExceptionally(e);
            }
          });
      assertThat(answer.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void servesWhatIsInTheQueueWhenItStops(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      Listener listener = listeners.open(config(LOOPBACK, ListenerTest::echo));
      List<Socket> sockets = new ArrayList<>();
      // nothing accepts yet: they wait in the queues
      for (int i = 0; i < 40; i++) {
        sockets.add(connect(listener));
      }
      var address = (NetAddress.Ip) listener.addresses().getFirst();
      listeners.start();
      listeners.stopAccepting();
      Set<String> answers = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        answers.add(roundTrip(sockets.get(i), "n" + (i + 10)));
      }
      assertThat(answers).hasSize(40);
      assertThatThrownBy(() -> new Socket(address.host(), address.port()).close())
          .isInstanceOf(IOException.class);
      assertThat(listeners.awaitNoConnections(Deadline.after(Duration.ofMillis(1)))).isFalse();
      listeners.closeConnections();
      assertThat(listeners.awaitNoConnections(Deadline.after(Duration.ofSeconds(5)))).isTrue();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void detachedConnectionsStayOpenAndAreWoken(Setup setup) throws Exception {
    try (var carriers = setup.start()) {
      var listeners = new Listeners(carriers, new Stats(), () -> Long.MAX_VALUE);
      Listener listener = listeners.open(config(LOOPBACK, ListenerTest::echoInBursts));
      listeners.start();
      try (var socket = connect(listener)) {
        for (int i = 0; i < 3; i++) {
          assertThat(roundTrip(socket, "x")).isEqualTo("x");
        }
        assertThat(listeners.activeConnections()).isEqualTo(1);
        listener.wakeConnections();
        assertThat(socket.getInputStream().read()).isEqualTo('w');
      }
      await().until(() -> listeners.activeConnections() == 0);
    }
  }

  /** Echoes what has come; writes w when it was woken for nothing. */
  private static void echoInBursts(Connection connection) {
    var downstream = DownstreamConnection.of(connection);
    assertThat(downstream.mayDetach()).isTrue();
    Runnable burst =
        new Runnable() {
          private boolean begun;

          @Override
          public void run() {
            try {
              serve();
            } catch (IOException e) {
              downstream.close();
            }
          }

          private void serve() throws IOException {
            var channel = downstream.channel();
            do {
              if (begun && !channel.isReadable()) {
                channel.write(ByteBuffer.wrap(new byte[] {'w'}), Long.MAX_VALUE);
              }
              begun = true;
              ByteBuffer bytes = ByteBuffer.allocate(100);
              if (channel.isReadable() && connection.source().read(bytes) < 0) {
                downstream.close();
                return;
              }
              channel.write(bytes.flip(), Long.MAX_VALUE);
            } while (!channel.detach(this, Long.MAX_VALUE));
          }
        };
    burst.run();
  }
}
