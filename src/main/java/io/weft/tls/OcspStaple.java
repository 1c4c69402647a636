package io.weft.tls;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The answer of a certificate's OCSP responder, for clients that ask. Immutable. */
final class OcspStaple {
  static final OcspStaple NONE = new OcspStaple(new byte[0]);

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMddHHmmss");

  private final byte[] bytes;
  private final Instant goodUntil;

  OcspStaple(byte[] bytes) {
    this.bytes = bytes;
    goodUntil = goodUntil(bytes);
  }

  boolean isSet() {
    return bytes.length > 0;
  }

  /** Whether it may be shown: an old one is worse than none (Envoy: LENIENT_STAPLING). */
  boolean isFresh() {
    return isSet() && Instant.now().isBefore(goodUntil);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /** RFC 6960 4.2.1: nextUpdate is the element [0] that holds a GeneralizedTime. */
  private static Instant goodUntil(byte[] bytes) {
    for (int i = 0; i + 19 <= bytes.length; i++) {
      if ((bytes[i] & 0xff) == 0xa0
          && bytes[i + 1] == 17
          && bytes[i + 2] == 0x18
          && bytes[i + 3] == 15) {
        var text = new String(bytes, i + 4, 14, StandardCharsets.US_ASCII);
        try {
          return LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
          // bytes that only look like one
        }
      }
    }
    return Instant.MAX;
  }
}
