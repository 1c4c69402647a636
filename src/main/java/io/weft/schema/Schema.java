package io.weft.schema;

import io.weft.schema.Rules.Op;
import io.weft.schema.Rules.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The schema table: every message and enum that an Envoy v3 configuration can contain, with its
 * fields, rules and whether Weft implements them. The resource {@code schema.bin} is made from the
 * descriptors of Envoy's API by {@code SchemaGenerator} in the tests; types are decoded one by one
 * when they are first asked for. One instance in the process; used by one thread at a time, the one
 * that loads configuration.
 *
 * <p>Layout after inflating: the strings (count, offsets, bytes) in sorted order; the messages and
 * the enums, each as count, then string and offset of each, sorted; then their bodies, in
 * variable-length integers.
 */
public final class Schema {
  static final int MAGIC = 0x57465431;

  private static @Nullable Schema instance;

  private final byte[] table;
  private final ByteBuffer ints;
  private final int stringCount;
  private final int stringBytes;
  private final int messageCount;
  private final int messageIndex;
  private final int enumCount;
  private final int enumIndex;
  private final @Nullable String[] strings;
  private final Supported supported;
  private final Map<String, MessageType> messages = new HashMap<>();
  private final Map<String, EnumType> enums = new HashMap<>();

  private Schema(byte[] table, Supported supported) {
    this.table = table;
    this.supported = supported;
    ints = ByteBuffer.wrap(table);
    if (ints.getInt(0) != MAGIC) {
      throw new IllegalStateException("schema.bin is not a schema table");
    }
    stringCount = ints.getInt(4);
    strings = new String[stringCount];
    stringBytes = 8 + 4 * (stringCount + 1);
    int at = stringBytes + ints.getInt(8 + 4 * stringCount);
    messageCount = ints.getInt(at);
    messageIndex = at + 4;
    at = messageIndex + 8 * messageCount;
    enumCount = ints.getInt(at);
    enumIndex = at + 4;
  }

  /** The process's table; the first call reads it, which takes a few milliseconds. */
  public static synchronized Schema get() {
    var schema = instance;
    if (schema == null) {
      schema = new Schema(inflate(), Supported.load());
      instance = schema;
    }
    return schema;
  }

  private static byte[] inflate() {
    try (var in = Schema.class.getResourceAsStream("schema.bin")) {
      if (in == null) {
        throw new IllegalStateException("schema.bin is missing beside " + Schema.class);
      }
      var packed = in.readAllBytes();
      var table = new byte[ByteBuffer.wrap(packed).getInt(0)];
      var inflater = new Inflater();
      try {
        inflater.setInput(packed, 4, packed.length - 4);
        int filled = 0;
        while (filled < table.length) {
          int count = inflater.inflate(table, filled, table.length - filled);
          if (count == 0) {
            throw new IllegalStateException("schema.bin is cut short");
          }
          filled += count;
        }
      } finally {
        inflater.end();
      }
      return table;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DataFormatException e) {
      throw new IllegalStateException("schema.bin is damaged", e);
    }
  }

  /** The message type of that full name, or null. */
  public @Nullable MessageType message(String name) {
    var type = messages.get(name);
    if (type != null) {
      return type;
    }
    int offset = find(name, messageIndex, messageCount);
    if (offset < 0) {
      return null;
    }
    type = decodeMessage(name, new Cursor(offset));
    messages.put(name, type);
    return type;
  }

  /** A message of protobuf's own as it stands in an Any: one field, {@code value}. */
  MessageType wellKnown(String name) {
    var type = messages.get(name);
    if (type == null) {
      var value =
          new FieldType(
              this,
              name,
              "value",
              "value",
              1,
              Kind.MESSAGE,
              false,
              null,
              false,
              true,
              null,
              -1,
              name,
              null);
      type = new MessageType(name, new FieldType[] {value}, new MessageType.Oneof[0]);
      messages.put(name, type);
    }
    return type;
  }

  MessageType require(String name) {
    var type = message(name);
    if (type == null) {
      throw new IllegalArgumentException("no message type " + name + " in the schema table");
    }
    return type;
  }

  EnumType requireEnum(String name) {
    var type = enums.get(name);
    if (type == null) {
      int offset = find(name, enumIndex, enumCount);
      if (offset < 0) {
        throw new IllegalArgumentException("no enum type " + name + " in the schema table");
      }
      type = decodeEnum(name, new Cursor(offset));
      enums.put(name, type);
    }
    return type;
  }

  /** Whether Weft implements anything of that message type. */
  public boolean isSupported(String messageName) {
    return supported.members(messageName) != null;
  }

  /** Whether that message type configures a filter that must be the last of its chain. */
  public boolean isTerminal(String messageName) {
    return supported.isTerminal(messageName);
  }

  Supported supported() {
    return supported;
  }

  /** The full name of every message type of the table, sorted. */
  public List<String> messageNames() {
    return names(messageIndex, messageCount);
  }

  public List<String> enumNames() {
    return names(enumIndex, enumCount);
  }

  /**
   * The full names of the extensions Weft has, such as {@code envoy.filters.http.router}, with
   * their types; sorted.
   */
  public Map<String, String> extensions() {
    var types = new HashMap<String, String>();
    for (var extension : supported.extensions().values()) {
      types.put(extension.name(), extension.type());
    }
    return Collections.unmodifiableMap(types);
  }

