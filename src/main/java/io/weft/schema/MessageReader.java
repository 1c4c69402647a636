package io.weft.schema;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link Tree} against the schema table, reporting every error and going on after each. One
 * use, one thread.
 */
final class MessageReader {
  private static final int MAX_DEPTH = 200;

  private final Schema schema = Schema.get();
  private final Tree tree;
  private final Problems problems;
  private final RuleCheck rules;
  private final DefaultFiller defaults;
  private final ShortForms shortForms;
  private final AnyReader anys;
  private List<FieldType> failed = new ArrayList<>(); // of the message being read: set, and no good
  private int depth;
  private int muted; // inside something unsupported, which has been said already

  MessageReader(Tree tree, ReadOptions options, Problems problems) {
    this.tree = tree;
    this.problems = problems;
    this.rules = new RuleCheck(problems);
    this.defaults = new DefaultFiller(options);
    this.shortForms = new ShortForms(this, tree, schema, options);
    this.anys = new AnyReader(this, tree, schema, options);
  }

  /** The list below {@code resources} where the root has one, else the root. */
  int resources(int root) {
    int real = tree.resolve(root);
    int list = tree.kind(real) == Tree.MAPPING ? find(real, "resources") : -1;
    return list < 0 ? real : tree.resolve(list);
  }

  /**
   * A message that is a resource of its own, which may name its type as Envoy's files for
   * subscriptions do.
   *
   * @param at its index in the file, or ""
   * @return null where there is none that can be read, which has been reported then
   */
  @Nullable Message resource(String typeName, int node, Object at) {
    var type = schema.require(typeName);
    try {
      int real = tree.resolve(node);
      if (tree.isNull(real)) {
        var empty =
            new Message(type, tree.file(), null, null, at, tree.line(node), tree.column(node));
        finish(empty);
        return empty;
      }
      int url = tree.kind(real) == Tree.MAPPING ? find(real, "@type") : -1;
      if (url >= 0 && !tree.text(tree.resolve(url)).endsWith("/" + typeName)) {
        error(
            new Place(tree.file(), tree.line(url), tree.column(url), "@type"),
            describe(tree.resolve(url)) + " (expected: type.googleapis.com/" + typeName + ")");
        return null;
      }
      return message(type, node, null, null, at, url >= 0);
    } catch (ConfigException e) {
      e.problems().all().forEach(problems::add); // too many aliases, or too deep
      return null;
    }
  }

  /** Null when the node is no mapping, which has been reported then. */
  @Nullable Message message(
      MessageType type,
      int node,
      @Nullable Message parent,
      @Nullable FieldType within,
      Object at,
      boolean inAny) {
    int real = tree.resolve(node);
    var message =
        new Message(type, tree.file(), parent, within, at, tree.line(node), tree.column(node));
    int mapping = shortForms.rewrite(message, real);
    if (tree.kind(mapping) != Tree.MAPPING) {
      error(
          message.place(),
          describe(mapping)
              + " (expected: a mapping, "
              + Schema.shortName(type.name())
              + ")"
              + shortForms.hint(type));
      return null;
    }
    message.reserve(Math.min(type.fields().size(), (tree.next(mapping) - mapping) / 2));
    var outerFailed = failed;
    failed = new ArrayList<>(0);
    enter(node);
    fields(message, mapping, inAny, Set.of());
    depth--;
    finish(message);
    failed = outerFailed;
    return message;
  }

  /** Aliases can nest deeper than the text does. */
  private void enter(int node) {
    if (++depth > MAX_DEPTH) {
      throw new ConfigException(
          new Place(tree.file(), tree.line(node), tree.column(node), ""),
          "nested too deeply (expected: at most " + MAX_DEPTH + " levels)");
    }
  }

  private void finish(Message message) {
    rules.check(message, failed);
    defaults.fill(message);
  }

