package io.weft.filter.http.headermutation;

import io.weft.filter.HttpFilter;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.mutation.Mutations;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import java.util.List;

/**
 * Changes the headers of requests and responses: first as the filter says, then as route table,
 * virtual host and route say, the most specific of them last if it is to win, else first.
 *
 * @param mostSpecificWins Envoy's most_specific_header_mutations_wins
 */
record HeaderMutationFilter(String name, Mutations mutations, boolean mostSpecificWins)
    implements HttpFilter {
  @Override
  public Response filter(Request request, StreamInfo stream, Next next) throws IOException {
    List<Object> levels = stream.route().filterConfigs(name);
    Request changed = mutations.apply(request, stream);
    for (int i = 0; i < levels.size(); i++) {
      changed = level(levels, i).apply(changed, stream);
    }
    if (isOther(changed, request)) {
      stream.request(changed);
    }
    Response response = next.proceed(changed, stream);
    response = apply(mutations, response, stream);
    for (int i = 0; i < levels.size(); i++) {
      response = apply(level(levels, i), response, stream);
    }
    return response;
  }

  private Mutations level(List<Object> levels, int i) {
    return (Mutations) levels.get(mostSpecificWins ? i : levels.size() - 1 - i);
  }

  @SuppressWarnings("ReferenceEquality") // with methods give another request, or none did
  private static boolean isOther(Request changed, Request request) {
    return changed != request;
  }

  private static Response apply(Mutations mutations, Response to, StreamInfo stream) {
    if (mutations.readsResponse()) {
      stream.response(to.status(), to.headers()); // what %RESPONSE_HEADER% reads
    }
    return mutations.apply(to, stream);
  }
}
