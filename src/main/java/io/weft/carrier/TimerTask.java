package io.weft.carrier;

/** A task to run once at a time; see {@link Carrier#schedule}. Confined to its carrier. */
public final class TimerTask extends Timed {
  private final Carrier carrier;
  private final Runnable task;
  private long due;

  TimerTask(Carrier carrier, long due, Runnable task) {
    this.carrier = carrier;
    this.due = due;
    this.task = task;
  }

  /** Prevents the run if it has not happened; idempotent. */
  public void cancel() {
    due = Long.MAX_VALUE;
    carrier.forget(this);
  }

  /** Whether the task is still going to run. */
  public boolean isPending() {
    return due != Long.MAX_VALUE;
  }

  @Override
  protected long due() {
    return due;
  }

  @Override
  protected void expire(long nowNanos) {
    due = Long.MAX_VALUE;
    task.run();
  }
}
