package io.weft.extension;

import io.weft.filter.HttpFilter;
import io.weft.schema.Message;

/** Makes one kind of HTTP filter. */
public interface HttpFilterFactory {
  /** The full name of the message that configures it, as in a type URL behind the slash. */
  String type();

  /**
   * Makes a filter, to be shared by all streams.
   *
   * @param name its name in the chain, by which routes address it
   */
  HttpFilter create(String name, Message config, FactoryScope scope);

  /** The full name of the message of its settings on a route; empty if it has none. */
  default String routeType() {
    return "";
  }

  /** What a route's settings for the filter are at run time; any immutable object. */
  default Object routeConfig(Message config, FactoryScope scope) {
    throw new IllegalStateException(type() + " has no settings on routes");
  }

  /** Whether its filters are a user's code, and not Weft's own. */
  default boolean isUsers() {
    return false;
  }
}
