package io.weft.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Cipher suites of TLS 1.2 by their OpenSSL names, for the JDK's engine. */
final class CipherNames {
  private static final Map<String, String> TO_JAVA =
      Map.ofEntries(
          Map.entry("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
          Map.entry("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
          Map.entry(
              "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
          Map.entry("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
          Map.entry("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
          Map.entry("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
          Map.entry("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
          Map.entry("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
          Map.entry("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
          Map.entry("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
          Map.entry("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
          Map.entry("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"));

  private static final List<String> TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private CipherNames() {}

  /** The Java names; one OpenSSL name that has none is in the message. */
  static List<String> toJava(List<String> names) throws TlsConfigException {
    List<String> java = new ArrayList<>(TLS_1_3);
    for (String name : flat(names)) {
      String found = TO_JAVA.get(name);
      if (found == null) {
        throw new TlsConfigException("cipher suite \"" + name + "\" is not known to the JDK");
      }
      java.add(found);
    }
    return java;
  }

  /** With the suites of TLS 1.3, which are always the same and which engines ask for by name. */
  static List<String> withTls13(List<String> names) {
    List<String> all = new ArrayList<>(TLS_1_3);
    all.addAll(flat(names));
    return all;
  }

  /** Without groups: neither engine can be told that suites are equal, so their order stands. */
  static List<String> flat(List<String> names) {
    List<String> flat = new ArrayList<>();
    for (String name : names) {
      boolean group = name.startsWith("[") && name.endsWith("]");
      String plain = group ? name.substring(1, name.length() - 1) : name;
      flat.addAll(List.of(plain.split("\\|", -1)));
    }
    return flat;
  }

  /** The OpenSSL name; TLS 1.3 has one name everywhere. */
  static String fromJava(@Nullable String java) {
    for (Map.Entry<String, String> entry : TO_JAVA.entrySet()) {
      if (entry.getValue().equals(java)) {
        return entry.getKey();
      }
    }
    return java == null ? "" : java;
  }
}
