package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import io.weft.route.HeaderMatch.ValueMatch.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rules out most routes of a table that tells tenants or versions apart by a header: where a route
 * asks for one value, the hash of that value is compared, and the condition itself only where that
 * is the request's. Immutable and shared.
 */
final class HeaderGuards {
  private static final int NONE = -1;

  private final HeaderMatch[] headers; // one for each header that some route asks for
  private final int[] asked; // by route: its header among them, or NONE
  private final int[] hashes; // by route: of the value it asks for

  private HeaderGuards(List<HeaderMatch> headers, int[] asked, int[] hashes) {
    this.headers = headers.toArray(HeaderMatch[]::new);
    this.asked = asked;
    this.hashes = hashes;
  }

  /** The guards of routes with these conditions. */
  static HeaderGuards of(Conditions[] conditions) {
    List<HeaderMatch> headers = new ArrayList<>();
    Map<HeaderName, Integer> numbers = new HashMap<>();
    var asked = new int[conditions.length];
    var hashes = new int[conditions.length];
    for (int i = 0; i < conditions.length; i++) {
      asked[i] = NONE;
      for (HeaderMatch match : conditions[i].headers()) {
        HeaderName field = match.field();
        if (field != null && asksForOneValue(match) && match.value() instanceof Text text) {
          Integer number = numbers.putIfAbsent(field, headers.size());
          if (number == null) {
            number = headers.size();
            headers.add(match);
          }
          asked[i] = number;
          hashes[i] = text.text().hashCode();
          break;
        }
      }
    }
    return new HeaderGuards(headers, asked, hashes);
  }

  private static boolean asksForOneValue(HeaderMatch match) {
    return !match.inverted()
        && !match.missingIsEmpty()
        && match.value() instanceof Text text
        && text.kind() == Text.Kind.EXACT
        && !text.ignoreCase();
  }

  /** Whether the conditions of a route cannot hold; if not, they may or may not. */
  boolean ruleOut(int route, Request request, AskedHeader last) {
    int header = asked[route];
    return header != NONE && last.hash(header, headers[header], request) != hashes[route];
  }
}
