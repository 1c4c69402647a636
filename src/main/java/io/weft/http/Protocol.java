package io.weft.http;

/** A version of HTTP, with the text that access logs and Envoy's operators print. */
public enum Protocol {
  HTTP_1_0("HTTP/1.0"),
  HTTP_1_1("HTTP/1.1"),
  HTTP_2("HTTP/2");

  private final String text;

  Protocol(String text) {
    this.text = text;
  }

  /** The version as {@code %PROTOCOL%} prints it. */
  public String text() {
    return text;
  }
}
