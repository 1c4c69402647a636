package io.weft.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * grpc-java's client and server as load for {@code loadtest/compare}. {@code server PORT} answers
 * each message with one of 1 KiB. {@code client} takes lines {@code unary|stream PORT STREAMS
 * SECONDS} and answers each with what came of it: answers, failures, p50 and p99 in microseconds.
 */
public final class GrpcLoad {
  private static final byte[] QUESTION = new byte[100];
  private static final byte[] ANSWER = new byte[1024];
  private static final MethodDescriptor<byte[], byte[]> UNARY = method("Ask", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> STREAM =
      method("Talk", MethodType.BIDI_STREAMING);

  private GrpcLoad() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("server")) {
      serve(Integer.parseInt(args[1]));
    } else {
      takeOrders();
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName("load.Words/" + name)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static void serve(int port) throws Exception {
    var service =
        ServerServiceDefinition.builder("load.Words")
            .addMethod(UNARY, (call, _) -> new Answering(call))
            .addMethod(STREAM, (call, _) -> new Answering(call))
            .build();
    var group = new NioEventLoopGroup(1);
    NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
        .channelType(NioServerSocketChannel.class)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group)
        .directExecutor()
        .addService(service)
        .build()
        .start()
        .awaitTermination();
  }

  /** One answer a message. */
  private static final class Answering extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private boolean begun;

    Answering(ServerCall<byte[], byte[]> call) {
      this.call = call;
      call.request(2);
    }

    @Override
    public void onMessage(byte[] message) {
      if (!begun) {
        begun = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(ANSWER);
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      call.close(Status.OK, new Metadata());
    }
  }

  private static void takeOrders() throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    var out = new PrintStream(System.out, true, UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] order = line.split(" ", -1);
      var run = new Run(order[0].equals("unary"), Double.parseDouble(order[3]));
      out.println(run.against(Integer.parseInt(order[1]), Integer.parseInt(order[2])));
    }
  }

  /** As many answers as some streams of one connection get in a time. */
  private static final class Run {
    private final boolean unary;
    private final double seconds;
    private long[] nanos = new long[1 << 16];
    private int answers;
    private int failures;
    private volatile long until;

    Run(boolean unary, double seconds) {
      this.unary = unary;
      this.seconds = seconds;
    }

    String against(int port, int streams) throws Exception {
      var group = new NioEventLoopGroup(1);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .channelType(NioSocketChannel.class)
              .eventLoopGroup(group)
              .directExecutor()
              .usePlaintext()
              .build();
      var ended = new CountDownLatch(streams);
      group
          .submit(() -> {
            until = System.nanoTime() + (long) (seconds * 1e9);
            for (int i = 0; i < streams; i++) {
              new Stream(this, channel, ended).begin();
            }
          })
          .sync();
      ended.await();
      channel.shutdownNow();
      group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
      long[] sorted = Arrays.copyOf(nanos, answers);
      Arrays.sort(sorted);
      return String.format(
          Locale.ROOT,
          "%d %d %d %d",
          answers,
          failures,
          answers == 0 ? 0 : sorted[answers / 2] / 1000,
          answers == 0 ? 0 : sorted[(int) (answers * 0.99)] / 1000);
    }

    synchronized void answered(long took) {
      if (answers == nanos.length) {
        nanos = Arrays.copyOf(nanos, answers * 2);
      }
      nanos[answers++] = took;
    }

    /** Whether to go on. */
    synchronized boolean failed() {
      return ++failures < 1000;
    }
  }

  /** One call behind the other, or one call with one message behind the other. */
  private static final class Stream extends ClientCall.Listener<byte[]> {
    private final Run run;
    private final ManagedChannel channel;
    private final CountDownLatch ended;
    private ClientCall<byte[], byte[]> call;
    private long asked;

    Stream(Run run, ManagedChannel channel, CountDownLatch ended) {
      this.run = run;
      this.channel = channel;
      this.ended = ended;
      call = channel.newCall(run.unary ? UNARY : STREAM, CallOptions.DEFAULT);
    }

    void begin() {
      asked = System.nanoTime();
      call.start(this, new Metadata());
      call.request(run.unary ? 2 : 1);
      call.sendMessage(QUESTION);
      if (run.unary) {
        call.halfClose();
      }
    }

    @Override
    public void onMessage(byte[] message) {
      if (run.unary) {
        return;
      }
      long now = System.nanoTime();
      run.answered(now - asked);
      if (now >= run.until) {
        call.halfClose();
        return;
      }
      asked = now;
      call.request(1);
      call.sendMessage(QUESTION);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      long now = System.nanoTime();
      boolean more = now < run.until;
      if (!status.isOk()) {
        more &= run.failed();
      } else if (run.unary) {
        run.answered(now - asked);
      }
      if (more) {
        call = channel.newCall(run.unary ? UNARY : STREAM, CallOptions.DEFAULT);
        begin();
      } else {
        ended.countDown();
      }
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
