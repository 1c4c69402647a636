package io.weft.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.jcajce.JcaBasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.jcajce.JcaCertificateID;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** A certificate authority of a test, and what it signs. */
public final class TestCertificates {
  private final KeyPair keys;
  private final X509Certificate certificate;
  private final String signature;

  /** A certificate with its key and its issuer's certificate behind it. */
  public record Pair(X509Certificate certificate, PrivateKey key, X509Certificate issuer) {
    /** The certificate in PEM. */
    public String certificatePem() {
      return pem(certificate);
    }

    /** The key in PEM, as PKCS#8. */
    public String keyPem() {
      String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
      return "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n";
    }

    /** Writes both as files into a directory: {@code NAME.crt} and {@code NAME.key}. */
    public Pair write(Path directory, String name) throws IOException {
      Files.writeString(directory.resolve(name + ".crt"), certificatePem());
      Path secret = Files.writeString(directory.resolve(name + ".key"), keyPem());
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
      return this;
    }
  }

  private TestCertificates(KeyPair keys, X509Certificate certificate, String signature) {
    this.keys = keys;
    this.certificate = certificate;
    this.signature = signature;
  }

  /** An authority of its own, with an EC key. */
  public static TestCertificates authority(String name) {
    return authority(name, "EC");
  }

  /** An authority with a key of that algorithm. */
  public static TestCertificates authority(String name, String algorithm) {
    KeyPair keys = keyPair(algorithm);
    String signature = algorithm.equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
    try {
      var builder = builder(name, keys, name, Instant.now().plus(Duration.ofDays(30)));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      var certificate = sign(builder, keys, signature);
      return new TestCertificates(keys, certificate, signature);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What can go into a certificate. */
  public final class Leaf {
    private final String name;
    private final List<GeneralName> names = new ArrayList<>();
    private String algorithm = "EC";
    private Instant until = Instant.now().plus(Duration.ofDays(10));

    private Leaf(String name) {
      this.name = name;
    }

    public Leaf dns(String value) {
      names.add(new GeneralName(GeneralName.dNSName, value));
      return this;
    }

    public Leaf uri(String value) {
      names.add(new GeneralName(GeneralName.uniformResourceIdentifier, value));
      return this;
    }

    public Leaf ip(String value) {
      names.add(new GeneralName(GeneralName.iPAddress, value));
      return this;
    }

    public Leaf rsa() {
      algorithm = "RSA";
      return this;
    }

    public Leaf until(Instant end) {
      until = end;
      return this;
    }

    public Pair sign() {
      KeyPair own = keyPair(algorithm);
      try {
        var builder = builder(issuerName(), own, name, until);
        if (!names.isEmpty()) {
          builder.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(names.toArray(new GeneralName[0])));
        }
        var signed = TestCertificates.sign(builder, keys, signature);
        return new Pair(signed, own.getPrivate(), certificate);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A certificate to be signed. */
  public Leaf leaf(String name) {
    return new Leaf(name);
  }

  /** An authority below this one. */
  public TestCertificates intermediate(String name) {
    KeyPair own = keyPair("EC");
    try {
      var builder = builder(issuerName(), own, name, Instant.now().plus(Duration.ofDays(20)));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      return new TestCertificates(own, sign(builder, keys, signature), "SHA256withECDSA");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String issuerName() {
    return certificate.getSubjectX500Principal().getName().substring("CN=".length());
  }

  /** A list of revoked certificates, in PEM. */
  public String revoked(X509Certificate... certificates) {
    try {
      var now = Date.from(Instant.now().minus(Duration.ofHours(1)));
      var builder = new JcaX509v2CRLBuilder(certificate, now);
      builder.setNextUpdate(Date.from(Instant.now().plus(Duration.ofDays(1))));
      for (X509Certificate each : certificates) {
        builder.addCRLEntry(each.getSerialNumber(), now, 0);
      }
      var crl = builder.build(new JcaContentSignerBuilder(signature).build(keys.getPrivate()));
      return pem(new JcaX509CRLConverter().getCRL(crl));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** What this authority's OCSP responder would say of a certificate that is good. */
  public byte[] ocspGood(X509Certificate of, Instant until) {
    try {
      var digest = new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1);
      var responses = new JcaBasicOCSPRespBuilder(certificate.getPublicKey(), digest);
      responses.addResponse(
          new JcaCertificateID(digest, certificate, of.getSerialNumber()),
          CertificateStatus.GOOD,
          Date.from(Instant.now().minus(Duration.ofHours(1))),
          Date.from(until));
      var signer = new JcaContentSignerBuilder(signature).build(keys.getPrivate());
      var signed = responses.build(signer, null, Date.from(Instant.now()));
      return new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, signed).getEncoded();
    } catch (GeneralSecurityException | OperatorCreationException | OCSPException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public String pem() {
    return pem(certificate);
  }

  /** What a Java client or server with this identity uses that trusts this authority. */
  public SSLContext context(Pair... identity) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (Pair pair : identity) {
        store.setKeyEntry(
            "key", pair.key(), new char[0], new Certificate[] {pair.certificate(), pair.issuer()});
      }
      var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keyManagers.init(store, new char[0]);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", certificate);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          identity.length == 0 ? null : keyManagers.getKeyManagers(),
          trust.getTrustManagers(),
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair keyPair(String algorithm) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      } else {
        generator.initialize(2048);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static JcaX509v3CertificateBuilder builder(
      String issuer, KeyPair keys, String subject, Instant until) {
    return new JcaX509v3CertificateBuilder(
        new X500Name("CN=" + issuer),
        new BigInteger(64, new SecureRandom()).add(BigInteger.ONE),
        Date.from(Instant.now().minus(Duration.ofDays(2))),
        Date.from(until),
        new X500Name("CN=" + subject),
        keys.getPublic());
  }

  private static X509Certificate sign(
      JcaX509v3CertificateBuilder builder, KeyPair by, String signature) {
    try {
      var signer = new JcaContentSignerBuilder(signature).build(by.getPrivate());
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private static String pem(Object object) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
