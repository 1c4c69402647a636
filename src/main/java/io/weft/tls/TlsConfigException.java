package io.weft.tls;

/** What a configuration asks of TLS cannot be had; the message says what and shows no key. */
final class TlsConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  TlsConfigException(String message) {
    super(message);
  }
}
