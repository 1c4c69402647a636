package io.weft.server;

/** What commands print: results on standard output, everything else on standard error. */
final class Console {
  private Console() {}

  static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  static void error(String text) {
    System.err.println(text);
    System.err.flush();
  }
}
