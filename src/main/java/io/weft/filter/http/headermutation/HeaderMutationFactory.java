package io.weft.filter.http.headermutation;

import io.weft.extension.FactoryScope;
import io.weft.extension.HttpFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.mutation.MutationReader;
import io.weft.mutation.Mutations;
import io.weft.schema.Message;
import org.jspecify.annotations.Nullable;

/** Makes {@code envoy.filters.http.header_mutation}. */
public final class HeaderMutationFactory implements HttpFilterFactory {
  @Override
  public String type() {
    return "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
  }

  @Override
  public String routeType() {
    return "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute";
  }

  @Override
  public HttpFilter create(String name, Message config, FactoryScope scope) {
    return new HeaderMutationFilter(
        name,
        read(config.message("mutations"), scope),
        config.bool("most_specific_header_mutations_wins"));
  }

  @Override
  public Object routeConfig(Message config, FactoryScope scope) {
    return read(config.message("mutations"), scope);
  }

  private static Mutations read(@Nullable Message mutations, FactoryScope scope) {
    if (mutations == null) {
      return Mutations.NONE;
    }
    var reader = new MutationReader(scope.problems());
    return new Mutations(
        reader.read(mutations.messages("request_mutations"), MutationReader.REQUEST),
        reader.read(mutations.messages("response_mutations"), MutationReader.RESPONSE));
  }
}
