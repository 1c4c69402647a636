package io.weft.tls;

import io.weft.tls.VerifyFailure.Kind;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Checks a peer's certificate as {@link Verification} says, for both engines. Shared; it computes
 * and never blocks.
 */
final class PeerVerifier extends X509ExtendedTrustManager {
  private static final String ANY_USE = "2.5.29.37.0";
  private static final String SERVER_USE = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_USE = "1.3.6.1.5.5.7.3.2";

  private final Verification verification;
  private final Set<TrustAnchor> anchors = new HashSet<>();

  PeerVerifier(Verification verification) {
    this.verification = verification;
    for (X509Certificate each : verification.trusted()) {
      anchors.add(new TrustAnchor(each, null));
    }
  }

  Verification verification() {
    return verification;
  }

  /** Whether the chain would pass, were it not taken all the same. */
  boolean passes(List<X509Certificate> chain, boolean ofServer) {
    try {
      check(chain.toArray(new X509Certificate[0]), ofServer);
      return true;
    } catch (VerifyFailure e) {
      return false;
    }
  }

  private void verify(X509Certificate[] chain, boolean ofServer) throws VerifyFailure {
    if (!verification.acceptUntrusted()) {
      check(chain, ofServer);
    }
  }

  private void check(X509Certificate[] chain, boolean ofServer) throws VerifyFailure {
    X509Certificate leaf = chain[0];
    if (!anchors.isEmpty()) {
      path(chain, ofServer ? SERVER_USE : CLIENT_USE);
    }
    if (!verification.names().isEmpty()) {
      refuseNul(leaf);
      if (noNameMatches(leaf)) {
        throw new VerifyFailure(Kind.NAME, "verify cert failed: verify SAN list");
      }
    }
    if (verification.isPinned() && !isPinned(leaf)) {
      throw new VerifyFailure(Kind.PIN, "verify cert failed: cert hash and spki");
    }
  }

  private boolean noNameMatches(X509Certificate leaf) {
    for (SanMatch match : verification.names()) {
      if (match.matches(leaf)) {
        return false;
      }
    }
    return true;
  }

  /** A name that ends for one reader where it goes on for another (security bar P7). */
  private static void refuseNul(X509Certificate leaf) throws VerifyFailure {
    if (CertificateNames.hasNul(leaf)) {
      throw new VerifyFailure(Kind.NAME, "verify cert failed: NUL in a subject alternative name");
    }
  }

  /** Refuses a certificate that is for another host. */
  static void checkHost(X509Certificate leaf, String host) throws VerifyFailure {
    refuseNul(leaf);
    var dns = SanMatch.exactly(CertificateNames.Kind.DNS, host);
    var ip = SanMatch.exactly(CertificateNames.Kind.IP_ADDRESS, host);
    if (!dns.matches(leaf) && !ip.matches(leaf)) {
      throw new VerifyFailure(Kind.NAME, "verify cert failed: verify SAN list");
    }
  }

  private boolean isPinned(X509Certificate leaf) throws VerifyFailure {
    try {
      String key =
          Base64.getEncoder()
              .encodeToString(CertificateNames.digest("SHA-256", leaf.getPublicKey().getEncoded()));
      return verification.hashes().contains(CertificateNames.fingerprint(leaf, "SHA-256"))
          || verification.keys().contains(key);
    } catch (IllegalStateException e) {
      throw new VerifyFailure(Kind.PIN, "verify cert failed: cert hash and spki");
    }
  }

  private void path(X509Certificate[] chain, String use) throws VerifyFailure {
    X509Certificate leaf = chain[0];
    try {
      List<String> uses = leaf.getExtendedKeyUsage();
      if (uses != null && !uses.contains(use) && !uses.contains(ANY_USE)) {
        throw failure("unsuitable certificate purpose");
      }
      if (verification.trusted().contains(leaf)) {
        if (!verification.allowExpired()) {
          leaf.checkValidity();
        }
        return;
      }
      CertPathBuilder.getInstance("PKIX").build(parameters(chain));
    } catch (CertPathBuilderException e) {
      throw failure(reason(e));
    } catch (VerifyFailure e) {
      throw e;
    } catch (CertificateException e) {
      throw failure("certificate has expired or is not yet valid");
    } catch (GeneralSecurityException e) {
      throw failure(String.valueOf(e.getMessage()));
    }
  }

  private static VerifyFailure failure(String why) {
    return new VerifyFailure(Kind.CHAIN, "verify cert failed: X509_verify_cert: " + why);
  }

  @SuppressWarnings("JavaUtilDate") // of the JDK's interface
  private PKIXBuilderParameters parameters(X509Certificate[] chain)
      throws InvalidAlgorithmParameterException, NoSuchAlgorithmException {
    X509Certificate leaf = chain[0];
    var target = new X509CertSelector();
    target.setCertificate(leaf);
    var parameters = new PKIXBuilderParameters(anchors, target);
    parameters.setMaxPathLength(verification.maxDepth());
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(chain))));
    boolean revocable = !verification.revocations().isEmpty();
    parameters.setRevocationEnabled(false);
    if (revocable) {
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection",
              new CollectionCertStoreParameters(new ArrayList<>(verification.revocations()))));
      var checker =
          (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
      var options =
          EnumSet.of(
              PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK);
      if (verification.leafRevocationOnly()) {
        options.add(PKIXRevocationChecker.Option.ONLY_END_ENTITY);
      }
      checker.setOptions(options);
      parameters.addCertPathChecker(checker);
    }
    if (verification.allowExpired()) {
      var now = new Date();
      Date date = now.after(leaf.getNotAfter()) ? leaf.getNotAfter() : now;
      parameters.setDate(date.before(leaf.getNotBefore()) ? leaf.getNotBefore() : date);
    }
    return parameters;
  }

  /** In words that name no class. */
  private static String reason(CertPathBuilderException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException failed) {
        return switch (String.valueOf(failed.getReason())) {
          case "EXPIRED" -> "certificate has expired";
          case "NOT_YET_VALID" -> "certificate is not yet valid";
          case "REVOKED" -> "certificate revoked";
          case "UNDETERMINED_REVOCATION_STATUS" -> "unable to get certificate CRL";
          case "PATH_TOO_LONG" -> "certificate chain too long";
          case "INVALID_SIGNATURE" -> "certificate signature failure";
          default -> String.valueOf(failed.getMessage());
        };
      }
    }
    return "unable to get local issuer certificate";
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return verification.trusted().toArray(new X509Certificate[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, false);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, true);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    verify(chain, false);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new VerifyFailure(Kind.CHAIN, "verify cert failed: on no socket");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain, false);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new VerifyFailure(Kind.CHAIN, "verify cert failed: without an engine");
  }
}
