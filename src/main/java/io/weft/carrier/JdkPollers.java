package io.weft.carrier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;

/**
 * Keeps the JDK's own pollers off the carriers. By default they are virtual threads that inherit
 * the scheduler of whoever blocks first in a JDK socket; with {@code -Djdk.pollerMode=1} they are
 * platform threads. Without that flag a throw-away blocking call on an ordinary virtual thread
 * makes them run on the JDK's scheduler.
 */
final class JdkPollers {
  private JdkPollers() {}

  static void keepOffCarriers() {
    if ("1".equals(System.getProperty("jdk.pollerMode"))) {
      return;
    }
    try {
      Thread.ofVirtual().name("jdk-pollers").start(JdkPollers::blockOnce).join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void blockOnce() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      socket.setSoTimeout(1);
      socket.accept().close();
    } catch (SocketTimeoutException e) {
      // as intended
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
