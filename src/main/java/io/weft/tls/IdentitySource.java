package io.weft.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Where a certificate and its key are (Envoy: TlsCertificate). Immutable; {@link #load} reads them
 * anew each time.
 *
 * @param pkcs12 instead of {@code chain} and {@code key}
 */
record IdentitySource(
    DataSource chain, DataSource key, DataSource pkcs12, DataSource password, DataSource staple) {

  /** The name to mean it by in messages. */
  String where() {
    return (pkcs12.isSet() ? pkcs12 : chain).toString();
  }

  List<DataSource> sources() {
    return List.of(chain, key, pkcs12, password, staple);
  }

  Identity load() throws IOException {
    char[] secret = secret();
    OcspStaple stapled = staple.isSet() ? new OcspStaple(staple.read()) : OcspStaple.NONE;
    byte[] bytes = (pkcs12.isSet() ? pkcs12 : key).read();
    try {
      return pkcs12.isSet()
          ? Identity.ofPkcs12(bytes, secret, stapled)
          : Identity.ofPem(chain.read(), bytes, secret, stapled);
    } catch (IOException e) {
      throw new IOException(where() + ": " + e.getMessage(), e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
      Arrays.fill(secret, '\0');
    }
  }

  private char[] secret() throws IOException {
    byte[] bytes = password.read();
    CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
    int length = text.remaining();
    while (length > 0 && (text.get(length - 1) == '\n' || text.get(length - 1) == '\r')) {
      length--; // an editor's line end is no part of it
    }
    char[] secret = new char[length];
    text.get(secret);
    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(text.array(), '\0');
    return secret;
  }
}
