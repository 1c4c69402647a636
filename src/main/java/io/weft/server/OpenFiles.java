package io.weft.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The limit of open files of this process. */
final class OpenFiles {
  private OpenFiles() {}

  /** The soft limit, or -1 where the system does not tell. Reads a file. */
  static long limit() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max open files")) {
          String soft = line.substring(14).strip().split(" ", 2)[0];
          return soft.equals("unlimited") ? -1 : Long.parseLong(soft);
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not Linux, or no /proc: the limit is not known, and the caller has a value for that.
    }
    return -1;
  }
}
