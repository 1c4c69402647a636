package io.weft.carrier;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Set;

/** The portable poller. Confined to its carrier but for {@link #wake}. */
public final class NioPoller extends Poller {
  private final Selector selector;
  private final Set<SelectionKey> selected;

  NioPoller() throws IOException {
    selector = Selector.open();
    selected = selector.selectedKeys();
  }

  /** To register channels with; each key's attachment is a {@link NioPollable}. */
  public Selector selector() {
    return selector;
  }

  @Override
  String name() {
    return "nio";
  }

  @Override
  int await(long nanos) throws IOException {
    if (nanos <= 0) {
      return selector.selectNow();
    }
    // rounded up, and never 0, which is no limit here
    return selector.select(Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000));
  }

  @Override
  void dispatch(int count) {
    if (selected.isEmpty()) {
      return;
    }
    for (SelectionKey key : selected) {
      try {
        ((NioPollable) key.attachment()).onReady(key.readyOps());
      } catch (CancelledKeyException e) {
        // closed by an earlier event of this round
      } catch (RuntimeException | Error e) {
        Uncaught.report(e);
      }
    }
    selected.clear();
  }

  @Override
  void wake() {
    selector.wakeup();
  }

  @Override
  void close() {
    try {
      for (SelectionKey key : Set.copyOf(selector.keys())) {
        ((NioPollable) key.attachment()).onStop();
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
