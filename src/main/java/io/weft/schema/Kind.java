package io.weft.schema;

/** What a field holds, by the numbers of {@code google.protobuf.FieldDescriptorProto.Type}. */
public enum Kind {
  DOUBLE(1),
  FLOAT(2),
  INT64(3),
  UINT64(4),
  INT32(5),
  FIXED64(6),
  FIXED32(7),
  BOOL(8),
  STRING(9),
  MESSAGE(11),
  BYTES(12),
  UINT32(13),
  ENUM(14),
  SFIXED32(15),
  SFIXED64(16),
  SINT32(17),
  SINT64(18);

  private static final Kind[] BY_CODE = byCode();

  private final int code;

  Kind(int code) {
    this.code = code;
  }

  /** The number of the type in a descriptor and in the table. */
  public int code() {
    return code;
  }

  static Kind of(int code) {
    return BY_CODE[code];
  }

  boolean isSigned() {
    return this == INT32
        || this == INT64
        || this == SINT32
        || this == SINT64
        || this == SFIXED32
        || this == SFIXED64;
  }

  boolean is32Bits() {
    return this == INT32 || this == UINT32 || this == SINT32 || this == FIXED32 || this == SFIXED32;
  }

  boolean isFloating() {
    return this == DOUBLE || this == FLOAT;
  }

  private static Kind[] byCode() {
    var kinds = new Kind[19];
    for (var kind : values()) {
      kinds[kind.code] = kind;
    }
    return kinds;
  }
}
