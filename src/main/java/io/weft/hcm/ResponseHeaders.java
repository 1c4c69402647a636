package io.weft.hcm;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Cleans and completes the headers of a response on its way out. Shared. */
final class ResponseHeaders {
  private static final CarrierLocal<Clock> CLOCKS = new CarrierLocal<>(carrier -> new Clock());

  private static final HeaderName.Group OF_CONNECTION =
      HeaderName.Group.of(HeaderName.UPGRADE, HeaderName.KEEP_ALIVE, HeaderName.PROXY_CONNECTION);

  private final HeaderPolicy policy;
  private final byte[] serverName;

  ResponseHeaders(HeaderPolicy policy) {
    this.policy = policy;
    serverName = policy.serverName().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Completes a response to {@code request}. */
  void complete(Response response, Request request) {
    Headers headers = response.headers();
    String made = response.status() == 101 ? headers.first(HeaderName.UPGRADE) : null;
    if (headers.contains(HeaderName.CONNECTION)) {
      RequestHeaders.connection(headers);
    }
    headers.removeAny(OF_CONNECTION);
    if (made != null) {
      RequestHeaders.offer(headers, made);
    }
    switch (policy.server()) {
      case OVERWRITE -> headers.remove(HeaderName.SERVER).addAscii(HeaderName.SERVER, serverName);
      case APPEND_IF_ABSENT -> {
        if (!headers.contains(HeaderName.SERVER)) {
          headers.addAscii(HeaderName.SERVER, serverName);
        }
      }
      case PASS_THROUGH -> {}
    }
    if (!headers.contains(HeaderName.DATE)) {
      headers.addAscii(HeaderName.DATE, CLOCKS.get().date());
    }
    if (!policy.via().isEmpty()) {
      RequestHeaders.appendTo(headers, HeaderName.VIA, policy.via());
    }
    if (policy.requestIdInResponse()) {
      String id = request.headers().first(HeaderName.X_REQUEST_ID);
      if (id != null) {
        headers.set(HeaderName.X_REQUEST_ID, id);
      }
    }
  }

  /** The value of {@code date}, made once a second (RFC 9110 5.6.7). One a carrier. */
  private static final class Clock {
    private static final DateTimeFormatter FORMAT =
        DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private long second = Long.MIN_VALUE;
    private byte[] text = new byte[0];

    byte[] date() {
      long now = Math.floorDiv(Carrier.current().nowMillis(), 1000);
      if (now != second) {
        second = now;
        text = FORMAT.format(Instant.ofEpochSecond(now)).getBytes(StandardCharsets.US_ASCII);
      }
      return text;
    }
  }
}
