package io.weft.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * grpc-java's server with a service {@code test.Words}, whose messages are texts. What a call does
 * is told by its messages, each in its turn: {@code echo:text} sends it back, {@code many:count} as
 * many messages, {@code large:bytes} one so large, {@code fail:number:text} ends with that status,
 * {@code hang} does nothing. At the end of its requests a call ends well, and not before.
 */
public final class TestGrpcServer implements AutoCloseable {
  /** The metadata of calls and answers. */
  public static final Metadata.Key<String> WORD =
      Metadata.Key.of("x-word", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> TIMEOUT =
      Metadata.Key.of("x-seen-timeout", Metadata.ASCII_STRING_MARSHALLER);

  private final Server server;
  private final int port;
  private final List<Metadata> calls = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> canceled = new LinkedBlockingQueue<>();

  private TestGrpcServer(@Nullable Path directory, String name) throws IOException {
    var builder = NettyServerBuilder.forPort(0).maxInboundMessageSize(64 << 20);
    if (directory != null) {
      builder.useTransportSecurity(
          directory.resolve(name + ".crt").toFile(), directory.resolve(name + ".key").toFile());
    }
    server = builder.addService(service()).build().start();
    port = server.getPort();
  }

  /** A server in clear. */
  public static TestGrpcServer start() throws IOException {
    return new TestGrpcServer(null, "");
  }

  /** A server over TLS, with the certificate of that name in a directory. */
  public static TestGrpcServer start(Path directory, String name) throws IOException {
    return new TestGrpcServer(directory, name);
  }

  public int port() {
    return port;
  }

  /** The metadata of the calls so far. */
  public List<Metadata> calls() {
    return calls;
  }

  /** Waits until a call was canceled by the client. */
  public boolean awaitCanceled() throws InterruptedException {
    return canceled.poll(10, TimeUnit.SECONDS) != null;
  }

  /** The method that all calls are of. */
  public static MethodDescriptor<String, String> method() {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName("test.Words/Talk")
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("test.Words").addMethod(method(), this::begin).build();
  }

  private ServerCall.Listener<String> begin(ServerCall<String, String> call, Metadata metadata) {
    calls.add(metadata);
    return new Talk(call, metadata);
  }

  private final class Talk extends ServerCall.Listener<String> {
    private final ServerCall<String, String> call;
    private final Metadata metadata;
    private boolean begun;
    private boolean ended;

    Talk(ServerCall<String, String> call, Metadata metadata) {
      this.call = call;
      this.metadata = metadata;
      call.request(1);
    }

    private void say(String text) {
      if (!begun) {
        begun = true;
        var headers = new Metadata();
        String word = metadata.get(WORD);
        if (word != null) {
          headers.put(WORD, word);
        }
        var deadline = Context.current().getDeadline();
        if (deadline != null) {
          headers.put(TIMEOUT, Long.toString(deadline.timeRemaining(TimeUnit.MILLISECONDS)));
        }
        call.sendHeaders(headers);
      }
      call.sendMessage(text);
    }

    @Override
    public void onMessage(String message) {
      String[] parts = message.split(":", 3);
      switch (parts[0]) {
        case "echo" -> say(parts[1]);
        case "many" -> {
          for (int i = 0; i < Integer.parseInt(parts[1]); i++) {
            say("message " + i);
          }
        }
        case "large" -> say("x".repeat(Integer.parseInt(parts[1])));
        case "fail" ->
            end(Status.fromCodeValue(Integer.parseInt(parts[1])).withDescription(parts[2]));
        case "hang" -> ended = true;
        default -> say(Integer.toString(message.length()));
      }
      if (!ended) {
        call.request(1);
      }
    }

    private void end(Status status) {
      ended = true;
      var trailers = new Metadata();
      trailers.put(WORD, "end");
      call.close(status, trailers);
    }

    @Override
    public void onHalfClose() {
      if (!ended) {
        end(Status.OK);
      }
    }

    @Override
    public void onCancel() {
      canceled.add("canceled");
    }
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new AssertionError("the server does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
