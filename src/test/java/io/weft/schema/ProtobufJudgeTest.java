package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Protobuf judges the reader: its JSON of any message of the table must be read as that message.
 */
final class ProtobufJudgeTest {
  @Test
  void readsWhatProtobufWrites() throws Exception {
    var types = SchemaGenerator.all();
    var messages = new ProtobufMessages(types, 20261122);
    int compared = 0;
    for (var name : Schema.get().messageNames()) {
      if (SchemaGenerator.RENAMED.containsValue(name) || AnyReader.isTypedStruct(name)) {
        continue;
      }
      for (int round = 0; round < 3; round++) {
        var written = messages.random(Objects.requireNonNull(types.get(name)), 3);
        var json = messages.json(written);
        assertThat(read(messages, name, json)).as(json).isEqualTo(written);
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(3000);
  }

  @Test
  void readsTheFullFormItWrites() throws Exception {
    var types = SchemaGenerator.all();
    var messages = new ProtobufMessages(types, 7);
    for (var name : Schema.get().messageNames()) {
      if (SchemaGenerator.RENAMED.containsValue(name) || AnyReader.isTypedStruct(name)) {
        continue;
      }
      var written = messages.random(Objects.requireNonNull(types.get(name)), 3);
      var message = message(name, messages.json(written));
      var yaml = FullForm.text(message, "");
      assertThat(read(messages, name, yaml)).as(yaml).isEqualTo(written);
    }
  }

  private static DynamicMessage read(ProtobufMessages messages, String name, String text) {
    return messages.of(message(name, text));
  }

  /** What is not supported and what breaks a rule is read all the same. */
  private static Message message(String name, String text) {
    var problems = new Problems();
    var message = ResourceReader.read("x.json", text, name, ReadOptions.PLAIN, problems);
    assertThat(problems.all()).as(text).noneMatch(p -> p.message().contains("unknown field"));
    return Objects.requireNonNull(message, text);
  }
}
