package io.weft.hcm;

import io.weft.http.Request;
import org.jspecify.annotations.Nullable;

/**
 * What is left out of the authority of requests before they are routed and forwarded. Immutable.
 *
 * @param port the port that is left out
 * @param dot whether the dot that may end a host's name is left out
 */
public record HostForm(Port port, boolean dot) {
  /** Which port is left out. */
  public enum Port {
    NONE,
    /** The one that the connection came to. */
    OWN,
    ANY
  }

  /**
   * The request with its authority in this form.
   *
   * @param localAddress where the connection came to, {@code ip:port}; null or a path without one
   */
  public Request apply(Request request, @Nullable String localAddress) {
    String authority = request.authority();
    String form = dot ? withoutDot(authority) : authority;
    // RFC 9110 9.3.6: the port is what a CONNECT asks for
    if (port != Port.NONE && !request.method().equals("CONNECT")) {
      form = withoutPort(form, localAddress);
    }
    return form.equals(authority) ? request : request.withAuthority(form);
  }

  private static String withoutDot(String authority) {
    int colon = portColon(authority);
    int end = colon < 0 ? authority.length() : colon;
    return end > 0 && authority.charAt(end - 1) == '.'
        ? authority.substring(0, end - 1) + authority.substring(end)
        : authority;
  }

  private String withoutPort(String authority, @Nullable String localAddress) {
    int colon = portColon(authority);
    if (colon < 0) {
      return authority;
    }
    if (port == Port.OWN) {
      int local = localAddress == null ? -1 : portColon(localAddress);
      if (local < 0
          || localAddress == null
          || number(authority, colon + 1) != number(localAddress, local + 1)) {
        return authority;
      }
    }
    return authority.substring(0, colon);
  }

  /** Where the colon before a port of digits is; -1 if there is no port. */
  private static int portColon(String authority) {
    int colon = authority.lastIndexOf(':');
    if (colon < 0 || authority.lastIndexOf(']') > colon) {
      return -1;
    }
    int digits = authority.length() - colon - 1;
    for (int i = colon + 1; i < authority.length(); i++) {
      if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
        return -1;
      }
    }
    return digits >= 1 && digits <= 5 ? colon : -1;
  }

  private static int number(String text, int from) {
    return Integer.parseInt(text, from, text.length(), 10);
  }
}
