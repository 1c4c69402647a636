package io.weft.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestCertificates;
import io.weft.testing.TestCertificates.Pair;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The forms of certificates that no honest authority makes are among them (security bar P7). */
class PeerVerifierTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");

  private static boolean passes(Verification verification, X509Certificate... chain) {
    return new PeerVerifier(verification).passes(List.of(chain), false);
  }

  private static Verification trusting(X509Certificate... trusted) {
    return verification(List.of(trusted), List.of(), Set.of(), false);
  }

  private static Verification verification(
      List<X509Certificate> trusted, List<SanMatch> names, Set<String> hashes, boolean expired) {
    return new Verification(
        trusted, List.<X509CRL>of(), false, hashes, Set.of(), names, expired, false, 100);
  }

  private static Verification named(SanMatch... names) {
    return verification(List.of(CA.certificate()), List.of(names), Set.of(), false);
  }

  @Test
  void aChainEndsAtATrustedCertificate() {
    var below = CA.intermediate("below");
    Pair leaf = below.leaf("leaf").sign();
    assertThat(passes(trusting(CA.certificate()), leaf.certificate(), below.certificate()))
        .isTrue();
    assertThat(passes(trusting(below.certificate()), leaf.certificate())).isTrue();
    assertThat(passes(trusting(leaf.certificate()), leaf.certificate())).isTrue();
    assertThat(passes(trusting(CA.certificate()), leaf.certificate())).isFalse();
  }

  @Test
  void anExpiredCertificateFailsUnlessItIsAllowed() {
    Pair leaf = CA.leaf("old").until(Instant.now().minus(Duration.ofDays(1))).sign();
    assertThat(passes(trusting(CA.certificate()), leaf.certificate())).isFalse();
    assertThat(
            passes(
                verification(List.of(CA.certificate()), List.of(), Set.of(), true),
                leaf.certificate()))
        .isTrue();
  }

  @Test
  void namesMatchByTheirKind() {
    Pair leaf = CA.leaf("leaf").uri("x://a.test").ip("10.0.0.1").sign();
    assertThat(
            passes(
                named(SanMatch.exactly(CertificateNames.Kind.URI, "x://a.test")),
                leaf.certificate()))
        .isTrue();
    assertThat(
            passes(
                named(SanMatch.exactly(CertificateNames.Kind.DNS, "x://a.test")),
                leaf.certificate()))
        .isFalse();
    assertThat(
            passes(
                named(SanMatch.exactly(CertificateNames.Kind.IP_ADDRESS, "10.0.0.1")),
                leaf.certificate()))
        .isTrue();
  }

  @Test
  void aWildcardCoversOneLabel() {
    Pair leaf = CA.leaf("leaf").dns("*.a.test").sign();
    assertThat(
            passes(
                named(SanMatch.exactly(CertificateNames.Kind.DNS, "b.a.test")), leaf.certificate()))
        .isTrue();
    assertThat(
            passes(
                named(SanMatch.exactly(CertificateNames.Kind.DNS, "c.b.a.test")),
                leaf.certificate()))
        .isFalse();
  }

  @Test
  void aNameWithANulMatchesNothing() {
    Pair leaf = CA.leaf("leaf").dns("good.test").dns("good.test\0.evil.test").sign();
    var prefix =
        new SanMatch(CertificateNames.Kind.DNS, SanMatch.Form.PREFIX, "good.test", false, null);
    assertThat(passes(named(prefix), leaf.certificate())).isFalse();
    assertThat(CertificateNames.hasNul(leaf.certificate())).isTrue();
  }

  @Test
  void aPinIsEnough() throws Exception {
    Pair leaf = TestCertificates.authority("other").leaf("leaf").sign();
    String hash = CertificateNames.fingerprint(leaf.certificate(), "SHA-256");
    assertThat(passes(verification(List.of(), List.of(), Set.of(hash), false), leaf.certificate()))
        .isTrue();
    assertThat(
            passes(
                verification(List.of(), List.of(), Set.of("0".repeat(64)), false),
                leaf.certificate()))
        .isFalse();
    assertThat(hash.getBytes(StandardCharsets.US_ASCII)).hasSize(64);
  }
}
