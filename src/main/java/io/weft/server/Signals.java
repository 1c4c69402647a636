package io.weft.server;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * SIGTERM and SIGINT as calls instead of the JVM's own shutdown, so that a second one can end what
 * the first began. Through reflection: {@code sun.misc.Signal} is exported, but no part of Java SE.
 */
final class Signals {
  /** As POSIX numbers it. */
  static final int INT = 2;

  /** As POSIX numbers it. */
  static final int TERM = 15;

  private Signals() {}

  /** Has {@code action} called, on a thread of the JVM, with the number of SIGTERM and SIGINT. */
  static void onSignal(IntConsumer action) {
    on(action, "TERM", "INT");
  }

  /** Has {@code action} called at each SIGUSR1, which rotation of log files sends. */
  static void onReopen(Runnable action) {
    on(_ -> action.run(), "USR1");
  }

  @SuppressWarnings("ReferenceEquality") // a proxy is itself and no other
  private static void on(IntConsumer action, String... names) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler call =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.accept((Integer) signal.getMethod("getNumber").invoke(arguments[0]));
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> "signals";
              };
      Object proxy =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, call);
      for (String name : names) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM does not pass signals on: " + e, e);
    }
  }
}
