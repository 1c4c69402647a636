package io.weft.carrier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nobody caught: it ends what threw it and nothing else, unless memory is spent. */
final class Uncaught {
  private static final Logger log = LoggerFactory.getLogger(Carrier.class);

  /** What the JVM's own ExitOnOutOfMemoryError ends with. */
  private static final int OUT_OF_MEMORY_EXIT_CODE = 3;

  private Uncaught() {}

  static void report(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      log.error("out of memory: the process ends", e);
      // nothing that runs from here on can be trusted; a supervisor starts the next process
      Runtime.getRuntime().halt(OUT_OF_MEMORY_EXIT_CODE);
    }
    log.error("uncaught on a carrier", e);
  }
}
