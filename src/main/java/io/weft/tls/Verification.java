package io.weft.tls;

import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a peer's certificate has to be (Envoy: CertificateValidationContext), read and checked.
 * Immutable.
 *
 * @param trusted the certificates a chain may end at; empty: no chain is asked for
 * @param revocations lists of the issuers; empty: no certificate is looked up
 * @param leafRevocationOnly whether only the peer's own certificate is looked up
 * @param hashes SHA-256 of certificates, in lower case hexadecimal; any of these, or of {@code
 *     keys}, will do
 * @param keys SHA-256 of public keys, in base64
 * @param names one of which has to match, where there are any
 * @param acceptUntrusted whether a certificate that fails is taken all the same
 * @param maxDepth how many issuers may be between the certificate and a trusted one
 */
record Verification(
    List<X509Certificate> trusted,
    List<X509CRL> revocations,
    boolean leafRevocationOnly,
    Set<String> hashes,
    Set<String> keys,
    List<SanMatch> names,
    boolean allowExpired,
    boolean acceptUntrusted,
    int maxDepth) {
  static final int DEFAULT_DEPTH = 100;
  static final Verification NONE =
      new Verification(
          List.of(), List.of(), false, Set.of(), Set.of(), List.of(), false, false, DEFAULT_DEPTH);

  Verification {
    trusted = List.copyOf(trusted);
    revocations = List.copyOf(revocations);
    hashes = Set.copyOf(hashes);
    keys = Set.copyOf(keys);
    names = List.copyOf(names);
  }

  /** This with what {@code other} says besides, or in its place where only one can be. */
  Verification with(Verification other) {
    return new Verification(
        both(trusted, other.trusted),
        both(revocations, other.revocations),
        leafRevocationOnly || other.leafRevocationOnly,
        both(hashes, other.hashes),
        both(keys, other.keys),
        both(names, other.names),
        allowExpired || other.allowExpired,
        acceptUntrusted || other.acceptUntrusted,
        other.maxDepth == DEFAULT_DEPTH ? maxDepth : other.maxDepth);
  }

  private static <T> List<T> both(List<T> one, List<T> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  private static Set<String> both(Set<String> one, Set<String> other) {
    return Stream.concat(one.stream(), other.stream()).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether a certificate could fail. */
  boolean asksForSomething() {
    return !trusted.isEmpty() || isPinned() || !names.isEmpty();
  }

  /** Whether the certificate or its key is one of a list. */
  boolean isPinned() {
    return !hashes.isEmpty() || !keys.isEmpty();
  }
}
