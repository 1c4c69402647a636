package io.weft.schema;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.FieldMaskUtil;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Protobuf's own messages for comparison: random ones, and what Weft has read turned into them. */
final class ProtobufMessages {
  private final Map<String, Descriptor> types;
  private final Random random;
  private final JsonFormat.Printer printer;

  ProtobufMessages(Map<String, Descriptor> types, long seed) {
    this.types = types;
    this.random = new Random(seed);
    this.printer =
        JsonFormat.printer()
            .usingTypeRegistry(TypeRegistry.newBuilder().add(types.values()).build());
  }

  /** A message with some of its fields set, down to a depth. */
  DynamicMessage random(Descriptor type, int depth) {
    var builder = DynamicMessage.newBuilder(type);
    for (var field : type.getFields()) {
      boolean needed =
          type.getFullName().equals(ShortForms.HCM) && field.getName().equals("http_filters");
      boolean free =
          field.getRealContainingOneof() == null
              || !builder.hasOneof(field.getRealContainingOneof());
      if (needed || (free && random.nextInt(depth > 1 ? 2 : 5) == 0)) {
        set(builder, field, depth);
      }
    }
    return builder.build();
  }

  private void set(DynamicMessage.Builder builder, FieldDescriptor field, int depth) {
    if (field.isMapField()) {
      var entry = field.getMessageType();
      var key = entry.findFieldByName("key");
      var value = one(entry.findFieldByName("value"), depth);
      if (value != null) {
        builder.addRepeatedField(
            field,
            DynamicMessage.newBuilder(entry)
                .setField(key, java.util.Objects.requireNonNull(one(key, depth)))
                .setField(entry.findFieldByName("value"), value)
                .build());
      }
    } else if (field.isRepeated()) {
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        var value = one(field, depth);
        if (value != null) {
          builder.addRepeatedField(field, value);
        }
      }
    } else {
      var value = one(field, depth);
      if (value != null) {
        builder.setField(field, value);
      }
    }
  }

  private @Nullable Object one(FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case FLOAT -> random.nextInt(1000) / 8f;
      case DOUBLE -> random.nextInt(100000) / 16.0;
      case BOOLEAN -> true;
      case STRING -> text();
      case BYTE_STRING -> ByteString.copyFromUtf8(text());
      case ENUM -> {
        var values = field.getEnumType().getValues();
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE -> message(field.getMessageType(), depth);
    };
  }

  private String text() {
    var texts =
        List.of(
            "a",
            "true",
            "12",
            "null",
            "x: y",
            "# no comment",
            "-",
            "ü\n\"\\",
            "@x",
            "1.5s",
            "a b",
            "~",
            "*",
            "0x1f");
    return texts.get(random.nextInt(texts.size()));
  }

  private @Nullable Object message(Descriptor type, int depth) {
    return switch (type.getFullName()) {
      case "google.protobuf.Any" -> {
        var router = type("envoy.extensions.filters.http.router.v3.Router");
        var content =
            DynamicMessage.newBuilder(router)
                .setField(router.findFieldByName("suppress_envoy_headers"), true)
                .build();
        yield Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + router.getFullName())
            .setValue(content.toByteString())
            .build();
      }
      case "google.protobuf.Duration" ->
          Duration.newBuilder()
              .setSeconds(random.nextInt(5000))
              .setNanos(random.nextInt(3) * 250_000_000)
              .build();
      case "google.protobuf.Timestamp" ->
          Timestamp.newBuilder().setSeconds(random.nextInt(Integer.MAX_VALUE)).build();
      case "google.protobuf.Struct" -> struct();
      case "google.protobuf.Value" -> Value.newBuilder().setStructValue(struct()).build();
      case "google.protobuf.ListValue" ->
          ListValue.newBuilder().addValues(Value.newBuilder().setStringValue(text())).build();
      case "google.protobuf.FieldMask" ->
          FieldMask.newBuilder().addPaths("a.b").addPaths("c").build();
      case "google.protobuf.Empty" -> Empty.getDefaultInstance();
      default -> {
        if (WellKnown.wrapped(type.getFullName()) != null) {
          var field = type.findFieldByName("value");
          var value = java.util.Objects.requireNonNull(one(field, 0));
          yield DynamicMessage.newBuilder(type).setField(field, value).build();
        }
        yield depth == 0 ? null : random(type, depth - 1);
      }
    };
  }

  private Struct struct() {
    return Struct.newBuilder()
        .putFields("text", Value.newBuilder().setStringValue(text()).build())
        .putFields("number", Value.newBuilder().setNumberValue(random.nextInt(10) / 4.0).build())
        .putFields("yes", Value.newBuilder().setBoolValue(true).build())
        .putFields("nothing", Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build())
        .putFields(
            "list",
            Value.newBuilder()
                .setListValue(
                    ListValue.newBuilder().addValues(Value.newBuilder().setNumberValue(1)))
                .build())
        .build();
  }

  private Descriptor type(String name) {
    return java.util.Objects.requireNonNull(types.get(name), name);
  }

  /** The JSON protobuf writes. */
  String json(DynamicMessage message) throws Exception {
    return printer.print(message);
  }

  /** What Weft has read, as protobuf's message. */
  DynamicMessage of(Message message) {
    var type = type(message.type());
    var builder = DynamicMessage.newBuilder(type);
    for (var set : message.setFields()) {
      var field = type.findFieldByName(set.name());
      var value = java.util.Objects.requireNonNull(message.value(set.name()));
      if (field.isMapField()) {
        var entry = field.getMessageType();
        for (var one : ((Map<?, ?>) value).entrySet()) {
          builder.addRepeatedField(
              field,
              DynamicMessage.newBuilder(entry)
                  .setField(
                      entry.findFieldByName("key"), of(entry.findFieldByName("key"), one.getKey()))
                  .setField(
                      entry.findFieldByName("value"),
                      of(entry.findFieldByName("value"), one.getValue()))
                  .build());
        }
      } else if (field.isRepeated()) {
        for (var one : (List<?>) value) {
          builder.addRepeatedField(field, of(field, one));
        }
      } else {
        builder.setField(field, of(field, value));
      }
    }
    return builder.build();
  }

  private Object of(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case INT -> ((Long) value).intValue();
      case FLOAT -> ((Double) value).floatValue();
      case ENUM -> {
        EnumValueDescriptor found =
            field.getEnumType().findValueByName(((EnumType.Value) value).name());
        yield found;
      }
      case BYTE_STRING -> ByteString.copyFrom((byte[]) value);
      case LONG, DOUBLE, BOOLEAN, STRING -> value;
      case MESSAGE -> wellKnown(field.getMessageType(), value);
    };
  }

  private Object wellKnown(Descriptor type, Object value) {
    return switch (type.getFullName()) {
      case "google.protobuf.Any" -> {
        var message = (Message) value;
        yield Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + message.type())
            .setValue(of(message).toByteString())
            .build();
      }
      case "google.protobuf.Duration" -> {
        var duration = (java.time.Duration) value;
        yield Duration.newBuilder()
            .setSeconds(duration.getSeconds())
            .setNanos(duration.getNano())
            .build();
      }
      case "google.protobuf.Timestamp" ->
          Timestamp.newBuilder().setSeconds(((Instant) value).getEpochSecond()).build();
      case "google.protobuf.Struct" -> untyped(value).getStructValue();
      case "google.protobuf.Value" -> untyped(value);
      case "google.protobuf.ListValue" -> untyped(value).getListValue();
      case "google.protobuf.FieldMask" -> FieldMaskUtil.fromString((String) value);
      case "google.protobuf.Empty" -> Empty.getDefaultInstance();
      default -> {
        if (value instanceof Message message) {
          yield of(message);
        }
        var field = type.findFieldByName("value");
        yield DynamicMessage.newBuilder(type).setField(field, of(field, value)).build();
      }
    };
  }

  private static Value untyped(@Nullable Object value) {
    var builder = Value.newBuilder();
    switch (value) {
      case null -> builder.setNullValue(NullValue.NULL_VALUE);
      case String text -> builder.setStringValue(text);
      case Double number -> builder.setNumberValue(number);
      case Boolean bool -> builder.setBoolValue(bool);
      case List<?> list ->
          list.forEach(item -> builder.getListValueBuilder().addValues(untyped(item)));
      case Map<?, ?> map ->
          map.forEach(
              (key, one) -> builder.getStructValueBuilder().putFields((String) key, untyped(one)));
      default -> throw new IllegalArgumentException(value.getClass().toString());
    }
    return builder.build();
  }
}
