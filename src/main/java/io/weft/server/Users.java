package io.weft.server;

import io.weft.extension.Extensions;
import io.weft.extension.UserFilters;
import java.io.File;
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
    return of(
        isAlone(System.getProperty("java.class.path", ""))
            ? new UserFilters()
            : UserFilters.load(Users.class.getClassLoader()));
  }

  /**
   * Whether a class path is Weft's own jar and no more, as the launcher makes it without {@code
   * WEFT_CLASSPATH}. To look for users' filters means to open each of the sixty jars it names.
   */
  static boolean isAlone(String classPath) {
    return classPath.endsWith("weft.jar") && classPath.indexOf(File.pathSeparatorChar) < 0;
  }

  static Users of(UserFilters found) {
    return new Users(
        BuiltIn.extensions(found), found.httpNames(), found.networkNames(), found.terminalNames());
  }
}
