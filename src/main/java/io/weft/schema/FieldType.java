package io.weft.schema;

import org.jspecify.annotations.Nullable;

/**
 * One field of a message type, as the schema table has it. Immutable but for types looked up at
 * first use.
 */
public final class FieldType {
  private final Schema schema;
  private final String owner;
  private final String name;
  private final String jsonName;
  private final int number;
  private final Kind kind;
  private final boolean repeated;
  private final @Nullable Kind mapKey;
  private final boolean deprecated;
  private final boolean supported;
  private final @Nullable String only;
  private final int oneof;
  private final String typeName;
  private final WellKnown wellKnown;
  private final @Nullable Rules rules;
  private @Nullable MessageType message;
  private @Nullable EnumType enumType;

  FieldType(
      Schema schema,
      String owner,
      String name,
      String jsonName,
      int number,
      Kind kind,
      boolean repeated,
      @Nullable Kind mapKey,
      boolean deprecated,
      boolean supported,
      @Nullable String only,
      int oneof,
      String typeName,
      @Nullable Rules rules) {
    this.schema = schema;
    this.owner = owner;
    this.name = name;
    this.jsonName = jsonName;
    this.number = number;
    this.kind = kind;
    this.repeated = repeated;
    this.mapKey = mapKey;
    this.deprecated = deprecated;
    this.supported = supported;
    this.only = only;
    this.oneof = oneof;
    this.typeName = typeName;
    this.wellKnown = kind == Kind.MESSAGE ? WellKnown.of(typeName) : WellKnown.NONE;
    this.rules = rules;
  }

  /** The full name of the message that has this field. */
  public String owner() {
    return owner;
  }

  /** The name as the proto file writes it, in snake case. */
  public String name() {
    return name;
  }

  /** The name in protobuf's JSON, in camel case. */
  public String jsonName() {
    return jsonName;
  }

  public int number() {
    return number;
  }

  /**
   * The kind of the value; of the items where the field is repeated, of the values where it is a
   * map.
   */
  public Kind kind() {
    return kind;
  }

  /** True for lists; a map is not repeated. */
  public boolean isRepeated() {
    return repeated;
  }

  public boolean isMap() {
    return mapKey != null;
  }

  /** The kind of a map's keys, null where the field is no map. */
  public @Nullable Kind mapKey() {
    return mapKey;
  }

  public boolean isDeprecated() {
    return deprecated;
  }

  /** Whether Weft does what the field says. */
  public boolean isSupported() {
    return supported;
  }

  /** The value with which alone the field is supported, null for none or any. */
  public @Nullable String only() {
    return only;
  }

  /** The index of the oneof the field belongs to, -1 where it belongs to none. */
  public int oneof() {
    return oneof;
  }

  /** The full name of the message or enum type, empty for scalars. */
  public String typeName() {
    return typeName;
  }

  /** The type of a message field that has no form of protobuf's own. */
  public MessageType message() {
    var type = message;
    if (type == null) {
      type = schema.require(typeName);
      message = type;
    }
    return type;
  }

  public EnumType enumType() {
    var type = enumType;
    if (type == null) {
      type = schema.requireEnum(typeName);
      enumType = type;
    }
    return type;
  }

  WellKnown wellKnown() {
    return wellKnown;
  }

  /** Whether null is a value of this field, and not the same as leaving it out. */
  boolean takesNull() {
    return wellKnown == WellKnown.VALUE || typeName.equals("google.protobuf.NullValue");
  }

  @Nullable Rules rules() {
    return rules;
  }

  /** What a reader of an error message is told the field wants. */
  String expectation() {
    var one =
        switch (wellKnown) {
          case NONE -> plainExpectation();
          case ANY -> "a mapping with @type";
          case STRUCT -> "a mapping";
          case VALUE -> "a value";
          case LIST -> "a list";
          case DURATION -> "a duration such as 1.5s";
          case TIMESTAMP -> "a time such as 2026-01-31T12:00:00Z";
          case EMPTY -> "an empty mapping";
          case FIELD_MASK -> "field paths separated by commas";
          case WRAPPER -> expectation(Schema.wrappedKind(typeName));
        };
    if (isMap()) {
      return "a mapping of " + one;
    }
    return one;
  }

  private String plainExpectation() {
    if (kind == Kind.MESSAGE) {
      return "a mapping (" + Schema.shortName(typeName) + ")";
    }
    return expectation(kind);
  }

  static String expectation(Kind kind) {
    return switch (kind) {
      case BOOL -> "true or false";
      case STRING -> "text";
      case BYTES -> "bytes in base64";
      case ENUM -> "a name";
      case MESSAGE -> "a mapping";
      case DOUBLE, FLOAT -> "a number";
      case UINT32, FIXED32 -> "a whole number from 0 to 4294967295";
      case UINT64, FIXED64 -> "a whole number from 0 to 18446744073709551615";
      case INT32, SINT32, SFIXED32 -> "a whole number from -2147483648 to 2147483647";
      case INT64, SINT64, SFIXED64 -> "a whole number of 64 bits";
    };
  }

  @Override
  public String toString() {
    return owner + "." + name;
  }
}
