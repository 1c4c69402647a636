package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.CanceledException;
import io.weft.stream.FilterException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One of several tries at once of one request: a child of its stream on a thread of its own, of the
 * same carrier, with its own copy of the headers. Over when the head of the response is here, or
 * the try has failed.
 */
final class HedgedTry implements Runnable {
  private final Hedge hedge;
  private final Request request;
  private @Nullable Thread thread;
  private @Nullable StreamInfo child;
  private @Nullable Attempt attempt;
  private @Nullable Response response;
  private @Nullable IOException failure;
  private boolean canceled;
  private boolean over;
  private long sent = -1;

  /** Whether it has taken too long, and whether another was started because of that. */
  private boolean late;

  private boolean followed;

  HedgedTry(Hedge hedge, Request request) {
    this.hedge = hedge;
    this.request = request;
  }

  void start() {
    thread = Carrier.current().start(this);
  }

  @Override
  public void run() {
    try {
      StreamInfo info = hedge.stream().child(request);
      child = info;
      response = send(info);
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException e) {
      failure = new FilterException("of a hedged try", e);
    } finally {
      over = true;
      thread = null;
      if (canceled) {
        drop();
      }
      hedge.wake();
    }
  }

  private Response send(StreamInfo info) throws IOException {
    if (canceled) {
      throw new CanceledException("another try was answered");
    }
    Attempt first = hedge.attempt(request, info, this);
    attempt = first;
    try {
      return first.send(false);
    } catch (UpstreamException e) {
      if (canceled || !Router.maySendAgain(request, e)) {
        throw e;
      }
      Attempt second = hedge.attempt(request, info, this);
      attempt = second;
      return second.send(true);
    }
  }

  /** The request is out. */
  void requestSent(long now) {
    sent = now;
    hedge.wake();
  }

  /** Ends it, wherever it is; nobody wants its response. */
  void cancel() {
    canceled = true;
    Thread running = thread;
    Attempt now = attempt;
    if (over) {
      drop();
    } else if (running != null && now != null) {
      now.cancel(running);
    } else if (running != null) {
      running.interrupt();
    }
  }

  private void drop() {
    Response unwanted = response;
    response = null;
    if (unwanted != null) {
      try {
        attempt().drop(unwanted);
      } catch (IOException e) {
        // it was not wanted
      }
    }
  }

  /** Its response is not passed on, because another try follows. */
  void discard() throws IOException {
    Response unwanted = response();
    response = null;
    attempt().discard(unwanted);
  }

  boolean isOver() {
    return over;
  }

  /** Why it has failed; null if there is a response. */
  @Nullable IOException failure() {
    return failure;
  }

  Response response() {
    return Objects.requireNonNull(response);
  }

  Attempt attempt() {
    return Objects.requireNonNull(attempt);
  }

  StreamInfo child() {
    return Objects.requireNonNull(child);
  }

  /** When it has taken too long, if it may take {@code nanos}; {@link Long#MAX_VALUE} for never. */
  long lateAt(long nanos) {
    return late || over || sent < 0 ? Long.MAX_VALUE : sent + nanos;
  }

  /** It has taken too long; {@code another} says that there is another because of it. */
  void late(boolean another) {
    late = true;
    followed = another;
  }

  /** Whether another was started because it took too long. */
  boolean isFollowed() {
    return followed;
  }
}
