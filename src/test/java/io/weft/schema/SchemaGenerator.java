package io.weft.schema;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import io.envoyproxy.pgv.validate.Validate;
import io.envoyproxy.pgv.validate.Validate.FieldRules;
import io.weft.schema.Rules.Op;
import io.weft.schema.Rules.Rule;
import io.weft.schema.Schema.Flag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Makes the schema table from the descriptors of Envoy's API on the test class path. Run by {@code
 * SchemaTableTest}, which fails while the committed table is older.
 */
public final class SchemaGenerator {
  /**
   * The contrib messages Weft takes over under their v3 names; the API's jar has only their v2
   * twins.
   */
  static final Map<String, String> RENAMED =
      Map.of(
          "envoy.config.filter.network.client_ssl_auth.v2.ClientSSLAuth",
          "envoy.extensions.filters.network.client_ssl_auth.v3.ClientSSLAuth",
          "envoy.config.filter.http.dynamo.v2.Dynamo",
          "envoy.extensions.filters.http.dynamo.v3.Dynamo");

  private static final List<String> ROOT_PACKAGES =
      List.of(
          "envoy.config.",
          "envoy.extensions.",
          "envoy.service.discovery.v3",
          "envoy.service.runtime.v3",
          "envoy.type.",
          "xds.type.",
          "udpa.type.");

  private final Map<String, Descriptor> messages = new TreeMap<>();
  private final Map<String, EnumDescriptor> enums = new TreeMap<>();
  private final TreeMap<String, Integer> strings = new TreeMap<>();

  private SchemaGenerator() {}

  public static void main(String[] args) throws Exception {
    var target =
        Path.of(args.length > 0 ? args[0] : "src/main/resources/io/weft/schema/schema.bin");
    Files.createDirectories(target.toAbsolutePath().getParent());
    Files.write(target, generate());
  }

  /** The table as the resource holds it: its length, then the deflated bytes. */
  static byte[] generate() throws IOException {
    var generator = new SchemaGenerator();
    for (var file : files()) {
      if (isRoot(file.getPackage())) {
        file.getMessageTypes().forEach(generator::add);
      }
    }
    for (var name : RENAMED.keySet()) {
      generator.add(Objects.requireNonNull(all().get(name), name));
    }
    var table = generator.table();
    var deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(table);
    deflater.finish();
    var packed = new byte[table.length + 64];
    int length = deflater.deflate(packed);
    deflater.end();
    return ByteBuffer.allocate(length + 4).putInt(table.length).put(packed, 0, length).array();
  }

  /** Every message of the API on the class path, by full name. */
  static Map<String, Descriptor> all() throws IOException {
    var all = new HashMap<String, Descriptor>();
    for (var file : files()) {
      for (var message : file.getMessageTypes()) {
        addAll(message, all);
      }
    }
    return all;
  }

  private static void addAll(Descriptor message, Map<String, Descriptor> all) {
    all.put(message.getFullName(), message);
    message.getNestedTypes().forEach(nested -> addAll(nested, all));
  }

  private static boolean isRoot(String name) {
    return ROOT_PACKAGES.stream().anyMatch(name::startsWith)
        && !name.matches(".*\\.v2(alpha)?\\d*(\\..*)?")
        && isCurrent(name);
  }

  private static boolean isCurrent(String name) {
    return name.startsWith("xds.") || name.startsWith("udpa.") || name.matches(".*\\.v3(alpha)?");
  }

