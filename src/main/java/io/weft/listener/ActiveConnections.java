package io.weft.listener;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The open connections of a listener on one carrier. Confined to the carrier. */
final class ActiveConnections {
  private @Nullable ActiveConnection first;

  void add(ActiveConnection connection) {
    ActiveConnection second = first;
    connection.next = second;
    if (second != null) {
      second.previous = connection;
    }
    first = connection;
  }

  void remove(ActiveConnection connection) {
    ActiveConnection previous = connection.previous;
    ActiveConnection next = connection.next;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    } else if (first == connection) {
      first = next;
    }
    connection.previous = null;
    connection.next = null;
  }

  void wakeAll() {
    each(ActiveConnection::wake);
  }

  void closeAll() {
    each(ActiveConnection::close);
  }

  private void each(Consumer<ActiveConnection> action) {
    ActiveConnection connection = first;
    while (connection != null) {
      // asked before: closing takes it out of the list
      ActiveConnection next = connection.next;
      action.accept(connection);
      connection = next;
    }
  }
}
