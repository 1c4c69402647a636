package io.weft.stream;

import io.weft.http.Request;
import org.jspecify.annotations.Nullable;

/** How the connection manager finds a route for what is not the request it received. */
public interface Rerouting {
  /**
   * The request with its path in the one form that is routed and forwarded, and its route.
   *
   * @return null if the path would not be let in from a client either
   */
  @Nullable Rerouted reroute(Request request, StreamInfo stream);

  /** The route of the stream's request by what is known of it now, whose limits hold from now. */
  RouteView match(Request request, StreamInfo stream);

  /** A request and the route it takes. */
  record Rerouted(Request request, RouteView route) {}
}
