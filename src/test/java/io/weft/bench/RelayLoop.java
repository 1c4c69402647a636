package io.weft.bench;

import com.sun.management.OperatingSystemMXBean;
import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.carrier.Carriers;
import io.weft.carrier.CarriersConfig;
import io.weft.carrier.PollerKind;
import io.weft.net.Acceptor;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.Connector;
import io.weft.net.NetAddress;
import io.weft.net.ServerSocket;
import io.weft.net.ServerSocketOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;

/**
 * What carriers and channels cost by themselves: relays requests that fit into one read to pooled
 * upstream connections and the answers back, without looking at them, one virtual thread a burst.
 * Prints the processor time a request, all and user alone.
 *
 * <pre>RelayLoop LISTEN_PORT UPSTREAM_PORT [epoll|nio [carriers]]</pre>
 */
public final class RelayLoop {
  private final CarrierLocal<ArrayDeque<Channel>> pools =
      new CarrierLocal<>(_ -> new ArrayDeque<>());
  private final CarrierLocal<long[]> requests = new CarrierLocal<>(_ -> new long[1]);
  private final NetAddress upstream;

  private RelayLoop(NetAddress upstream) {
    this.upstream = upstream;
  }

  public static void main(String[] args) throws Exception {
    PollerKind poller =
        args.length > 2 && args[2].equals("nio") ? PollerKind.NIO : PollerKind.EPOLL;
    int count = args.length > 3 ? Integer.parseInt(args[3]) : 1;
    Carriers carriers =
        Carriers.start(new CarriersConfig(count, poller, Boolean.getBoolean("pin")));
    var loop = new RelayLoop(NetAddress.Ip.of("127.0.0.1", Integer.parseInt(args[1])));
    NetAddress address = NetAddress.Ip.of("127.0.0.1", Integer.parseInt(args[0]));
    var options = ServerSocketOptions.DEFAULT.withReusePort(true);
    for (Carrier carrier : carriers.all()) {
      ServerSocket.open(poller, address, options).accept(carrier, loop.new Taker());
    }
    loop.report(carriers);
  }

  private void report(Carriers carriers) {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long last = 0;
    while (true) {
      LockSupport.parkNanos(2_000_000_000);
      long[] sum = new long[1];
      requests.forEach(carriers, (_, counter) -> sum[0] += counter[0]);
      long now = system.getProcessCpuTime();
      long made = sum[0] - last;
      if (made > 100) {
        System.err.printf("%d requests/s, %.2f us a request%n", made / 2, (now - cpu) / 1e3 / made);
      }
      cpu = now;
      last = sum[0];
    }
  }

  private final class Taker implements Acceptor {
    @Override
    public Carrier place(Carrier accepting) {
      return accepting;
    }

    @Override
    public void accepted(Channel channel) {
      var burst = new Burst(channel);
      if (!channel.detach(burst, Long.MAX_VALUE)) {
        channel.carrier().start(burst);
      }
    }

    @Override
    public void lost(Carrier chosen, IOException cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void acceptFailed(IOException cause) {
      throw new AssertionError(cause);
    }
  }

  private final class Burst implements Runnable {
    private final Channel downstream;

    Burst(Channel downstream) {
      this.downstream = downstream;
    }

    @Override
    public void run() {
      try {
        serve();
      } catch (IOException e) {
        downstream.close();
      }
    }

    private void serve() throws IOException {
      do {
        Buffer buffer = Buffer.borrow();
        try {
          int count = downstream.tryRead(buffer);
          if (count < 0) {
            downstream.close();
            return;
          }
          if (count > 0) {
            relay(buffer);
          }
        } finally {
          buffer.release();
        }
      } while (!downstream.detach(this, Long.MAX_VALUE));
    }

    private void relay(Buffer buffer) throws IOException {
      long deadline = downstream.carrier().nowNanos() + 15_000_000_000L;
      ArrayDeque<Channel> pool = pools.get();
      Channel channel = pool.pollFirst();
      if (channel == null || !channel.activate()) {
        channel = Connector.connect(upstream, null, deadline);
      }
      channel.write(buffer, deadline);
      buffer.clear();
      if (channel.read(buffer, deadline) < 0) {
        throw new IOException("upstream closed");
      }
      Channel idle = channel;
      if (channel.idle(idle::close)) {
        pool.addFirst(channel);
      }
      downstream.write(buffer, deadline);
      requests.get()[0]++;
    }
  }
}
