package io.weft.codec.h2;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of WebSocket that HTTP/1 has and HTTP/2 has not (RFC 6455 1.3, RFC 8441 5): what
 * one side leaves out is made up for the other. The key proves nothing but that a server knows
 * WebSocket.
 */
final class WebSocketKeys {
  static final HeaderName KEY = HeaderName.of("sec-websocket-key");
  static final HeaderName ACCEPT = HeaderName.of("sec-websocket-accept");

  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private WebSocketKeys() {}

  static boolean isWebSocket(@Nullable String upgrade) {
    return upgrade != null && upgrade.equalsIgnoreCase("websocket");
  }

  /** A key for a request of HTTP/1. */
  static String make() {
    byte[] key = new byte[16];
    ThreadLocalRandom.current().nextBytes(key);
    return Base64.getEncoder().encodeToString(key);
  }

  /** What accepts the key of a request, if it has one and the response says nothing. */
  static void accept(@Nullable String key, Headers response) {
    if (key == null || response.contains(ACCEPT)) {
      return;
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
      response.add("Sec-WebSocket-Accept", Base64.getEncoder().encodeToString(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
