package io.weft.stats;

/** A statistic whose value is a text, such as a version. Shared; any thread may set it. */
public final class TextReadout extends Stat {
  private volatile String value = "";

  TextReadout(Group group, String suffix) {
    super(group, suffix);
  }

  public void set(String value) {
    this.value = value;
  }

  /** What was set last, empty at first. */
  public String value() {
    return value;
  }

  @Override
  public boolean used() {
    return !value.isEmpty();
  }

  @Override
  boolean deferred() {
    return false;
  }

  @Override
  public int slot() {
    return -1;
  }
}
