package io.weft.stream;

import io.weft.http.Request;
import java.io.IOException;

/**
 * A host has sent the request elsewhere, and Weft goes there itself: leaves the filters on its way
 * from the router to the connection manager, which lets them see the new request from the start. No
 * stack trace.
 */
public final class InternalRedirect extends IOException {
  private static final long serialVersionUID = 1L;
  private final transient Request request;
  private final transient RouteView route;
  private final transient RedirectTrail trail;

  /**
   * The way on.
   *
   * @param request to the new place, with headers of its own
   * @param route that it takes
   * @param trail with this step
   */
  public InternalRedirect(Request request, RouteView route, RedirectTrail trail) {
    super("redirected to " + request.path());
    this.request = request;
    this.route = route;
    this.trail = trail;
  }

  public Request request() {
    return request;
  }

  public RouteView route() {
    return route;
  }

  public RedirectTrail trail() {
    return trail;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