  private void fields(Message message, int mapping, boolean inAny, Set<String> hidden) {
    int end = tree.next(mapping);
    boolean merges = false;
    boolean late = false;
    for (int key = mapping + 1; key < end; key = tree.next(key + 1)) {
      var name = tree.text(key);
      if (isMerge(key)) {
        merges = true;
      } else if (message.messageType().isAny(name)) {
        late = true; // what it may hold depends on name and is_optional
      } else if (!(inAny && name.equals("@type")) && !hidden.contains(name)) {
        field(message, name, key, key + 1);
      }
    }
    if (late) {
      for (int key = mapping + 1; key < end; key = tree.next(key + 1)) {
        var name = tree.text(key);
        if (message.messageType().isAny(name) && !hidden.contains(name)) {
          field(message, name, key, key + 1);
        }
      }
    }
    if (merges) {
      var own = new HashSet<>(hidden);
      for (int key = mapping + 1; key < end; key = tree.next(key + 1)) {
        own.add(tree.text(key));
      }
      for (int key = mapping + 1; key < end; key = tree.next(key + 1)) {
        if (isMerge(key)) {
          merge(message, key + 1, inAny, own);
        }
      }
    }
  }

  boolean isMerge(int key) {
    return tree.kind(key) == Tree.SCALAR && tree.text(key).equals("<<");
  }

  private void merge(Message message, int node, boolean inAny, Set<String> own) {
    int real = tree.resolve(node);
    if (tree.kind(real) == Tree.MAPPING) {
      fields(message, real, inAny, own);
      for (int key = real + 1; key < tree.next(real); key = tree.next(key + 1)) {
        own.add(tree.text(key));
      }
    } else if (tree.kind(real) == Tree.SEQUENCE) {
      for (int item = real + 1; item < tree.next(real); item = tree.next(item)) {
        merge(message, item, inAny, own);
      }
    } else {
      error(
          message.placeOf("<<", tree.line(node), tree.column(node)),
          "a merge wants a mapping, or a list of them");
    }
  }

  private void field(Message message, String name, int key, int node) {
    var type = message.messageType();
    var field = type.field(name);
    if (field == null) {
      var known = type.fields().stream().map(FieldType::name).toList();
      error(
          message.placeOf(printable(name), tree.line(key), tree.column(key)),
          "unknown field '"
              + name
              + "' in "
              + Schema.shortName(type.name())
              + NearestName.hint(name, known));
      return;
    }
    int real = tree.resolve(node);
    if (tree.isNull(real) && !field.takesNull()) {
      return; // as in protobuf's JSON: null is the same as leaving the field out
    }
    if (message.get(field) != null) {
      if (!tree.isRepeated(key)) {
        error(
            place(message, field, "", key),
            "'" + field.name() + "' is set twice, here as '" + name + "'");
      }
      return;
    }
    var rival = rival(message, field);
    if (rival != null) {
      error(
          place(message, field, "", key),
          "only one of '"
              + rival
              + "' and '"
              + field.name()
              + "' can be set (oneof "
              + type.oneofArray()[field.oneof()].name()
              + ")");
      return;
    }
    boolean unsupported = !field.isSupported() && muted == 0 && !saysNothing(field, real);
    if (unsupported) {
      error(
          place(message, field, "", key),
          "'"
              + field.name()
              + "' of "
              + Schema.shortName(type.name())
              + " is not supported by Weft yet");
    } else if (field.isDeprecated() && muted == 0) {
      problems.warn(
          place(message, field, "", key), "'" + field.name() + "' is deprecated in Envoy's API");
    }
    muted += unsupported ? 1 : 0;
    var value = fieldValue(message, field, node);
    muted -= unsupported ? 1 : 0;
    if (value != null) {
      message.set(field, value, tree.line(node), tree.column(node));
    } else {
      failed.add(field);
    }
  }

  /**
   * Whether a field that is not supported is written with what holds without it: the value of a
   * protobuf field that is not set, or the one that Weft is listed with.
   */
  private boolean saysNothing(FieldType field, int node) {
    if (tree.kind(node) == Tree.SEQUENCE) {
      return field.isRepeated() && tree.next(node) == node + 1;
    }
    if (field.isRepeated() || field.isMap() || tree.kind(node) == Tree.MAPPING) {
      return false;
    }
    var text = tree.text(node);
    if (field.only() != null) {
      return text.equals(field.only());
    }
    if (field.oneof() >= 0) {
      return false; // what is set in a oneof has a meaning whatever its value
    }
    return switch (field.kind()) {
      case BOOL -> text.equals("false");
      case STRING, BYTES -> text.isEmpty();
      case ENUM -> {
        var value = field.enumType().find(text);
        yield value != null && value.number() == 0;
      }
      case MESSAGE -> false;
      default -> text.equals("0");
    };
  }

