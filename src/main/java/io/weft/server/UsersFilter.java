package io.weft.server;

import io.weft.carrier.Carrier;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import java.io.IOException;

/**
 * A user's network filter between brackets, so that the watchdog may say that it is user code that
 * holds a carrier. What the filter wraps around source and sink runs outside of them.
 */
record UsersFilter(NetworkFilter filter) implements NetworkFilter {
  @Override
  public void filter(Connection downstream, Next next) throws IOException {
    Carrier carrier = Carrier.current();
    long[] section = {carrier.enter()};
    try {
      filter.filter(
          downstream,
          connection -> {
            carrier.exit(section[0]);
            try {
              next.proceed(connection);
            } finally {
              section[0] = carrier.enter();
            }
          });
    } finally {
      carrier.exit(section[0]);
    }
  }
}
