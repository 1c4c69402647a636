package io.weft.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * Binds C functions under one shape: six longs to a long, errno captured. A C int argument ignores
 * the upper half, an int result is cut by the caller. One shape means one generated stub, which
 * halves what the calls cost at start. Variadic functions with integer arguments (fcntl) follow the
 * same register rules on Linux for x86-64 and AArch64.
 */
@SuppressWarnings("restricted")
final class Downcall {
  private static final Linker LINKER = Linker.nativeLinker();

  private static final MethodHandle GENERIC =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private Downcall() {}

  /** A handle of the type {@code (MemorySegment errno, long x 6)long}. */
  static MethodHandle of(String function) {
    return GENERIC.bindTo(
        LINKER
            .defaultLookup()
            .find(function)
            .orElseThrow(() ->
                new UnsatisfiedLinkError(
                    "the C library has no function " + function + " (needs glibc on Linux)")));
  }
}
