package io.weft.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChannelTest {
  private static final long NEVER = Long.MAX_VALUE;

  static void echo(Channel channel) throws IOException {
    Buffer buffer = Buffer.borrow();
    try {
      while (channel.read(buffer, Carried.in(10_000)) >= 0) {
        channel.write(buffer, Carried.in(10_000));
        buffer.clear();
      }
      channel.shutdownOutput();
    } finally {
      buffer.release();
    }
  }

  @ParameterizedTest
  @EnumSource
  void echoesUntilTheClientHalfCloses(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      for (int i = 0; i < 4; i++) {
        String answer =
            carried.on(() -> {
              Channel channel = Connector.connect(server, null, Carried.in(5000));
              Buffer buffer = Buffer.borrow();
              Carried.put(buffer, "hello");
              channel.write(buffer, NEVER);
              assertThat(buffer.isEmpty()).isTrue();
              channel.shutdownOutput();
              buffer.clear();
              while (channel.read(buffer, Carried.in(5000)) >= 0) {}
              String text = Carried.text(buffer);
              buffer.release();
              assertThat(channel.bytesRead()).isEqualTo(5);
              assertThat(channel.bytesWritten()).isEqualTo(5);
              channel.close();
              return text;
            });
        assertThat(answer).isEqualTo("hello");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void movesMoreThanSocketsHoldBothWaysAtOnce(Carried.Setup setup) throws Exception {
    int total = 20_000_000;
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        var written = new CompletableFuture<Void>();
        channel
            .carrier()
            .start(() -> {
              try {
                ByteBuffer bytes = ByteBuffer.allocate(total);
                for (int i = 0; i < total; i++) {
                  bytes.put(i, (byte) (i * 7 + (i >> 12)));
                }
                channel.write(bytes, Carried.in(20_000));
                channel.shutdownOutput();
                written.complete(null);
              } catch (IOException e) {
                written.completeExceptionally(e);
              }
            });
        ByteBuffer bytes = ByteBuffer.allocateDirect(total + 1);
        while (channel.read(bytes, Carried.in(10_000)) >= 0) {}
        assertThat(bytes.position()).isEqualTo(total);
        for (int i = 0; i < total; i++) {
          if (bytes.get(i) != (byte) (i * 7 + (i >> 12))) {
            throw new AssertionError("byte " + i + " differs");
          }
        }
        written.get();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void readTimesOutAtItsDeadlineAndTheChannelStaysUsable(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        Buffer buffer = Buffer.borrow();
        for (long millis : new long[] {1, 30, 1200}) {
          long start = System.nanoTime();
          assertThatThrownBy(() -> channel.read(buffer, Carried.in(millis)))
              .isInstanceOf(NetTimeoutException.class);
          assertThat((System.nanoTime() - start) / 1_000_000).isBetween(millis, millis + 500);
        }
        Carried.put(buffer, "x");
        channel.write(buffer, NEVER);
        assertThat(channel.read(buffer, Carried.in(5000))).isEqualTo(1);
        buffer.release();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void writeTimesOutWhenThePeerDoesNotRead(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      var end = new CountDownLatch(1);
      NetAddress server = carried.serve(Carried.LOOPBACK, channel -> awaitUninterrupted(end));
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        ByteBuffer bytes = ByteBuffer.allocateDirect(64 << 20);
        assertThatThrownBy(() -> channel.write(bytes, Carried.in(100)))
            .isInstanceOf(NetTimeoutException.class);
        channel.reset();
        end.countDown();
        return null;
      });
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void closeWakesTheReader(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        channel.carrier().start(channel::close);
        Buffer buffer = Buffer.borrow();
        assertThatThrownBy(() -> channel.read(buffer, NEVER))
            .isInstanceOf(ChannelClosedException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), NEVER))
            .isInstanceOf(ChannelClosedException.class);
        buffer.release();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void interruptEndsAWaitAndLeavesTheFlagSet(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        Thread me = Thread.currentThread();
        channel.carrier().start(me::interrupt);
        assertThatThrownBy(() -> channel.awaitReadable(NEVER))
            .isInstanceOf(CanceledException.class);
        assertThat(Thread.interrupted()).isTrue();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void resetReachesThePeer(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      var seen = new CompletableFuture<Throwable>();
      NetAddress server =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                try {
                  echo(channel);
                  seen.complete(new AssertionError("end of stream"));
                } catch (IOException e) {
                  seen.complete(e);
                }
              });
      carried.on(() -> {
        Connector.connect(server, null, Carried.in(5000)).reset();
        return null;
      });
      assertThat(seen.get(5, TimeUnit.SECONDS)).isInstanceOf(ResetException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectToAClosedPortIsRefused(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      ServerSocket socket =
          ServerSocket.open(carried.poller, Carried.LOOPBACK, ServerSocketOptions.DEFAULT);
      NetAddress address = socket.localAddress();
      socket.close();
      assertThatThrownBy(() -> carried.on(() -> Connector.connect(address, null, Carried.in(5000))))
          .isInstanceOf(ConnectFailedException.class)
          .hasMessage("connect to " + address + ": connection refused");
    }
  }

  @ParameterizedTest
  @EnumSource
  void detachedChannelStartsAThreadForEachBurst(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      List<Long> threads = new ArrayList<>();
      var done = new CompletableFuture<List<Long>>();
      NetAddress server = carried.serve(Carried.LOOPBACK, channel -> {});
      NetAddress bursts = serveBursts(carried, threads, done);
      assertThat(server).isNotEqualTo(bursts);
      carried.on(() -> {
        Channel channel = Connector.connect(bursts, null, Carried.in(5000));
        Buffer buffer = Buffer.borrow();
        for (int i = 0; i < 5; i++) {
          buffer.clear();
          Carried.put(buffer, "ping");
          channel.write(buffer, NEVER);
          buffer.clear();
          while (buffer.readable() < 4) {
            assertThat(channel.read(buffer, Carried.in(5000))).isPositive();
          }
        }
        buffer.release();
        channel.close();
        return null;
      });
      assertThat(done.get(5, TimeUnit.SECONDS)).doesNotHaveDuplicates().hasSizeGreaterThan(5);
    }
  }

  private static NetAddress serveBursts(
      Carried carried, List<Long> threads, CompletableFuture<List<Long>> done) throws IOException {
    ServerSocket socket =
        ServerSocket.open(carried.poller, Carried.LOOPBACK, ServerSocketOptions.DEFAULT);
    socket.accept(
        carried.carriers.all().getFirst(),
        new Acceptor() {
          @Override
          public io.weft.carrier.Carrier place(io.weft.carrier.Carrier accepting) {
            return carried.next();
          }

          @Override
          public void accepted(Channel channel) {
            new Burst(channel).run();
          }

          @Override
          public void lost(io.weft.carrier.Carrier chosen, IOException cause) {
            throw new AssertionError(cause);
          }

          @Override
          public void acceptFailed(IOException cause) {
            done.completeExceptionally(cause);
          }

          final class Burst implements Runnable {
            private final Channel channel;

            Burst(Channel channel) {
              this.channel = channel;
            }

            @Override
            public void run() {
              if (!Thread.currentThread().isVirtual()) {
                channel.detach(this, NEVER);
                return;
              }
              try {
                threads.add(Thread.currentThread().threadId());
                serve();
              } catch (IOException e) {
                done.completeExceptionally(e);
              }
            }

            private void serve() throws IOException {
              Buffer buffer = Buffer.borrow();
              try {
                int count;
                while ((count = channel.tryRead(buffer)) > 0) {
                  channel.write(buffer, NEVER);
                  buffer.clear();
                }
                if (count < 0) {
                  channel.close();
                  done.complete(threads);
                } else if (!channel.detach(this, NEVER)) {
                  serve();
                }
              } finally {
                buffer.release();
              }
            }
          }
        });
    return socket.localAddress();
  }

  @ParameterizedTest
  @EnumSource
  void detachedChannelIsToldOfItsDeadlineAndOfWake(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        var timedOut = new CompletableFuture<Boolean>();
        assertThat(channel.detach(() -> timedOut.complete(channel.timedOut()), Carried.in(20)))
            .isTrue();
        assertThat(timedOut.get(5, TimeUnit.SECONDS)).isTrue();
        var woken = new CompletableFuture<Boolean>();
        assertThat(channel.detach(() -> woken.complete(channel.timedOut()), NEVER)).isTrue();
        channel.wake();
        assertThat(woken.get(5, TimeUnit.SECONDS)).isFalse();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void lingersUntilBytesTheDeadlineOrWake(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        assertThat(channel.linger(Carried.in(20))).as("the deadline").isFalse();
        channel.carrier().schedule(5_000_000, channel::wake);
        assertThat(channel.linger(NEVER)).as("woken").isFalse();
        channel.wake();
        channel.write(ByteBuffer.wrap(new byte[3]), NEVER);
        assertThat(channel.linger(Carried.in(5000))).as("bytes").isTrue();
        assertThat(channel.detach(() -> {}, NEVER)).as("as before").isFalse();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void idleChannelTellsThatThePeerHasClosed(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                Buffer buffer = Buffer.borrow();
                channel.read(buffer, Carried.in(5000));
                buffer.release();
              });
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        assertThat(channel.idle(() -> {})).isTrue();
        assertThat(channel.activate()).isTrue();
        var event = new CompletableFuture<Boolean>();
        assertThat(channel.idle(() -> event.complete(channel.activate()))).isTrue();
        channel.write(ByteBuffer.wrap("bye".getBytes(ISO_8859_1)), NEVER);
        assertThat(event.get(5, TimeUnit.SECONDS)).isFalse();
        Buffer buffer = Buffer.borrow();
        assertThat(channel.read(buffer, NEVER)).isEqualTo(-1);
        buffer.release();
        assertThat(channel.peerClosed()).isTrue();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void relaysTheStreamUpToALimitAndToItsEnd(Carried.Setup setup) throws Exception {
    int total = 3_000_000;
    try (var carried = new Carried(setup)) {
      NetAddress sink =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                Buffer buffer = Buffer.borrow();
                long count = 0;
                int read;
                while ((read = channel.read(buffer, Carried.in(5000))) >= 0) {
                  count += read;
                  buffer.clear();
                }
                Carried.put(buffer, count + " bytes");
                channel.write(buffer, NEVER);
                buffer.release();
              });
      NetAddress source =
          carried.serve(
              Carried.LOOPBACK,
              channel -> channel.write(ByteBuffer.allocateDirect(total), Carried.in(5000)));
      String answer =
          carried.on(() -> {
            Channel from = Connector.connect(source, null, Carried.in(5000));
            Channel to = Connector.connect(sink, null, Carried.in(5000));
            long first = from.relayTo(to, 10, Carried.in(5000));
            assertThat(first).isBetween(1L, 10L);
            long moved = first;
            long count;
            while ((count = from.relayTo(to, NEVER, Carried.in(5000))) >= 0) {
              moved += count;
            }
            assertThat(moved).isEqualTo(total);
            assertThat(from.bytesRead()).isEqualTo(total);
            assertThat(to.bytesWritten()).isEqualTo(total);
            to.shutdownOutput();
            Buffer buffer = Buffer.borrow();
            while (to.read(buffer, Carried.in(5000)) >= 0) {}
            String text = Carried.text(buffer);
            buffer.release();
            from.close();
            to.close();
            return text;
          });
      assertThat(answer).isEqualTo(total + " bytes");
    }
  }

  @ParameterizedTest
  @EnumSource
  void cancelEndsWaitsUntilItIsTakenBack(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        channel.carrier().start(channel::cancel);
        Buffer buffer = Buffer.borrow();
        assertThatThrownBy(() -> channel.read(buffer, NEVER)).isInstanceOf(CanceledException.class);
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1), NEVER))
            .isInstanceOf(CanceledException.class);
        channel.uncancel();
        Carried.put(buffer, "x");
        channel.write(buffer, NEVER);
        buffer.clear();
        assertThat(channel.read(buffer, Carried.in(5000))).isEqualTo(1);
        assertThat(channel.drained()).isTrue();
        buffer.release();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EPOLL_1", "EPOLL_2"})
  void tellsOfAResetThatNoThreadWaitsFor(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      var told = new CompletableFuture<Void>();
      NetAddress server =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                channel.onReset(() -> told.complete(null));
                Buffer buffer = Buffer.borrow();
                channel.read(buffer, NEVER);
                channel.write(buffer, NEVER);
                buffer.release();
                told.join();
              });
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        channel.write(ByteBuffer.wrap(new byte[1]), NEVER);
        channel.awaitReadable(Carried.in(5000));
        channel.reset();
        return null;
      });
      told.get(5, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aThreadThatNeverParksLetsOthersRun(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                Buffer buffer = Buffer.borrow();
                while (channel.read(buffer, NEVER) >= 0) {
                  buffer.clear();
                }
                buffer.release();
              });
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        int[] turns = new int[1];
        var stop = new java.util.concurrent.atomic.AtomicBoolean();
        channel
            .carrier()
            .start(() -> {
              while (!stop.get()) {
                turns[0]++;
                channel.carrier().yieldNow();
              }
            });
        ByteBuffer one = ByteBuffer.allocate(1);
        for (int i = 0; i < 170; i++) {
          channel.write(one.clear(), NEVER);
        }
        assertThat(turns[0]).isGreaterThanOrEqualTo(9);
        int before = turns[0];
        ByteBuffer large = ByteBuffer.allocateDirect(256 * 1024);
        for (int i = 0; i < 10; i++) {
          channel.write(large.clear(), NEVER);
        }
        assertThat(turns[0] - before).isGreaterThanOrEqualTo(9);
        stop.set(true);
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRelayFailsWhenItsTargetIsGoneAndTheNextOneIsWhole(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress gone =
          carried.serve(
              Carried.LOOPBACK,
              channel -> {
                channel.awaitReadable(Carried.in(5000));
                channel.reset();
              });
      NetAddress source =
          carried.serve(
              Carried.LOOPBACK,
              channel -> channel.write(ByteBuffer.allocateDirect(8 << 20), Carried.in(5000)));
      NetAddress echo = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        for (int i = 0; i < 20; i++) {
          Channel from = Connector.connect(source, null, Carried.in(5000));
          Channel to = Connector.connect(gone, null, Carried.in(5000));
          assertThatThrownBy(
                  () -> {
                    while (true) {
                      from.relayTo(to, 8 << 20, Carried.in(5000));
                    }
                  })
              .isInstanceOf(ResetException.class);
          from.close();
          to.close();
        }
        // bytes left in a pipe would come out here
        Channel back = Connector.connect(echo, null, Carried.in(5000));
        Channel to = Connector.connect(echo, null, Carried.in(5000));
        byte[] ones = new byte[100_000];
        java.util.Arrays.fill(ones, (byte) 1);
        back.write(ByteBuffer.wrap(ones), Carried.in(5000));
        long moved = 0;
        while (moved < ones.length) {
          moved += back.relayTo(to, Math.max(40_000, ones.length - moved), Carried.in(5000));
        }
        ByteBuffer answer = ByteBuffer.allocate(ones.length);
        while (answer.hasRemaining()) {
          assertThat(to.read(answer, Carried.in(5000))).isPositive();
        }
        assertThat(answer.array()).isEqualTo(ones);
        back.close();
        to.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void writesTwoBuffersAsOne(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      NetAddress server = carried.serve(Carried.LOOPBACK, ChannelTest::echo);
      carried.on(() -> {
        Channel channel = Connector.connect(server, null, Carried.in(5000));
        Buffer head = Buffer.borrow();
        Buffer body = Buffer.borrow();
        Carried.put(head, "head ");
        Carried.put(body, "body");
        channel.write(head, body, NEVER);
        assertThat(head.isEmpty() && body.isEmpty()).isTrue();
        assertThat(channel.bytesWritten()).isEqualTo(9);
        head.clear();
        while (head.readable() < 9) {
          channel.read(head, Carried.in(5000));
        }
        assertThat(Carried.text(head)).isEqualTo("head body");
        head.release();
        body.release();
        channel.close();
        return null;
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void knowsTheAddressesOfBothSides(Carried.Setup setup) throws Exception {
    try (var carried = new Carried(setup)) {
      var seen = new CompletableFuture<List<NetAddress>>();
      NetAddress server =
          carried.serve(
              NetAddress.Ip.of("::1", 0),
              channel -> seen.complete(List.of(channel.localAddress(), channel.remoteAddress())));
      List<NetAddress> mine =
          carried.on(() -> {
            Channel channel = Connector.connect(server, null, Carried.in(5000));
            var addresses = List.of(channel.remoteAddress(), channel.localAddress());
            channel.close();
            return addresses;
          });
      assertThat(seen.get(5, TimeUnit.SECONDS)).isEqualTo(mine);
      assertThat(server.toString()).matches("\\[::1]:\\d+");
    }
  }
}
