package io.weft.server;

import io.weft.extension.Extensions;
import io.weft.extension.UserFilters;
import java.util.Set;

/**
 * What can be named in a configuration: what ships with Weft and the filters that users bring on
 * the class path, found once at start.
 */
record Users(
    Extensions extensions,
    Set<String> httpFilters,
    Set<String> networkFilters,
    Set<String> terminalFilters) {
  static Users load() {
    return of(UserFilters.load(Users.class.getClassLoader()));
  }

  static Users of(UserFilters found) {
    return new Users(
        BuiltIn.extensions(found), found.httpNames(), found.networkNames(), found.terminalNames());
  }
}
