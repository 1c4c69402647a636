package io.weft.admin;

import java.util.List;

/**
 * A listener that accepts.
 *
 * @param addresses as bound: {@code 127.0.0.1:10000}, {@code [::1]:10000} or a path
 */
public record ListenerStatus(String name, List<String> addresses) {
  public ListenerStatus {
    addresses = List.copyOf(addresses);
  }
}