  private static @Nullable String rival(Message message, FieldType field) {
    if (field.oneof() >= 0) {
      for (int i = 0; i < message.count(); i++) {
        if (message.fieldAt(i).oneof() == field.oneof()) {
          return message.fieldAt(i).name();
        }
      }
    }
    return null;
  }

  private @Nullable Object fieldValue(Message message, FieldType field, int node) {
    if (field.isMap()) {
      return map(message, field, node);
    }
    if (!field.isRepeated()) {
      return single(message, field, "", node);
    }
    int real = tree.resolve(node);
    if (tree.kind(real) != Tree.SEQUENCE) {
      // Envoy's examples write one item without the list around it
      var only = single(message, field, 0, node);
      return only == null ? null : new ArrayList<>(List.of(only));
    }
    var list = new ArrayList<Object>();
    int index = 0;
    for (int item = real + 1; item < tree.next(real); item = tree.next(item)) {
      if (tree.isNull(tree.resolve(item)) && !field.takesNull()) {
        error(
            place(message, field, index, item),
            "empty item (expected: " + field.expectation() + ")");
      } else {
        var value = single(message, field, index, item);
        if (value != null) {
          list.add(value);
        }
      }
      index++;
    }
    list.trimToSize();
    return list;
  }

  private @Nullable Object map(Message message, FieldType field, int node) {
    int real = tree.resolve(node);
    if (tree.kind(real) != Tree.MAPPING) {
      error(
          place(message, field, "", node),
          describe(real) + " (expected: " + field.expectation() + ")");
      return null;
    }
    var map = new LinkedHashMap<Object, Object>();
    mapEntries(message, field, real, map);
    return map;
  }

  private void mapEntries(Message message, FieldType field, int mapping, Map<Object, Object> to) {
    for (int key = mapping + 1; key < tree.next(mapping); key = tree.next(key + 1)) {
      if (isMerge(key)) {
        mapMerge(message, field, tree.resolve(key + 1), to);
        continue;
      }
      var text = shortForms.mapKey(field, tree.text(key));
      var mapKey = Scalars.read(java.util.Objects.requireNonNull(field.mapKey()), text, true);
      if (mapKey == null) {
        error(
            place(message, field, text, key),
            "'"
                + text
                + "' is no key here (expected: "
                + FieldType.expectation(java.util.Objects.requireNonNull(field.mapKey()))
                + ")");
        continue;
      }
      int value = shortForms.mapValue(field, tree.text(key), key + 1);
      if (tree.isNull(tree.resolve(value)) && !field.takesNull()) {
        error(place(message, field, text, key), "no value (expected: " + field.expectation() + ")");
      } else if (!to.containsKey(mapKey)) {
        var read = single(message, field, text, value);
        if (read != null) {
          to.put(mapKey, read);
        }
      }
    }
  }

  private void mapMerge(Message message, FieldType field, int real, Map<Object, Object> to) {
    if (tree.kind(real) == Tree.MAPPING) {
      mapEntries(message, field, real, to);
    } else if (tree.kind(real) == Tree.SEQUENCE) {
      for (int item = real + 1; item < tree.next(real); item = tree.next(item)) {
        mapMerge(message, field, tree.resolve(item), to);
      }
    }
  }

  /**
   * One value that is no list and no map; null when it cannot be read, which has been reported
   * then.
   */
  private @Nullable Object single(Message message, FieldType field, Object at, int node) {
    if (field.kind() == Kind.MESSAGE) {
      if (field.wellKnown() == WellKnown.NONE) {
        int real = tree.resolve(node);
        if (field.typeName().equals(ShortForms.ROUTE_CONFIGURATION) && tree.isScalar(real)) {
          return shortForms.routeConfiguration(place(message, field, at, node), tree.text(real));
        }
        return message(field.message(), node, message, field, at, false);
      }
      return wellKnown(field.wellKnown(), field.typeName(), message, field, at, node);
    }
    int real = tree.resolve(node);
    if (!tree.isScalar(real)) {
      error(
          place(message, field, at, node),
          describe(real) + " (expected: " + field.expectation() + ")");
      return null;
    }
    if (field.kind() == Kind.ENUM) {
      return enumValue(message, field, at, node, real);
    }
    return scalar(field.kind(), message, field, at, node);
  }

