package io.weft.http;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;

/**
 * The arrays behind the headers of usual size, kept by each carrier from one message to the next.
 * An array belongs to one {@link Headers} from {@code take} to {@code give}; the headers let go of
 * it first, so that nobody can read on in it.
 */
final class HeadStorage {
  /** Bytes in a kept array: a usual head and what filters add to it. */
  static final int BYTES = 2048;

  /** Places in a kept array. */
  static final int PLACES = 64;

  private static final int KEPT = 512;
  private static final CarrierLocal<HeadStorage> LOCAL =
      new CarrierLocal<>(carrier -> new HeadStorage());

  private final byte[][] bytes = new byte[KEPT][];
  private final int[][] places = new int[KEPT][];
  private int byteCount;
  private int placeCount;

  static byte[] takeBytes() {
    if (Carrier.currentOrNull() != null) {
      HeadStorage local = LOCAL.get();
      if (local.byteCount > 0) {
        return local.bytes[--local.byteCount];
      }
    }
    return new byte[BYTES];
  }

  static int[] takePlaces() {
    if (Carrier.currentOrNull() != null) {
      HeadStorage local = LOCAL.get();
      if (local.placeCount > 0) {
        return local.places[--local.placeCount];
      }
    }
    return new int[PLACES];
  }

  /** Takes back what has the usual size; the rest is garbage. */
  static void give(byte[] data, int[] fields) {
    if (Carrier.currentOrNull() == null) {
      return;
    }
    HeadStorage local = LOCAL.get();
    if (data.length == BYTES && local.byteCount < KEPT) {
      local.bytes[local.byteCount++] = data;
    }
    if (fields.length == PLACES && local.placeCount < KEPT) {
      local.places[local.placeCount++] = fields;
    }
  }
}
