package io.weft.config;

import java.nio.file.Path;

/**
 * {@code validate --config PATH} without the rest of the program, to run the conformance kit
 * against the reader alone.
 */
public final class ValidateMain {
  private ValidateMain() {}

  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String[] args) {
    var problems = Validation.validate(Path.of(args[args.length - 1]), ConfigOptions.NONE);
    System.err.print(problems.text());
    System.exit(problems.isEmpty() ? 0 : 1);
  }
}
