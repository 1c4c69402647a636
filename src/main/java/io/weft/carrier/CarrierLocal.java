package io.weft.carrier;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One value per carrier, made at its first use. The value belongs to the code on that carrier; what
 * other threads do with one they get here is between them and the value. A local lives as long as
 * the carriers, so it belongs into a static field or into something as long-lived.
 */
public final class CarrierLocal<T> {
  private static final AtomicInteger KEYS = new AtomicInteger();

  private final int key = KEYS.getAndIncrement();
  private final Function<? super Carrier, ? extends T> initial;

  public CarrierLocal(Function<? super Carrier, ? extends T> initial) {
    this.initial = initial;
  }

  /** The value of the carrier this code runs on. */
  public T get() {
    return get(Carrier.current());
  }

  /** The value of {@code carrier}. From any thread. */
  public T get(Carrier carrier) {
    T value = getOrNull(carrier);
    return value != null ? value : create(carrier);
  }

  /** The value of {@code carrier} if it has been made; from any thread. */
  @SuppressWarnings("unchecked") // only create() sets it
  public @Nullable T getOrNull(Carrier carrier) {
    return (T) carrier.local(key);
  }

  private T create(Carrier carrier) {
    // the carrier's lock, because two threads may ask at once; never taken once the value is there
    synchronized (carrier) {
      T value = getOrNull(carrier);
      if (value == null) {
        value = initial.apply(carrier);
        carrier.setLocal(key, value);
      }
      return value;
    }
  }

  /** Calls {@code action} with the values made so far. From any thread. */
  public void forEach(Carriers carriers, BiConsumer<? super Carrier, ? super T> action) {
    for (Carrier carrier : carriers.all()) {
      T value = getOrNull(carrier);
      if (value != null) {
        action.accept(carrier, value);
      }
    }
  }
}
