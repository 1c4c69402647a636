package io.weft.filter.network.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.filter.NetworkFilter;
import io.weft.schema.ResourceReader;
import io.weft.stats.Stats;
import io.weft.testing.Peer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestChain;
import io.weft.testing.TestScope;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EchoTest {
  private final TestCarriers carriers = TestCarriers.start(1);

  @AfterEach
  void stop() {
    carriers.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsSentComesBackAndSoDoesTheEnd(boolean wrapped) throws Exception {
    try (var chain = echo(wrapped);
        var client = Peer.connect(chain.port())) {
      client.send("hello\n");
      assertThat(client.readUntil("\n")).isEqualTo("hello\n");
      client.send("bye").halfClose();
      assertThat(client.readAll()).isEqualTo("bye");
      await().until(() -> chain.active() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void muchComesBackUnchanged(boolean wrapped) throws Exception {
    var bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    try (var chain = echo(wrapped);
        var client = Peer.connect(chain.port())) {
      var sender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.send(bytes).halfClose();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(client.readBytes(bytes.length)).isEqualTo(bytes);
      sender.join();
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void aClientThatIsGoneIsForgotten() throws Exception {
    try (var chain = echo(false)) {
      var client = Peer.connect(chain.port());
      client.send("a");
      client.read(1);
      client.reset();
      await().until(() -> chain.active() == 0);
    }
  }

  private TestChain echo(boolean wrapped) throws IOException {
    var factory = new EchoFactory();
    NetworkFilter.Next echo =
        factory.create(
            "echo", ResourceReader.parse(factory.type(), "{}"), TestScope.of(new Stats()));
    return TestChain.start(
        carriers,
        wrapped
            ? connection ->
                echo.proceed(connection.withSource(source -> target -> source.read(target)))
            : echo);
  }
}
