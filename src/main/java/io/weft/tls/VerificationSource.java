package io.weft.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * A {@link Verification} with the trusted certificates and the revocation lists still to be read.
 *
 * @param systemRoots whether the system's certificates are trusted
 */
record VerificationSource(
    DataSource trustedCa, boolean systemRoots, DataSource crl, Verification rest) {
  static final VerificationSource NONE =
      new VerificationSource(DataSource.NONE, false, DataSource.NONE, Verification.NONE);

  /** Where Linux distributions keep the bundle. */
  private static final List<String> SYSTEM =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem");

  List<DataSource> sources() {
    return List.of(trustedCa, crl);
  }

  /** This with what {@code other} says besides, or in its place where only one can be. */
  VerificationSource with(VerificationSource other) {
    return new VerificationSource(
        other.trustedCa.isSet() ? other.trustedCa : trustedCa,
        systemRoots || other.systemRoots,
        other.crl.isSet() ? other.crl : crl,
        rest.with(other.rest));
  }

  Verification load() throws IOException {
    List<X509Certificate> trusted = new ArrayList<>();
    if (trustedCa.isSet()) {
      trusted.addAll(certificates(trustedCa));
    }
    if (systemRoots) {
      trusted.addAll(systemCertificates());
    }
    List<X509CRL> revocations = List.of();
    if (crl.isSet()) {
      try {
        revocations = Pem.revocations(crl.read());
      } catch (IOException e) {
        throw new IOException("crl: " + crl + ": " + e.getMessage(), e);
      }
    }
    return new Verification(
        trusted,
        revocations,
        rest.leafRevocationOnly(),
        rest.hashes(),
        rest.keys(),
        rest.names(),
        rest.allowExpired(),
        rest.acceptUntrusted(),
        rest.maxDepth());
  }

  private static List<X509Certificate> certificates(DataSource source) throws IOException {
    try {
      return Pem.certificates(source.read());
    } catch (IOException e) {
      throw new IOException("trusted_ca: " + source + ": " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> systemCertificates() throws IOException {
    for (String path : SYSTEM) {
      if (Files.isReadable(Path.of(path))) {
        return Pem.certificates(DataSource.file(Path.of(path)).read());
      }
    }
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return List.of(x509.getAcceptedIssuers());
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("system_root_certs: " + e.getMessage(), e);
    }
    throw new IOException("system_root_certs: none found");
  }
}
