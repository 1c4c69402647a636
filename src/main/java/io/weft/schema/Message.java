package io.weft.schema;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of a configuration: checked values by field name, each with the place it was written
 * at. Made by {@link ResourceReader}; immutable afterwards. A field is named as in the proto file;
 * asking for one that the message type does not have is a programming error and throws {@link
 * IllegalArgumentException}.
 *
 * <p>An {@code Any} is the message inside it: {@link #type()} tells which. A message of protobuf's
 * own inside an {@code Any} has one field, {@code value}.
 */
public final class Message {
  private static final FieldType[] NO_FIELDS = {};
  private static final Object[] NO_VALUES = {};
  private static final int[] NO_INTS = {};

  private final MessageType type;
  private final String file;
  private final @Nullable Message parent;
  private final @Nullable FieldType within;
  private final Object at; // Integer index in a list, String key of a map, else ""
  private final int line;
  private final int column;
  private int count;
  private FieldType[] fields = NO_FIELDS;
  private Object[] values = NO_VALUES;
  private int[] lines = NO_INTS;
  private int[] columns = NO_INTS;
  private long defaulted; // bit i: value i is a default; only the first 64 can be

  Message(
      MessageType type,
      String file,
      @Nullable Message parent,
      @Nullable FieldType within,
      Object at,
      int line,
      int column) {
    this.type = type;
    this.file = file;
    this.parent = parent;
    this.within = within;
    this.at = at;
    this.line = line;
    this.column = column;
  }

  /** The full name of the message's type. */
  public String type() {
    return type.name();
  }

  public MessageType messageType() {
    return type;
  }

  /** Where the message begins. */
  public Place place() {
    return new Place(file, line, column, path());
  }

  /**
   * Where the field's value stands; the message's own place, with the field in the path, where it
   * is not set.
   */
  public Place place(String field) {
    int i = index(field);
    return i < 0 ? placeOf(field, line, column) : placeOf(field, lines[i], columns[i]);
  }

  Place placeOf(String field, int atLine, int atColumn) {
    var path = path();
    return new Place(file, atLine, atColumn, path.isEmpty() ? field : path + "." + field);
  }

  /** The path from the root of the resource to this message. */
  public String path() {
    var path = new StringBuilder();
    appendPath(path);
    return path.toString();
  }

  private void appendPath(StringBuilder to) {
    if (parent != null) {
      parent.appendPath(to);
    }
    if (within != null) {
      if (!to.isEmpty()) {
        to.append('.');
      }
      to.append(within.name());
    }
    if (at instanceof Integer index) {
      to.append('[').append(index).append(']');
    } else if (!"".equals(at)) {
      to.append("[").append(at.toString().replace(' ', '_')).append("]");
    }
  }

  /** Whether the field is set, by the configuration or by the set of defaults in force. */
  public boolean has(String field) {
    return index(field) >= 0;
  }

  /**
   * Whether the field's value comes from the set of defaults in force and not from the
   * configuration.
   */
  public boolean isDefault(String field) {
    int i = index(field);
    return i >= 0 && isDefault(i);
  }

  /** The text, empty where the field is not set. */
  public String string(String field) {
    return string(field, "");
  }

  public String string(String field, String ifAbsent) {
    var value = value(field);
    return value == null ? ifAbsent : (String) value;
  }

  /** The number, 0 where the field is not set; also for the wrapper types. */
  public long integer(String field) {
    return integer(field, 0);
  }

  public long integer(String field, long ifAbsent) {
    var value = value(field);
    return value == null ? ifAbsent : (Long) value;
  }

  public boolean bool(String field) {
    return bool(field, false);
  }

  public boolean bool(String field, boolean ifAbsent) {
    var value = value(field);
    return value == null ? ifAbsent : (Boolean) value;
  }

  public double number(String field, double ifAbsent) {
    var value = value(field);
    return value == null ? ifAbsent : (Double) value;
  }

  public @Nullable Duration duration(String field) {
    return (Duration) value(field);
  }

  public Duration duration(String field, Duration ifAbsent) {
    var value = duration(field);
    return value == null ? ifAbsent : value;
  }

  /**
   * The message in the field, for an {@code Any} the message inside it; null where it is not set.
   */
  public @Nullable Message message(String field) {
    return (Message) value(field);
  }

  /**
   * The message in a field which the rules of its type want set, or which the caller knows to be
   * set.
   */
  public Message required(String field) {
    var message = message(field);
    if (message == null) {
      throw new IllegalStateException(type.name() + "." + field + " is not set at " + place());
    }
    return message;
  }

  /** The message inside an {@code Any}, null where the field is not set. */
  public @Nullable Message any(String field) {
    return message(field);
  }

  /** The messages of a repeated field. */
  public List<Message> messages(String field) {
    return list(field, Message.class);
  }

  /** The texts of a repeated field. */
  public List<String> strings(String field) {
    return list(field, String.class);
  }

  /** The numbers of a repeated field. */
  public List<Long> integers(String field) {
    return list(field, Long.class);
  }

  /** The names of a repeated enum field. */
  public List<String> enumNames(String field) {
    return list(field, EnumType.Value.class).stream().map(EnumType.Value::name).toList();
  }

  /** The entries of a map of messages, in the order of the text. */
  public Map<String, Message> map(String field) {
    return map(field, Message.class);
  }

  /** The entries of a map of texts, in the order of the text. */
  public Map<String, String> stringMap(String field) {
    return map(field, String.class);
  }

  /** The name of the enum's value; the one of number 0 where the field is not set. */
  public String enumName(String field) {
    var value = (EnumType.Value) value(field);
    if (value != null) {
      return value.name();
    }
    var zero = fieldType(field).enumType().find(0);
    return zero == null ? "" : zero.name();
  }

  public byte[] bytes(String field) {
    var value = (byte[]) value(field);
    return value == null ? new byte[0] : value.clone();
  }

  /** The name of the field of that oneof which is set, or null. */
  public @Nullable String oneof(String oneofName) {
    var oneofs = type.oneofArray();
    for (int i = 0; i < oneofs.length; i++) {
      if (oneofs[i].name().equals(oneofName)) {
        for (int k = 0; k < count; k++) {
          if (fields[k].oneof() == i) {
            return fields[k].name();
          }
        }
        return null;
      }
    }
    throw new IllegalArgumentException(type.name() + " has no oneof " + oneofName);
  }

  /**
   * A {@code Struct}: texts, {@link Double}s, {@link Boolean}s, nulls, lists and maps of such;
   * empty where the field is not set.
   */
  @SuppressWarnings("unchecked")
  public Map<String, Object> struct(String field) {
    var value = value(field);
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  /** The value as it is kept, null where the field is not set. */
  public @Nullable Object value(String field) {
    int i = index(field);
    return i < 0 ? null : values[i];
  }

  /** The fields that are set, in the order of the text, defaults last. */
  public List<FieldType> setFields() {
    var set = new ArrayList<FieldType>(count);
    for (int i = 0; i < count; i++) {
      set.add(fields[i]);
    }
    return set;
  }

  private int index(String field) {
    for (int i = 0; i < count; i++) {
      if (fields[i].name().equals(field)) {
        return i;
      }
    }
    fieldType(field); // throws for a name that is not there
    return -1;
  }

  private FieldType fieldType(String field) {
    var found = type.field(field);
    if (found == null || !found.name().equals(field)) {
      throw new IllegalArgumentException(type.name() + " has no field " + field);
    }
    return found;
  }

  private <T> List<T> list(String field, Class<T> of) {
    var value = value(field);
    if (value == null) {
      return List.of();
    }
    var list = (List<?>) value;
    for (var item : list) {
      if (!of.isInstance(item)) {
        throw new IllegalArgumentException(
            type.name() + "." + field + " holds no " + of.getSimpleName());
      }
    }
    @SuppressWarnings("unchecked")
    var typed = (List<T>) list;
    return Collections.unmodifiableList(typed);
  }

  private <T> Map<String, T> map(String field, Class<T> of) {
    var value = value(field);
    if (value == null) {
      return Map.of();
    }
    var map = new LinkedHashMap<String, T>();
    for (var entry : ((Map<?, ?>) value).entrySet()) {
      map.put(entry.getKey().toString(), of.cast(entry.getValue()));
    }
    return map;
  }

  // --- for the reader ---

  boolean isDefault(int i) {
    return i < 64 && (defaulted & (1L << i)) != 0;
  }

  int count() {
    return count;
  }

  FieldType fieldAt(int i) {
    return fields[i];
  }

  Object valueAt(int i) {
    return values[i];
  }

  int lineAt(int i) {
    return lines[i];
  }

  int columnAt(int i) {
    return columns[i];
  }

  @Nullable Object get(FieldType field) {
    for (int i = 0; i < count; i++) {
      if (fields[i] == field) {
        return values[i];
      }
    }
    return null;
  }

  /** Makes room for that many fields. */
  void reserve(int size) {
    if (size > fields.length) {
      fields = java.util.Arrays.copyOf(fields, size);
      values = java.util.Arrays.copyOf(values, size);
      lines = java.util.Arrays.copyOf(lines, size);
      columns = java.util.Arrays.copyOf(columns, size);
    }
  }

  void set(FieldType field, Object value, int atLine, int atColumn) {
    reserve(count + 1);
    fields[count] = field;
    values[count] = value;
    lines[count] = atLine;
    columns[count] = atColumn;
    count++;
  }

  /** Fills in a field that is not set. */
  void setDefault(FieldType field, Object value) {
    if (count < 64) {
      defaulted |= 1L << count;
    }
    set(field, value, line, column);
  }

  Message child(MessageType childType, FieldType field) {
    return new Message(childType, file, this, field, "", line, column);
  }

  int line() {
    return line;
  }

  int column() {
    return column;
  }

  String file() {
    return file;
  }

  @Override
  public String toString() {
    return type.name() + " at " + place();
  }
}
