package io.weft.grpc;

/**
 * A method of a service.
 *
 * @param service its full name, such as {@code grpc.health.v1.Health}
 * @param name of the method, such as {@code Check}
 * @param <Q> what is sent
 * @param <A> what comes back
 */
public record GrpcMethod<Q, A>(
    String service, String name, Marshaller<Q> requests, Marshaller<A> responses) {
  public GrpcMethod {
    if (service.isEmpty() || name.isEmpty() || service.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "method: " + service + "/" + name + " (expected: package.Service and Method)");
    }
  }

  String path() {
    return "/" + service + "/" + name;
  }

  @Override
  public String toString() {
    return service + "/" + name;
  }
}
