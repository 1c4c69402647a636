package io.weft.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Certificates in force, as the admin shows them: nothing secret.
 *
 * @param trustedFrom where the trusted ones come from
 * @param chainFrom where the own ones come from
 */
public record CertificateFacts(
    String trustedFrom,
    List<X509Certificate> trusted,
    String chainFrom,
    List<X509Certificate> chain) {
  public CertificateFacts {
    trusted = List.copyOf(trusted);
    chain = List.copyOf(chain);
  }

  static CertificateFacts of(
      DataSource trustedFrom,
      List<X509Certificate> trusted,
      String chainFrom,
      List<X509Certificate> chain) {
    return new CertificateFacts(trustedFrom.toString(), trusted, chainFrom, chain);
  }
}
