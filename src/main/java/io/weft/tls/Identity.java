package io.weft.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A certificate with its chain and its private key. Immutable. It prints as its subject: the key
 * shows up nowhere.
 *
 * @param chain the certificate first, then its issuers
 * @param ocspStaple the response of the certificate's OCSP responder
 */
record Identity(List<X509Certificate> chain, PrivateKey key, OcspStaple ocspStaple) {
  Identity {
    chain = List.copyOf(chain);
  }

  static Identity ofPem(byte[] chain, byte[] key, char[] password, OcspStaple staple)
      throws IOException {
    var identity = new Identity(Pem.certificates(chain), Pem.privateKey(key, password), staple);
    identity.check();
    return identity;
  }

  static Identity ofPkcs12(byte[] store, char[] password, OcspStaple staple) throws IOException {
    try {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(new ByteArrayInputStream(store), password);
      for (String alias : Collections.list(keys.aliases())) {
        Key key = keys.getKey(alias, password);
        Certificate[] chain = keys.getCertificateChain(alias);
        if (key instanceof PrivateKey found && chain != null) {
          List<X509Certificate> certificates = new ArrayList<>();
          for (Certificate each : chain) {
            certificates.add((X509Certificate) each);
          }
          var identity = new Identity(certificates, found, staple);
          identity.check();
          return identity;
        }
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException("not a PKCS#12 file that this password opens", e);
    }
    throw new IOException("no private key with a certificate in the PKCS#12 file");
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  boolean isEcdsa() {
    return certificate().getPublicKey().getAlgorithm().equals("EC");
  }

  /** A pair that does not belong together would fail every handshake. */
  private void check() throws IOException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    PublicKey of = certificate().getPublicKey();
    boolean fits;
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(new byte[] {1});
      byte[] signed = signature.sign();
      signature.initVerify(of);
      signature.update(new byte[] {1});
      fits = signature.verify(signed);
    } catch (GeneralSecurityException e) {
      fits = false;
    }
    if (!fits) {
      throw new IOException("the private key does not belong to the certificate");
    }
  }

  /** Whether the certificate is for this name; {@code exactly} leaves wildcards out. */
  boolean isFor(String serverName, boolean exactly) {
    for (String name : CertificateNames.hosts(certificate())) {
      String own = name.toLowerCase(Locale.ROOT);
      if (exactly ? own.equals(serverName) : CertificateNames.wildcard(own, serverName)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return "Identity[" + certificate().getSubjectX500Principal().getName() + "]";
  }
}
