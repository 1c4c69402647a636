package io.weft.listener;

import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Values by address range; the longest range that holds an address wins. */
final class PrefixMap<T> {
  private final List<Entry<T>> entries = new ArrayList<>();
  private @Nullable T any;

  private record Entry<T>(Cidr range, T value) {}

  /** The value of {@code range}, made if it is not there; a null range is every address. */
  T at(@Nullable Cidr range, Supplier<T> made) {
    if (range == null) {
      T value = any;
      if (value == null) {
        value = made.get();
        any = value;
      }
      return value;
    }
    for (Entry<T> entry : entries) {
      if (entry.range.equals(range)) {
        return entry.value;
      }
    }
    var entry = new Entry<>(range, made.get());
    entries.add(entry);
    entries.sort(Comparator.comparingInt((Entry<T> e) -> e.range.bits()).reversed());
    return entry.value;
  }

  /** The value for {@code address}, null for none. What is no IP address is in no range. */
  @Nullable T find(NetAddress address) {
    if (address instanceof NetAddress.Ip ip) {
      for (int i = 0; i < entries.size(); i++) {
        Entry<T> entry = entries.get(i);
        if (entry.range.contains(ip)) {
          return entry.value;
        }
      }
    }
    return any;
  }
}
