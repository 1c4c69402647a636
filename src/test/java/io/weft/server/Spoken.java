package io.weft.server;

/** What is spoken on a connection. */
enum Spoken {
  H1(false, false),
  H2(true, false),
  TLS_H1(false, true),
  TLS_H2(true, true);

  private final boolean http2;
  private final boolean tls;

  Spoken(boolean http2, boolean tls) {
    this.http2 = http2;
    this.tls = tls;
  }

  boolean isHttp2() {
    return http2;
  }

  boolean isTls() {
    return tls;
  }

  /** By its name in ALPN. */
  String protocol() {
    return http2 ? "h2" : "http/1.1";
  }
}
