package io.weft.filter.network.directresponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.schema.ResourceReader;
import io.weft.stats.Stats;
import io.weft.testing.Peer;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestChain;
import io.weft.testing.TestScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectResponseTest {
  private final TestCarriers carriers = TestCarriers.start(1);
  private final TestScope scope = TestScope.of(new Stats());

  @AfterEach
  void stop() {
    carriers.close();
  }

  @Test
  void theClientGetsTheResponseAndTheEnd() throws Exception {
    try (var chain = respond("response: {inline_string: \"go away\\n\"}");
        var client = Peer.connect(chain.port())) {
      assertThat(client.readAll()).isEqualTo("go away\n");
      client.halfClose();
      await().until(() -> chain.active() == 0);
    }
  }

  @Test
  void aClientThatWasSendingSeesTheResponseAndNoReset() throws Exception {
    var response = "x".repeat(100_000);
    try (var chain = respond("response: {inline_string: " + response + "}");
        var client = Peer.connect(chain.port())) {
      client.send(new byte[200_000]).halfClose();
      var ending = client.readToEnding();
      assertThat(ending.reset()).isFalse();
      assertThat(ending.text()).isEqualTo(response);
    }
  }

  @Test
  void aClientThatStaysIsClosedAfterAMoment() throws Exception {
    try (var chain = respond("response: {inline_string: bye}");
        var client = Peer.connect(chain.port())) {
      assertThat(client.readAll()).isEqualTo("bye");
      await().until(() -> chain.active() == 0);
    }
  }

  @Test
  void withoutAResponseTheConnectionJustEnds() throws Exception {
    try (var chain = respond("{}");
        var client = Peer.connect(chain.port())) {
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void theResponseMayStandInAFile(@TempDir Path directory) throws Exception {
    var file = Files.writeString(directory.resolve("response"), "from a file");
    try (var chain = respond("response: {filename: \"" + file + "\"}");
        var client = Peer.connect(chain.port())) {
      assertThat(client.readAll()).isEqualTo("from a file");
    }
  }

  @Test
  void aFileThatIsNotThereIsReportedWithItsPlace(@TempDir Path directory) throws Exception {
    try (var chain = respond("response: {filename: \"" + directory.resolve("none") + "\"}")) {
      assertThat(chain.active()).isZero();
      var problem = scope.problems().all().getFirst();
      assertThat(problem.place().path()).isEqualTo("response.filename");
      assertThat(problem.message()).startsWith("cannot be read: ");
    }
  }

  private TestChain respond(String settings) throws IOException {
    var factory = new DirectResponseFactory();
    return TestChain.start(
        carriers, factory.create("direct", ResourceReader.parse(factory.type(), settings), scope));
  }
}
