package io.weft.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message type of the schema table. Immutable. */
public final class MessageType {
  /** One oneof: at most one of its fields may be set, exactly one where it is required. */
  public record Oneof(String name, boolean required) {}

  private final String name;
  private final FieldType[] fields;
  private final Oneof[] oneofs;
  private final FieldType[] ruled;
  private final boolean requiresOneof;
  private final boolean hasAny;
  private final Map<String, FieldType> byName;

  MessageType(String name, FieldType[] fields, Oneof[] oneofs) {
    this.name = name;
    this.fields = fields;
    this.oneofs = oneofs;
    this.byName = new HashMap<>(fields.length * 3);
    int count = 0;
    boolean any = false;
    for (var field : fields) {
      any |= field.wellKnown() == WellKnown.ANY;
      byName.put(field.name(), field);
      byName.putIfAbsent(field.jsonName(), field);
      if (field.rules() != null) {
        count++;
      }
    }
    ruled = new FieldType[count];
    for (var field : fields) {
      if (field.rules() != null) {
        ruled[ruled.length - count--] = field;
      }
    }
    boolean requires = false;
    for (var oneof : oneofs) {
      requires |= oneof.required;
    }
    requiresOneof = requires;
    hasAny = any;
  }

  /** The full name, such as {@code envoy.config.listener.v3.Listener}. */
  public String name() {
    return name;
  }

  /** In the order of their numbers. */
  public List<FieldType> fields() {
    return List.of(fields);
  }

  public List<Oneof> oneofs() {
    return List.of(oneofs);
  }

  /** The field of that name, in snake case or in JSON's camel case, or null. */
  public @Nullable FieldType field(String fieldName) {
    return byName.get(fieldName);
  }

  boolean isAny(String fieldName) {
    if (!hasAny) {
      return false;
    }
    var field = byName.get(fieldName);
    return field != null && field.wellKnown() == WellKnown.ANY;
  }

  /** The fields with rules. */
  FieldType[] ruled() {
    return ruled;
  }

  boolean requiresOneof() {
    return requiresOneof;
  }

  Oneof[] oneofArray() {
    return oneofs;
  }

  @Override
  public String toString() {
    return name;
  }
}
