package io.weft.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an {@code Any}: finds the type named by {@code @type} and reads the rest of the mapping as
 * that type.
 */
final class AnyReader {
  /** Packages of Envoy's contrib extensions, which are not part of its API package. */
  private static final List<String> CONTRIB =
      List.of(
          ".kafka_broker.",
          ".kafka_mesh.",
          ".mysql_proxy.",
          ".postgres_proxy.",
          ".postgres_inspector.",
          ".golang.",
          ".hyperscan.",
          ".qatzip.",
          ".qatzstd.",
          ".checksum.",
          ".sip_proxy.",
          ".rocketmq_proxy.",
          ".squash.",
          ".sxg.",
          ".vcl.",
          ".cryptomb.",
          ".qat.",
          ".kae.",
          ".dlb.",
          ".language.",
          ".client_ssl_auth.",
          ".dynamo.",
          ".generic_proxy.codecs.",
          ".peak_ewma.",
          ".istio_stats.",
          ".alpn.",
          ".peer_metadata.",
          ".tap_sinks.");

  private final MessageReader reader;
  private final Tree tree;
  private final Schema schema;
  private final ReadOptions options;

  AnyReader(MessageReader reader, Tree tree, Schema schema, ReadOptions options) {
    this.reader = reader;
    this.tree = tree;
    this.schema = schema;
    this.options = options;
  }

  /** The message inside; null when there is none that can be read, which has been reported then. */
  @Nullable Message read(Message parent, FieldType field, Object at, int node) {
    int real = tree.resolve(node);
    if (tree.kind(real) != Tree.MAPPING) {
      reader.error(
          reader.place(parent, field, at, node),
          reader.describe(real) + " (expected: a mapping with @type)");
      return null;
    }
    int url = reader.find(real, "@type");
    if (url < 0) {
      reader.error(
          reader.place(parent, field, at, node),
          "no @type (expected: \"@type\": type.googleapis.com/ and the full name of the message)");
      return null;
    }
    return typed(parent, field, at, node, real, tree.resolve(url), false);
  }

  private @Nullable Message typed(
      Message parent,
      FieldType field,
      Object at,
      int node,
      int mapping,
      int url,
      boolean structured) {
    var text = tree.isScalar(url) ? tree.text(url) : "";
    var name = text.substring(text.lastIndexOf('/') + 1);
    var place = reader.place(parent, field, at, url);
    if (!structured && isTypedStruct(name)) {
      return typedStruct(parent, field, at, node, mapping, name);
    }
    if (WellKnown.of(name) != WellKnown.NONE) {
      return wellKnown(parent, field, at, node, mapping, name, place);
    }
    var type = schema.message(name);
    if (type == null) {
      unknown(parent, field, name, place);
      return null;
    }
    boolean unsupported = !schema.isSupported(name) && !reader.isMuted();
    if (unsupported) {
      report(parent, place, name + " is not supported by Weft yet");
    }
    if (unsupported) {
      reader.mute(true);
    }
    var message = reader.message(type, structured ? mapping : node, parent, field, at, true);
    if (unsupported) {
      reader.mute(false);
    }
    return unsupported && isOptional(parent) ? null : message;
  }

  private void unknown(Message parent, FieldType field, String name, Place place) {
    if (reader.isMuted()) {
      return;
    }
    if (name.isEmpty()) {
      reader.error(
          place,
          "@type is empty (expected: type.googleapis.com/ and the full name of the message)");
      return;
    }
    for (var contrib : CONTRIB) {
      if (name.contains(contrib)) {
        report(
            parent,
            place,
            name + " is an extension of Envoy's contrib build and not supported by Weft");
        return;
      }
    }
    if (name.matches(".*\\.v2(alpha)?\\d*\\..*")) {
      report(
          parent,
          place,
          name + " belongs to Envoy's v2 API, which was removed (expected: a v3 type)");
      return;
    }
    var simple = name.substring(name.lastIndexOf('.') + 1);
    var hint = NearestName.hint(name, schema.messageNames());
    if (hint.isEmpty()) {
      for (var known : schema.messageNames()) {
        if (known.endsWith("." + simple) && !simple.isEmpty()) {
          hint = " (did you mean '" + known + "'?)";
          break;
        }
      }
    }
    report(parent, place, "unknown type " + name + " for " + field.name() + hint);
  }

  /** An optional filter may be missing: Envoy then leaves it out. */
  private void report(Message parent, Place place, String text) {
    if (isOptional(parent)) {
      reader.warn(place, text + "; left out, as is_optional allows");
    } else {
      reader.error(place, text);
    }
  }

  private boolean isOptional(Message parent) {
    return parent.messageType().field("is_optional") != null && reader.isOptional(parent);
  }

  static boolean isTypedStruct(String name) {
    return name.equals("xds.type.v3.TypedStruct") || name.equals("udpa.type.v1.TypedStruct");
  }

  private @Nullable Message typedStruct(
      Message parent, FieldType field, Object at, int node, int mapping, String name) {
    int url = reader.find(mapping, "type_url");
    int value = reader.find(mapping, "value");
    if (url < 0) {
      reader.error(
          reader.place(parent, field, at, node), "no type_url in " + Schema.shortName(name));
      return null;
    }
    if (isUserFilter(parent, field)) {
      return reader.message(schema.require(name), node, parent, field, at, true);
    }
    int settings = value < 0 ? mapping : tree.resolve(value);
    if (value >= 0 && tree.kind(settings) != Tree.MAPPING) {
      reader.error(
          reader.place(parent, field, at, value),
          reader.describe(settings) + " (expected: a mapping)");
      return null;
    }
    return typed(
        parent,
        field,
        at,
        node,
        value < 0 ? emptyMapping(mapping) : settings,
        tree.resolve(url),
        true);
  }

  private int emptyMapping(int like) {
    int empty = tree.begin(Tree.MAPPING, tree.line(like), tree.column(like));
    tree.end(empty);
    return empty;
  }

  private @Nullable Message wellKnown(
      Message parent, FieldType field, Object at, int node, int mapping, String name, Place place) {
    if (parent.messageType().field("typed_config") == field
        && !isUserFilter(parent, field)
        && !reader.isMuted()) {
      report(
          parent,
          place,
          "unknown extension '"
              + reader.nameOf(parent)
              + "' configured by "
              + name
              + NearestName.hint(reader.nameOf(parent), schema.extensions().keySet()));
      return null;
    }
    var form = WellKnown.of(name);
    var type = schema.wellKnown(name);
    var message =
        new Message(type, tree.file(), parent, field, at, tree.line(node), tree.column(node));
    int value = reader.find(mapping, "value");
    var inner = java.util.Objects.requireNonNull(type.field("value"));
    if (value >= 0) {
      var read = reader.wellKnown(form, name, message, inner, "", value);
      if (read != null) {
        message.set(inner, read, tree.line(value), tree.column(value));
      }
    }
    return message;
  }

  private boolean isUserFilter(Message parent, FieldType field) {
    return field.name().equals("typed_config")
        && options.isUserFilter(parent.type(), reader.nameOf(parent));
  }
}