  private @Nullable Object scalar(
      Kind kind, Message message, FieldType field, Object at, int node) {
    int real = tree.resolve(node);
    if (tree.isScalar(real)) {
      var value = Scalars.read(kind, tree.text(real), tree.kind(real) == Tree.QUOTED);
      if (value != null) {
        return value;
      }
    }
    error(
        place(message, field, at, node),
        describe(real) + " (expected: " + FieldType.expectation(kind) + ")");
    return null;
  }

  private @Nullable Object enumValue(
      Message message, FieldType field, Object at, int node, int real) {
    var type = field.enumType();
    var text = tree.text(real);
    var value = tree.isNull(real) ? type.find(0) : type.find(text);
    if (value == null && Scalars.isNumber(text)) {
      var number = Scalars.integer(Kind.INT32, text);
      value = number == null ? null : type.find(number.intValue());
    }
    if (value == null) {
      var names = type.names();
      error(
          place(message, field, at, node),
          "'"
              + text
              + "' is no "
              + Schema.shortName(type.name())
              + NearestName.hint(text, names)
              + " (expected: "
              + String.join(", ", names)
              + ")");
    } else if (!value.supported() && muted == 0) {
      error(place(message, field, at, node), value.name() + " is not supported by Weft yet");
    }
    return value;
  }

  @Nullable Object wellKnown(
      WellKnown form, String typeName, Message message, FieldType field, Object at, int node) {
    int real = tree.resolve(node);
    return switch (form) {
      case ANY -> anys.read(message, field, at, node);
      case STRUCT ->
          tree.kind(real) == Tree.MAPPING ? untyped(real) : wrong(message, field, at, node);
      case LIST ->
          tree.kind(real) == Tree.SEQUENCE ? untyped(real) : wrong(message, field, at, node);
      case VALUE -> {
        var value = untyped(real);
        yield value == null ? ResourceReader.NULL : value;
      }
      case DURATION -> duration(message, field, at, node, real);
      case TIMESTAMP -> {
        var instant = tree.isScalar(real) ? Scalars.timestamp(tree.text(real)) : null;
        yield instant == null ? wrong(message, field, at, node) : instant;
      }
      case EMPTY ->
          tree.kind(real) == Tree.MAPPING && tree.next(real) == real + 1
              ? Map.of()
              : wrong(message, field, at, node);
      case FIELD_MASK -> tree.isScalar(real) ? tree.text(real) : wrong(message, field, at, node);
      case WRAPPER ->
          scalar(Schema.wrappedKind(typeName), message, field, at, unwrapped(real, node));
      case NONE -> throw new IllegalArgumentException(typeName);
    };
  }

  /** Old files write wrappers as messages: {@code {value: 5}}. */
  private int unwrapped(int real, int node) {
    if (tree.kind(real) == Tree.MAPPING
        && tree.next(real) > real + 2
        && tree.next(real + 2) == tree.next(real)
        && tree.text(real + 1).equals("value")) {
      return real + 2;
    }
    return node;
  }

  private @Nullable Object wrong(Message message, FieldType field, Object at, int node) {
    error(
        place(message, field, at, node),
        describe(tree.resolve(node)) + " (expected: " + field.expectation() + ")");
    return null;
  }

  private @Nullable Duration duration(
      Message message, FieldType field, Object at, int node, int real) {
    Duration value = null;
    if (tree.isScalar(real)) {
      value = Scalars.duration(tree.text(real));
    } else if (tree.kind(real) == Tree.MAPPING) {
      value = durationMessage(real);
    }
    if (value == null) {
      error(
          place(message, field, at, node),
          describe(real) + " is no duration (expected: seconds with the unit s, such as 0.25s)");
    } else if (value.isNegative() && field.rules() == null) {
      // no field of Envoy's takes one, though few say so
      error(place(message, field, at, node), describe(real) + " (expected: not negative)");
    }
    return value;
  }

