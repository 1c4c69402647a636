package io.weft.schema;

/** The messages of protobuf itself that have a form of their own in YAML and JSON. */
enum WellKnown {
  NONE,
  ANY,
  STRUCT,
  VALUE,
  LIST,
  DURATION,
  TIMESTAMP,
  EMPTY,
  FIELD_MASK,
  WRAPPER;

  static WellKnown of(String messageName) {
    return switch (messageName) {
      case "google.protobuf.Any" -> ANY;
      case "google.protobuf.Struct" -> STRUCT;
      case "google.protobuf.Value" -> VALUE;
      case "google.protobuf.ListValue" -> LIST;
      case "google.protobuf.Duration" -> DURATION;
      case "google.protobuf.Timestamp" -> TIMESTAMP;
      case "google.protobuf.Empty" -> EMPTY;
      case "google.protobuf.FieldMask" -> FIELD_MASK;
      default -> wrapped(messageName) == null ? NONE : WRAPPER;
    };
  }

  /** What a wrapper message wraps, or null where the message is none. */
  static @org.jspecify.annotations.Nullable Kind wrapped(String messageName) {
    return switch (messageName) {
      case "google.protobuf.BoolValue" -> Kind.BOOL;
      case "google.protobuf.UInt32Value" -> Kind.UINT32;
      case "google.protobuf.UInt64Value" -> Kind.UINT64;
      case "google.protobuf.Int32Value" -> Kind.INT32;
      case "google.protobuf.Int64Value" -> Kind.INT64;
      case "google.protobuf.FloatValue" -> Kind.FLOAT;
      case "google.protobuf.DoubleValue" -> Kind.DOUBLE;
      case "google.protobuf.StringValue" -> Kind.STRING;
      case "google.protobuf.BytesValue" -> Kind.BYTES;
      default -> null;
    };
  }
}
