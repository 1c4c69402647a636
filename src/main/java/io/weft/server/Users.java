package io.weft.server;

import io.weft.extension.Extensions;
import java.util.Set;

/**
 * The filters that users bring on the class path, found once at start by {@link
 * java.util.ServiceLoader}.
 */
record Users(Extensions extensions, Set<String> httpFilters, Set<String> networkFilters) {
  static Users load() {
    return new Users(BuiltIn.extensions(), Set.of(), Set.of());
  }
}
