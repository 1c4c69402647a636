package io.weft.stream;

import java.io.IOException;

/** A filter failed by itself: its code, its database, its HTTP call. Names the filter. */
public final class FilterException extends IOException {
  private static final long serialVersionUID = 1L;
  private final String filter;

  public FilterException(String filter, Throwable cause) {
    super("filter " + filter + ": " + cause, cause);
    this.filter = filter;
  }

  /** The name of the filter in its chain. */
  public String filter() {
    return filter;
  }
}
