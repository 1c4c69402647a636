package io.weft.server;

/** The admin server, started behind the listeners. */
final class Admin implements AutoCloseable {
  static Admin startLater(Server server) {
    return new Admin();
  }

  @Override
  public void close() {}
}
