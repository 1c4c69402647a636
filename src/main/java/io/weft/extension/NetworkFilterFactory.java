package io.weft.extension;

import io.weft.filter.NetworkFilter;
import io.weft.schema.Message;

/** Makes one kind of network filter that is not the last of its chain. */
public interface NetworkFilterFactory {
  /** The full name of the message that configures it. */
  String type();

  /** Makes a filter, to be shared by all connections. */
  NetworkFilter create(String name, Message config, FactoryScope scope);

  /** Whether its filters are a user's code, and not Weft's own. */
  default boolean isUsers() {
    return false;
  }

  /** Whether its filters serve the connection and never hand it on: the last of their chain. */
  default boolean isTerminal() {
    return false;
  }
}