  private @Nullable Duration durationMessage(int mapping) {
    long seconds = 0;
    long nanos = 0;
    for (int key = mapping + 1; key < tree.next(mapping); key = tree.next(key + 1)) {
      int value = tree.resolve(key + 1);
      var number = tree.isScalar(value) ? Scalars.integer(Kind.INT64, tree.text(value)) : null;
      if (number == null) {
        return null;
      }
      switch (tree.text(key)) {
        case "seconds" -> seconds = number;
        case "nanos" -> nanos = number;
        default -> {
          return null;
        }
      }
    }
    return Scalars.duration(seconds, nanos);
  }

  /** A value without a schema. */
  private @Nullable Object untyped(int node) {
    int real = tree.resolve(node);
    if (tree.isScalar(real)) {
      return Scalars.untyped(tree.text(real), tree.kind(real) == Tree.QUOTED);
    }
    enter(node);
    if (tree.kind(real) == Tree.SEQUENCE) {
      var list = new ArrayList<@Nullable Object>();
      for (int item = real + 1; item < tree.next(real); item = tree.next(item)) {
        list.add(untyped(item));
      }
      depth--;
      return list;
    }
    var map = new LinkedHashMap<String, @Nullable Object>();
    for (int key = real + 1; key < tree.next(real); key = tree.next(key + 1)) {
      if (isMerge(key)) {
        mergeUntyped(key + 1, map);
      } else {
        map.put(tree.text(key), untyped(key + 1));
      }
    }
    depth--;
    return map;
  }

  private void mergeUntyped(int node, Map<String, @Nullable Object> to) {
    switch (untyped(node)) {
      case Map<?, ?> map -> map.forEach((key, value) -> to.putIfAbsent(String.valueOf(key), value));
      case List<?> list -> {
        for (var item : list) {
          if (item instanceof Map<?, ?> map) {
            map.forEach((key, value) -> to.putIfAbsent(String.valueOf(key), value));
          }
        }
      }
      case null, default -> {}
    }
  }

  /** Runs a read inside something that has been reported as not supported. */
  void mute(boolean mute) {
    muted += mute ? 1 : -1;
  }

  boolean isMuted() {
    return muted > 0;
  }

  void error(Place place, String message) {
    problems.error(place, message);
  }

  void warn(Place place, String message) {
    problems.warn(place, message);
  }

  Place place(Message message, FieldType field, Object at, int node) {
    var name =
        at instanceof Integer index
            ? field.name() + "[" + index + "]"
            : "".equals(at) ? field.name() : field.name() + "[" + printable(at.toString()) + "]";
    return message.placeOf(name, tree.line(node), tree.column(node));
  }

  private static String printable(String name) {
    return name.replaceAll("[\\s\\p{Cntrl}]", "_");
  }

  /** What stands there, for an error message. */
  String describe(int real) {
    return switch (tree.kind(real)) {
      case Tree.MAPPING -> "a mapping";
      case Tree.SEQUENCE -> "a list";
      default -> {
        var text = tree.text(real);
        if (text.contains("-----BEGIN")) {
          yield "a text in PEM"; // it may be a key
        }
        yield "'"
            + (text.length() > 60 ? text.substring(0, 60) + "..." : text)
                .replaceAll("\\p{Cntrl}", "?")
            + "'";
      }
    };
  }

  /** The value of a key of a mapping, merged ones included; -1 where there is none. */
  int find(int mapping, String wanted) {
    int merged = -1;
    for (int key = mapping + 1; key < tree.next(mapping); key = tree.next(key + 1)) {
      if (tree.text(key).equals(wanted)) {
        return key + 1;
      }
      if (merged < 0 && isMerge(key)) {
        int target = tree.resolve(key + 1);
        if (tree.kind(target) == Tree.MAPPING) {
          merged = find(target, wanted);
        } else if (tree.kind(target) == Tree.SEQUENCE) {
          for (int item = target + 1;
              merged < 0 && item < tree.next(target);
              item = tree.next(item)) {
            int one = tree.resolve(item);
            merged = tree.kind(one) == Tree.MAPPING ? find(one, wanted) : -1;
          }
        }
      }
    }
    return merged;
  }

  /** The filter's name, read or still to be read. */
  String nameOf(Message message) {
    var field = message.messageType().field("name");
    return field != null && message.get(field) instanceof String name ? name : "";
  }

  boolean isOptional(Message message) {
    return message.bool("is_optional");
  }
}
