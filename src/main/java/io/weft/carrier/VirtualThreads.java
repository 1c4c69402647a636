package io.weft.carrier;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The one place that reaches into the JDK: virtual threads on a scheduler of one's own, and the
 * platform thread below a virtual one. Needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
final class VirtualThreads {
  private static final MethodHandle BUILDER;
  private static final MethodHandle CURRENT_CARRIER_THREAD;

  static {
    MethodHandle builder;
    MethodHandle currentCarrierThread;
    try {
      Class<?> type = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
      builder =
          MethodHandles.privateLookupIn(type, MethodHandles.lookup())
              .findConstructor(type, MethodType.methodType(void.class, Executor.class))
              .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
      currentCarrierThread =
          MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
              .findStatic(
                  Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedJdkException(missing(e), e);
    }
    BUILDER = builder;
    CURRENT_CARRIER_THREAD = currentCarrierThread;
  }

  private VirtualThreads() {}

  private static String missing(ReflectiveOperationException cause) {
    String found =
        "found JDK "
            + Runtime.version()
            + " ("
            + System.getProperty("java.vendor")
            + ", "
            + System.getProperty("java.home")
            + ")";
    return cause instanceof IllegalAccessException
        ? found
            + " without the flag --add-opens java.base/java.lang=ALL-UNNAMED, which Weft needs to"
            + " run virtual threads on its own carriers"
        : found
            + ", wanted JDK 25: this one's virtual threads do not take a scheduler ("
            + cause.getMessage()
            + ")";
  }

  /** A builder of virtual threads whose every step runs on {@code scheduler}. */
  static Thread.Builder.OfVirtual on(Executor scheduler) {
    try {
      return (Thread.Builder.OfVirtual) BUILDER.invokeExact(scheduler);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The current platform thread, also when a virtual one runs on it. */
  static Thread currentCarrierThread() {
    try {
      return (Thread) CURRENT_CARRIER_THREAD.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The virtual thread that a scheduler's task continues, for the watchdog; null where this JDK's
   * tasks do not tell.
   */
  static @Nullable Thread of(Runnable task) {
    for (var field : task.getClass().getDeclaredFields()) {
      if (Thread.class.isAssignableFrom(field.getType())) {
        try {
          return (Thread)
              MethodHandles.privateLookupIn(task.getClass(), MethodHandles.lookup())
                  .unreflectGetter(field)
                  .invoke(task);
        } catch (Throwable e) {
          return null;
        }
      }
    }
    return null;
  }
}
