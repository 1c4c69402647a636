package io.weft.tls;

/** Which engine encrypts. */
public enum EngineKind {
  /** BoringSSL where its library works, else the JDK's. */
  AUTO,
  BORINGSSL,
  JDK
}
