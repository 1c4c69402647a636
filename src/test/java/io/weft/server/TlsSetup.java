package io.weft.server;

import io.weft.carrier.PollerKind;
import java.nio.file.Path;

/** An engine and a poller. */
enum TlsSetup {
  BORINGSSL_EPOLL("boringssl", PollerKind.EPOLL, 2),
  BORINGSSL_NIO("boringssl", PollerKind.NIO, 1),
  JDK_EPOLL("jdk", PollerKind.EPOLL, 1),
  JDK_NIO("jdk", PollerKind.NIO, 2);

  private final String engine;
  private final PollerKind poller;
  private final int carriers;

  TlsSetup(String engine, PollerKind poller, int carriers) {
    this.engine = engine;
    this.poller = poller;
    this.carriers = carriers;
  }

  boolean isBoring() {
    return engine.equals("boringssl");
  }

  /** A proxy that runs so. */
  TestProxy.Builder proxy(int... ports) {
    return TestProxy.to(ports).carriers(carriers, poller).engine(engine);
  }

  /**
   * A transport socket of a filter chain with certificates of a directory.
   *
   * @param more fields of the context
   * @param common more fields of its {@code common_tls_context}
   */
  static String context(Path directory, String more, String common, String... names) {
    var certificates = new StringBuilder();
    for (String name : names) {
      certificates.append(
          "- certificate_chain: {filename: %s}\n  private_key: {filename: %s}\n"
              .formatted(directory.resolve(name + ".crt"), directory.resolve(name + ".key")));
    }
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
    %s
        common_tls_context:
          tls_certificates:
    %s
    %s
    """
        .formatted(more.indent(4), certificates.toString().indent(6), common.indent(6));
  }
}