  private static List<FileDescriptor> files() throws IOException {
    var found = new TreeMap<String, FileDescriptor>();
    var source =
        io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.class
            .getProtectionDomain()
            .getCodeSource();
    try (var jar = new JarFile(Path.of(source.getLocation().getPath()).toFile())) {
      var entries = jar.entries();
      while (entries.hasMoreElements()) {
        var name = entries.nextElement().getName();
        if (name.endsWith("Proto.class") && !name.contains("$")) {
          var file =
              descriptor(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
          if (file != null) {
            addWithImports(file, found);
          }
        }
      }
    }
    return new ArrayList<>(found.values());
  }

  private static void addWithImports(FileDescriptor file, Map<String, FileDescriptor> found) {
    if (found.put(file.getFullName(), file) == null) {
      file.getDependencies().forEach(imported -> addWithImports(imported, found));
    }
  }

  /** The file a generated class stands for; null for a message whose name ends in Proto. */
  private static @Nullable FileDescriptor descriptor(String className) {
    try {
      return Class.forName(className).getMethod("getDescriptor").invoke(null)
              instanceof FileDescriptor file
          ? file
          : null;
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException e) {
      throw new IllegalStateException(className + " has no descriptor", e);
    }
  }

  private void add(Descriptor message) {
    var name = message.getFullName();
    if (message.getOptions().getMapEntry()
        || isProtobufs(name)
        || messages.containsKey(nameOf(message))) {
      return;
    }
    messages.put(nameOf(message), message);
    message.getNestedTypes().forEach(this::add);
    for (var field : message.getFields()) {
      var value = valueOf(field);
      if (value.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        add(value.getMessageType());
      } else if (value.getJavaType() == FieldDescriptor.JavaType.ENUM) {
        enums.put(value.getEnumType().getFullName(), value.getEnumType());
      }
    }
  }

  private static boolean isProtobufs(String name) {
    return WellKnown.of(name) != WellKnown.NONE;
  }

  private static String nameOf(Descriptor message) {
    return RENAMED.getOrDefault(message.getFullName(), message.getFullName());
  }

  private static FieldDescriptor valueOf(FieldDescriptor field) {
    return field.isMapField() ? field.getMessageType().findFieldByName("value") : field;
  }

  private byte[] table() {
    // twice: the first pass collects the strings, the second knows their sorted order
    messages.forEach((name, message) -> encode(name, message));
    enums.forEach((name, type) -> encode(name, type));
    int id = 0;
    for (var entry : strings.entrySet()) {
      entry.setValue(id++);
    }
    var bodies = new ArrayList<byte[]>();
    messages.forEach((name, message) -> bodies.add(encode(name, message)));
    enums.forEach((name, type) -> bodies.add(encode(name, type)));

    var text = new ByteArrayOutputStream();
    var head =
        ByteBuffer.allocate(8 + 4 * (strings.size() + 1))
            .putInt(Schema.MAGIC)
            .putInt(strings.size());
    for (var string : strings.keySet()) {
      head.putInt(text.size());
      text.writeBytes(string.getBytes(StandardCharsets.UTF_8));
    }
    head.putInt(text.size());
    int at = head.capacity() + text.size() + 8 + 8 * bodies.size();
    var index = ByteBuffer.allocate(8 + 8 * bodies.size()).putInt(messages.size());
    int body = 0;
    for (var name : messages.keySet()) {
      index.putInt(string(name)).putInt(at);
      at += bodies.get(body++).length;
    }
    index.putInt(enums.size());
    for (var name : enums.keySet()) {
      index.putInt(string(name)).putInt(at);
      at += bodies.get(body++).length;
    }
    var table = new ByteArrayOutputStream();
    table.writeBytes(head.array());
    table.writeBytes(text.toByteArray());
    table.writeBytes(index.array());
    bodies.forEach(table::writeBytes);
    return table.toByteArray();
  }

  private int string(String text) {
    return strings.computeIfAbsent(text, _ -> 0);
  }

  private byte[] encode(String name, Descriptor message) {
    string(name);
    var out = new Encoder();
    var oneofs = message.getRealOneofs();
    out.number(oneofs.size());
    for (var oneof : oneofs) {
      out.number(string(oneof.getName()));
      out.number(oneof.getOptions().getExtension(Validate.required) ? 1 : 0);
    }
    var options = message.getOptions();
    boolean ruled =
        !options.getExtension(Validate.disabled) && !options.getExtension(Validate.ignored);
    var fields = new ArrayList<>(message.getFields());
    fields.sort(Comparator.comparingInt(FieldDescriptor::getNumber));
    out.number(fields.size());
    for (var field : fields) {
      encode(field, ruled, out);
    }
    return out.toByteArray();
  }

  private void encode(FieldDescriptor field, boolean ruled, Encoder out) {
    var rules =
        ruled ? rules(field.getOptions().getExtension(Validate.rules), field) : List.<Rule>of();
    var oneof = field.getRealContainingOneof();
    boolean ownJsonName = !field.getJsonName().equals(Schema.camelCase(field.getName()));
    out.number(string(field.getName()));
    out.number(field.getNumber());
    out.number(
        (field.isRepeated() && !field.isMapField() ? Flag.REPEATED : 0)
            | (field.isMapField() ? Flag.MAP : 0)
            | (field.getOptions().getDeprecated() ? Flag.DEPRECATED : 0)
            | (oneof != null ? Flag.ONEOF : 0)
            | (rules.isEmpty() ? 0 : Flag.RULES)
            | (ownJsonName ? Flag.JSON_NAME : 0));
    var value = valueOf(field);
    out.number(code(value));
    if (field.isMapField()) {
      out.number(code(field.getMessageType().findFieldByName("key")));
    }
    if (ownJsonName) {
      out.number(string(field.getJsonName()));
    }
    if (oneof != null) {
      out.number(field.getContainingType().getRealOneofs().indexOf(oneof));
    }
    if (value.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      out.number(string(nameOf(value.getMessageType())));
    } else if (value.getJavaType() == FieldDescriptor.JavaType.ENUM) {
      out.number(string(value.getEnumType().getFullName()));
    }
    if (!rules.isEmpty()) {
      encode(rules, out);
    }
  }

  private static int code(FieldDescriptor field) {
    FieldDescriptorProto.Type type = field.toProto().getType();
    if (type == FieldDescriptorProto.Type.TYPE_GROUP) {
      throw new IllegalStateException(field + " is a group");
    }
    return Kind.of(type.getNumber()).code();
  }

  private void encode(List<Rule> rules, Encoder out) {
    out.number(rules.size());
    for (var rule : rules) {
      out.number(List.of(Op.values()).indexOf(rule.op()));
      out.number(rule.numbers().size());
      for (long number : rule.numbers()) {
        out.signed(number);
      }
      out.number(rule.texts().size());
      for (var text : rule.texts()) {
        out.number(string(text));
      }
      var nested = rule.nested();
      out.number(nested == null ? 0 : 1);
      if (nested != null) {
        encode(nested.all(), out);
      }
    }
  }

  private byte[] encode(String name, EnumDescriptor type) {
    string(name);
    var out = new Encoder();
    out.number(type.getValues().size());
    for (EnumValueDescriptor value : type.getValues()) {
      out.number(string(value.getName()));
      out.signed(value.getNumber());
      out.number(value.getOptions().getDeprecated() ? 1 : 0);
    }
    return out.toByteArray();
  }

  private static List<Rule> rules(FieldRules all, FieldDescriptor field) {
    var rules = new ArrayList<Rule>();
    if (all.getMessage().getRequired()) {
      rules.add(rule(Op.REQUIRED));
    }
    if (all.getTypeCase() != FieldRules.TypeCase.TYPE_NOT_SET) {
      var typed =
          (Message)
              all.getField(
                  all.getDescriptorForType().findFieldByNumber(all.getTypeCase().getNumber()));
      for (var entry : typed.getAllFields().entrySet()) {
        rule(entry.getKey(), entry.getValue(), typed, field, rules);
      }
    }
    return rules;
  }

  private static void rule(
      FieldDescriptor name, Object value, Message typed, FieldDescriptor field, List<Rule> to) {
    switch (name.getName()) {
      case "required" -> addIf((Boolean) value, Op.REQUIRED, to);
      case "ignore_empty" -> addIf((Boolean) value, Op.IGNORE_EMPTY, to);
      case "unique" -> addIf((Boolean) value, Op.UNIQUE, to);
      case "defined_only" -> addIf((Boolean) value, Op.DEFINED_ONLY, to);
      case "hostname" -> addIf((Boolean) value, Op.HOSTNAME, to);
      case "address" -> addIf((Boolean) value, Op.ADDRESS, to);
      case "ip", "ipv4", "ipv6" -> addIf((Boolean) value, Op.IP, to);
      case "uri", "uri_ref" -> addIf((Boolean) value, Op.URI, to);
      case "items" -> nested(Op.ITEMS, (FieldRules) value, field, to);
      case "keys" -> nested(Op.KEYS, (FieldRules) value, field, to);
      case "values" -> nested(Op.VALUES, (FieldRules) value, field, to);
      case "well_known_regex" -> {
        boolean strict = ((Validate.StringRules) typed).getStrict();
        boolean headerName = value.toString().endsWith("HTTP_HEADER_NAME");
        to.add(
            rule(
                headerName
                    ? (strict ? Op.HEADER_NAME : Op.HEADER_NAME_LOOSE)
                    : (strict ? Op.HEADER_VALUE : Op.HEADER_VALUE_LOOSE)));
      }
      case "strict" -> {}
      default -> to.add(values(op(name, field), value));
    }
  }

  private static Op op(FieldDescriptor name, FieldDescriptor field) {
    for (var op : Op.values()) {
      if (op.name().equalsIgnoreCase(name.getName())) {
        return op;
      }
    }
    throw new IllegalStateException(
        "rule " + name.getName() + " of " + field + " is not known to this generator");
  }

  private static void addIf(boolean set, Op op, List<Rule> to) {
    if (set) {
      to.add(rule(op));
    }
  }

  private static Rule rule(Op op) {
    return new Rule(op, List.of(), List.of(), null);
  }

  private static void nested(Op op, FieldRules rules, FieldDescriptor field, List<Rule> to) {
    var nested = rules(rules, field);
    if (!nested.isEmpty()) {
      to.add(new Rule(op, List.of(), List.of(), new Rules(nested)));
    }
  }

  private static Rule values(Op op, Object value) {
    var values = value instanceof List<?> list ? list : List.of(value);
    var numbers = new ArrayList<Long>();
    var texts = new ArrayList<String>();
    for (var one : values) {
      switch (one) {
        case String text -> texts.add(text);
        case Double number -> numbers.add(Double.doubleToRawLongBits(number));
        case Float number -> numbers.add(Double.doubleToRawLongBits(number));
        case Integer number -> numbers.add((long) number);
        case Long number -> numbers.add(number);
        case Boolean bool -> numbers.add(bool ? 1L : 0L);
        case com.google.protobuf.Duration duration ->
            numbers.add(
                Math.addExact(
                    Math.multiplyExact(duration.getSeconds(), 1_000_000_000L),
                    duration.getNanos()));
        default -> throw new IllegalStateException("a rule's value of " + one.getClass());
      }
    }
    return new Rule(op, numbers, texts, null);
  }

  private static final class Encoder extends ByteArrayOutputStream {
    void number(int value) {
      raw(value & 0xffffffffL);
    }

    void signed(long value) {
      raw((value << 1) ^ (value >> 63));
    }

    private void raw(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      write((int) rest);
    }
  }
}
