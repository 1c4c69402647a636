package io.weft.admin;

/**
 * One path of the admin server.
 *
 * @param changes whether it changes something: POST only then, and not from another site's page
 * @param help one line, as Envoy's {@code /help} has it
 */
record Endpoint(String path, boolean changes, String help, Action action) {
  /** Answers a request; may block on nothing but the client. */
  @FunctionalInterface
  interface Action {
    Reply answer(Query query) throws Query.BadQueryException;
  }

  static Endpoint shows(String path, String help, Action action) {
    return new Endpoint(path, false, help, action);
  }

  static Endpoint changes(String path, String help, Action action) {
    return new Endpoint(path, true, help, action);
  }
}
