package io.weft.testing;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response as either end of a connection sees them, in the words of HTTP/2
 * whatever is spoken: a message is a head with pseudo fields, data, and trailers. Used by one
 * thread. What the other end cuts short is read with an exception, never as whole.
 */
public interface TestExchange extends Closeable {
  /**
   * Sends a head; the first name decides what it is: {@code :method} or {@code :status}.
   *
   * @param last whether the message is its head alone
   * @param namesAndValues pseudo fields first
   */
  void sendHead(boolean last, String... namesAndValues) throws IOException;

  /** Sends bytes of the body, a character each; not the last of them. */
  void send(String data) throws IOException;

  /** Ends the message, with trailers if there are any. */
  void end(String... trailerNamesAndValues) throws IOException;

  /** The next head that comes: interim responses are heads of their own. */
  Fields head() throws IOException;

  /** The next bytes of the body, exactly so many. */
  String read(int count) throws IOException;

  /** The rest of the body; the message must be whole. */
  String rest() throws IOException;

  /** The trailers that came behind a body that was read to its end. */
  Fields trailers();

  /** Ends the exchange without a word more: a reset of the stream, or of its connection. */
  void reset() throws IOException;

  /** Ends the connection without a word more, and without a reset: TLS says nothing either. */
  void cut() throws IOException;

  /** Says that nothing more will be sent, where that is not said by the message itself. */
  void halfClose() throws IOException;

  /** Waits until the other end has given up the exchange: a reset, or the end. */
  void awaitGivenUp() throws IOException;

  /** The fields of a head or of trailers, as they came; pseudo fields by their names. */
  record Fields(List<String> names, List<String> values) {
    /** No fields. */
    public static Fields none() {
      return new Fields(new ArrayList<>(), new ArrayList<>());
    }

    /** Adds one; the name goes into lower case. */
    public void add(String name, String value) {
      names.add(name.toLowerCase(Locale.ROOT));
      values.add(value);
    }

    /** The values of all fields of that name. */
    public List<String> all(String name) {
      var found = new ArrayList<String>();
      for (int i = 0; i < names.size(); i++) {
        if (names.get(i).equals(name)) {
          found.add(values.get(i));
        }
      }
      return found;
    }

    /** The value of the only field of that name, null without one. */
    public @Nullable String only(String name) {
      var found = all(name);
      if (found.size() > 1) {
        throw new AssertionError(name + " more than once: " + this);
      }
      return found.isEmpty() ? null : found.getFirst();
    }

    /** The status of a response. */
    public int status() {
      String status = only(":status");
      if (status == null) {
        throw new AssertionError("no status: " + this);
      }
      return Integer.parseInt(status);
    }
  }
}
