package io.weft.route;

import io.weft.http.HeaderName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What of a request decides to which endpoint it goes. Immutable and shared. */
public sealed interface HashPolicy {
  /** Whether the policies behind this one are left out once there is a hash. */
  boolean terminal();

  /**
   * A header; several values are hashed one after the other.
   *
   * @param rewrite changes the value before it is hashed; null for none
   */
  record Header(HeaderName name, @Nullable Substitution rewrite, boolean terminal)
      implements HashPolicy {}

  /**
   * A cookie.
   *
   * @param ttl of the cookie that is made where there is none; zero for a session cookie, null to
   *     make none
   * @param attributes of the cookie that is made, as it is sent; empty for none
   */
  record Cookie(
      String name, @Nullable Duration ttl, String path, String attributes, boolean terminal)
      implements HashPolicy {}

  /** The address of the client. */
  record SourceIp(boolean terminal) implements HashPolicy {}

  /** The text of what a filter has set under a key. */
  record FilterState(String key, boolean terminal) implements HashPolicy {}

  /** The first query parameter of a name. */
  record QueryParameter(String name, boolean terminal) implements HashPolicy {}
}
