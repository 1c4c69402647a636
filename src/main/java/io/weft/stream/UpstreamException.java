package io.weft.stream;

import java.io.IOException;

/**
 * One try at an upstream host failed. The kind decides the answer, {@link #requestSent} whether
 * another try is safe. No stack trace, as it tells of a peer.
 */
public abstract sealed class UpstreamException extends IOException {
  private static final long serialVersionUID = 1L;

  private UpstreamException(String message) {
    super(message);
  }

  /** Whether a byte of the request may have reached the host. */
  public boolean requestSent() {
    return false;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /** The cluster has no host that may be chosen. */
  public static final class NoHealthyEndpoint extends UpstreamException {
    private static final long serialVersionUID = 1L;

    public NoHealthyEndpoint(String cluster) {
      super("cluster " + cluster + ": no healthy upstream");
    }
  }

  /** A circuit breaker is open. */
  public static final class Overflow extends UpstreamException {
    private static final long serialVersionUID = 1L;

    public Overflow(String cluster, String limit) {
      super("cluster " + cluster + ": " + limit + " overflow");
    }
  }

  /** No connection could be made. */
  public static final class ConnectFailure extends UpstreamException {
    private static final long serialVersionUID = 1L;
    private final Failure kind;
    private final String transportReason;

    /** Where it failed. */
    public enum Failure {
      LOCAL("local connection failure"),
      REMOTE("remote connection failure"),
      TIMEOUT("connection timeout");

      private final String text;

      Failure(String text) {
        this.text = text;
      }

      /** The reset reason as Envoy's bodies name it. */
      public String text() {
        return text;
      }
    }

    /** A failure; {@code transportReason} is what the transport says, or empty. */
    public ConnectFailure(Failure kind, String transportReason) {
      super(kind.text() + (transportReason.isEmpty() ? "" : ": " + transportReason));
      this.kind = kind;
      this.transportReason = transportReason;
    }

    public Failure kind() {
      return kind;
    }

    /** What the transport says, or empty. */
    public String transportReason() {
      return transportReason;
    }
  }

  /** The stream was cut after it had been given to a connection. */
  public static final class StreamReset extends UpstreamException {
    private static final long serialVersionUID = 1L;
    private final Reset kind;
    private final boolean requestSent;
    private final boolean responseStarted;
    private final boolean reusedConnection;

    /** Who cut it, and how. */
    public enum Reset {
      CONNECTION_TERMINATION("connection termination"),
      REMOTE_RESET("remote reset"),
      REMOTE_REFUSED("remote refused stream reset"),
      LOCAL_RESET("local reset"),
      PROTOCOL_ERROR("protocol error");

      private final String text;

      Reset(String text) {
        this.text = text;
      }

      /** The reset reason as Envoy's bodies name it. */
      public String text() {
        return text;
      }
    }

    public StreamReset(
        Reset kind,
        boolean requestSent,
        boolean responseStarted,
        boolean reusedConnection,
        String message) {
      super(message);
      this.kind = kind;
      this.requestSent = requestSent;
      this.responseStarted = responseStarted;
      this.reusedConnection = reusedConnection;
    }

    public Reset kind() {
      return kind;
    }

    @Override
    public boolean requestSent() {
      return requestSent;
    }

    /** Whether a byte of the response had come. */
    public boolean responseStarted() {
      return responseStarted;
    }

    /** Whether the connection had carried another request before. */
    public boolean reusedConnection() {
      return reusedConnection;
    }
  }

  /** The response did not come in time. */
  public static final class UpstreamTimeout extends UpstreamException {
    private static final long serialVersionUID = 1L;

    private final boolean perTry;

    public UpstreamTimeout(String message) {
      this(message, false);
    }

    /** A failure; {@code perTry} says that another try would have had time. */
    public UpstreamTimeout(String message, boolean perTry) {
      super(message);
      this.perTry = perTry;
    }

    /** Whether it is one try that took too long, and not the request. */
    public boolean isPerTry() {
      return perTry;
    }

    @Override
    public boolean requestSent() {
      return true;
    }
  }
}