  /**
   * Every type name in the list of what is supported, sorted: for the tests and the coverage page.
   */
  public Set<String> supportedTypes() {
    return new TreeSet<>(supported.types());
  }

  static Kind wrappedKind(String wrapper) {
    var kind = WellKnown.wrapped(wrapper);
    if (kind == null) {
      throw new IllegalArgumentException(wrapper + " is no wrapper");
    }
    return kind;
  }

  /** The name without its package: {@code RouteAction.HashPolicy} for a nested one. */
  public static String shortName(String fullName) {
    int at = 0;
    while (at < fullName.length() && Character.isLowerCase(fullName.charAt(at))) {
      int dot = fullName.indexOf('.', at);
      if (dot < 0) {
        return fullName;
      }
      at = dot + 1;
    }
    return fullName.substring(at);
  }

  private List<String> names(int index, int count) {
    var names = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      names.add(string(ints.getInt(index + 8 * i)));
    }
    return names;
  }

  private int find(String name, int index, int count) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = string(ints.getInt(index + 8 * middle)).compareTo(name);
      if (order == 0) {
        return ints.getInt(index + 8 * middle + 4);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  private String string(int id) {
    var string = strings[id];
    if (string == null) {
      int from = ints.getInt(8 + 4 * id);
      int to = ints.getInt(8 + 4 * id + 4);
      // interned: names in code are constants, so most look-ups compare one reference
      string = new String(table, stringBytes + from, to - from, StandardCharsets.UTF_8).intern();
      strings[id] = string;
    }
    return string;
  }

  private MessageType decodeMessage(String name, Cursor in) {
    var oneofs = new MessageType.Oneof[in.number()];
    for (int i = 0; i < oneofs.length; i++) {
      oneofs[i] = new MessageType.Oneof(string(in.number()), in.number() != 0);
    }
    var listed = supported.members(name);
    var fields = new FieldType[in.number()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = decodeField(name, listed, in);
    }
    return new MessageType(name, fields, oneofs);
  }

  private FieldType decodeField(String owner, @Nullable Set<String> listed, Cursor in) {
    var name = string(in.number());
    int number = in.number();
    int flags = in.number();
    var kind = Kind.of(in.number());
    var mapKey = (flags & Flag.MAP) != 0 ? Kind.of(in.number()) : null;
    var jsonName = (flags & Flag.JSON_NAME) != 0 ? string(in.number()) : camelCase(name);
    int oneof = (flags & Flag.ONEOF) != 0 ? in.number() : -1;
    var typeName = kind == Kind.MESSAGE || kind == Kind.ENUM ? string(in.number()) : "";
    var rules = (flags & Flag.RULES) != 0 ? decodeRules(in) : null;
    boolean isSupported = listed != null && (listed.contains(name) || listed.contains("*"));
    return new FieldType(
        this,
        owner,
        name,
        jsonName,
        number,
        kind,
        (flags & Flag.REPEATED) != 0,
        mapKey,
        (flags & Flag.DEPRECATED) != 0,
        isSupported,
        supported.only(owner, name),
        oneof,
        typeName,
        rules);
  }

  private Rules decodeRules(Cursor in) {
    int count = in.number();
    var rules = new ArrayList<Rule>(count);
    for (int i = 0; i < count; i++) {
      var op = Op.at(in.number());
      var numbers = new ArrayList<Long>();
      for (int k = in.number(); k > 0; k--) {
        numbers.add(in.signed());
      }
      var texts = new ArrayList<String>();
      for (int k = in.number(); k > 0; k--) {
        texts.add(string(in.number()));
      }
      var nested = in.number() != 0 ? decodeRules(in) : null;
      rules.add(new Rule(op, numbers, texts, nested));
    }
    return new Rules(rules);
  }

  private EnumType decodeEnum(String name, Cursor in) {
    var listed = supported.members(name);
    var values = new EnumType.Value[in.number()];
    for (int i = 0; i < values.length; i++) {
      var value = string(in.number());
      int number = (int) in.signed();
      boolean deprecated = in.number() != 0;
      boolean isSupported = listed == null || listed.contains(value) || listed.contains("*");
      values[i] = new EnumType.Value(value, number, deprecated, isSupported);
    }
    return new EnumType(name, values);
  }

  /** The name protobuf gives a field in JSON where the proto file gives none. */
  static String camelCase(String name) {
    if (name.indexOf('_') < 0) {
      return name;
    }
    var camel = new StringBuilder(name.length());
    boolean up = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_') {
        up = true;
      } else {
        camel.append(up ? Character.toUpperCase(c) : c);
        up = false;
      }
    }
    return camel.toString();
  }

  /** Bits of a field's flags in the table. */
  static final class Flag {
    static final int REPEATED = 1;
    static final int MAP = 2;
    static final int DEPRECATED = 4;
    static final int ONEOF = 8;
    static final int RULES = 16;
    static final int JSON_NAME = 32;

    private Flag() {}
  }

  private final class Cursor {
    private int at;

    Cursor(int at) {
      this.at = at;
    }

    int number() {
      return (int) raw();
    }

    long signed() {
      long raw = raw();
      return (raw >>> 1) ^ -(raw & 1);
    }

    private long raw() {
      long value = 0;
      int shift = 0;
      while (true) {
        byte b = table[at++];
        value |= (b & 0x7fL) << shift;
        if (b >= 0) {
          return value;
        }
        shift += 7;
      }
    }
  }
}
