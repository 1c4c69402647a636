package io.weft.http;

/**
 * A response on its way to the client. Belongs to one stream and its thread. Whoever holds one
 * returns it or closes its body.
 */
public final class Response {
  private final int status;
  private final Headers headers;
  private final Body body;

  private Response(int status, Headers headers, Body body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /**
   * A response: a final one, or 101, which accepts an upgrade.
   *
   * @throws IllegalArgumentException if the status is neither 101 nor from 200 to 999
   */
  public static Response of(int status, Headers headers, Body body) {
    if (status != 101 && (status < 200 || status > 999)) {
      throw new IllegalArgumentException("status: " + status + " (expected: 101 or 200-999)");
    }
    return new Response(status, headers, body);
  }

  /** The status code. */
  public int status() {
    return status;
  }

  /** The header fields. */
  public Headers headers() {
    return headers;
  }

  /** The body, {@link Body#EMPTY} if there is none. */
  public Body body() {
    return body;
  }

  /** Whether a body comes: false only if it is known that not one byte will. */
  public boolean hasBody() {
    return !body.isEmpty();
  }

  /** The same response with another body; whoever changes its length sees to content-length. */
  public Response withBody(Body other) {
    return new Response(status, headers, other);
  }

  /** The same response with another status. */
  public Response withStatus(int other) {
    return of(other, headers, body);
  }

  /** This response after these fields were added to its own. */
  public Response withHeaders(Headers more) {
    more.forEach(headers::add);
    return this;
  }

  @Override
  public String toString() {
    return Integer.toString(status);
  }
}
