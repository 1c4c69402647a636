package io.weft.mutation;

import io.weft.format.Facts;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.mutation.HeaderMutation.Append;
import io.weft.mutation.HeaderMutation.Remove;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes of requests and responses, applied in order. Immutable and shared.
 *
 * @param request changes on the way up
 * @param response changes on the way down
 */
public record Mutations(List<HeaderMutation> request, List<HeaderMutation> response) {
  /** No change. */
  public static final Mutations NONE = new Mutations(List.of(), List.of());

  public Mutations {
    request = List.copyOf(request);
    response = List.copyOf(response);
  }

  /** These changes and then the others; this one if there are no others. */
  public Mutations then(Mutations others) {
    if (others.isEmpty()) {
      return this;
    }
    return isEmpty()
        ? others
        : new Mutations(join(request, others.request), join(response, others.response));
  }

  private static List<HeaderMutation> join(List<HeaderMutation> first, List<HeaderMutation> then) {
    List<HeaderMutation> both = new ArrayList<>(first);
    both.addAll(then);
    return both;
  }

  /** Whether nothing is changed at all. */
  public boolean isEmpty() {
    return request.isEmpty() && response.isEmpty();
  }

  /** Whether a value of the response's changes depends on the stream. */
  public boolean readsResponse() {
    for (HeaderMutation mutation : response) {
      if (mutation instanceof Append append && !append.value().isConstant()) {
        return true;
      }
    }
    return false;
  }

  /** The request after its changes; another one if the path, method, host or scheme did. */
  public Request apply(Request to, Facts facts) {
    Request now = to;
    for (int i = 0; i < request.size(); i++) {
      switch (request.get(i)) {
        case Remove remove -> now.headers().remove(remove.name());
        case Append append -> now = apply(append, now, facts);
      }
    }
    return now;
  }

  private static Request apply(Append append, Request to, Facts facts) {
    String value = append.value().of(facts);
    if (value.isEmpty() && !append.keepEmpty()) {
      return to;
    }
    if (!append.isPseudo()) {
      return set(append, to.headers(), value)
          ? append.name().equalsIgnoreCase("host") ? to.withAuthority(value) : to
          : to;
    }
    if (append.when() == HeaderMutation.When.ADD_IF_ABSENT) {
      return to;
    }
    return switch (append.name()) {
      case ":path" -> to.withPath(value);
      case ":method" -> to.withMethod(value);
      case ":authority" -> to.withAuthority(value);
      default -> to.withScheme(value);
    };
  }

  /** The response after its changes; another one if the status did. */
  public Response apply(Response to, Facts facts) {
    Response now = to;
    for (int i = 0; i < response.size(); i++) {
      switch (response.get(i)) {
        case Remove remove -> now.headers().remove(remove.name());
        case Append append -> now = apply(append, now, facts);
      }
    }
    return now;
  }

  private static Response apply(Append append, Response to, Facts facts) {
    String value = append.value().of(facts);
    if (value.isEmpty() && !append.keepEmpty()) {
      return to;
    }
    if (!append.isPseudo()) {
      set(append, to.headers(), value);
      return to;
    }
    if (append.when() == HeaderMutation.When.ADD_IF_ABSENT) {
      return to;
    }
    int status = status(value);
    return status < 0 ? to : to.withStatus(status);
  }

  private static boolean set(Append append, Headers headers, String value) {
    if (append.adds(headers)) {
      headers.add(append.name(), value);
      return true;
    }
    if (append.replaces(headers)) {
      headers.set(append.name(), value);
      return true;
    }
    return false;
  }

  /** A status that a final response may have, or -1. */
  private static int status(String value) {
    if (value.length() != 3) {
      return -1;
    }
    int status = 0;
    for (int i = 0; i < 3; i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      status = status * 10 + digit;
    }
    return status >= 200 && status <= 599 ? status : -1;
  }
}
