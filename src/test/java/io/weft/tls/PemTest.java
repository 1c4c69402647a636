package io.weft.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testing.TestCertificates;
import io.weft.testing.TestCertificates.Pair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.interfaces.ECPrivateKey;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final char[] NONE = new char[0];

  private static Pair pair(String algorithm) {
    var leaf = CA.leaf("x");
    return (algorithm.equals("RSA") ? leaf.rsa() : leaf).sign();
  }

  /** An EC key may come with or without its public part. */
  private static void assertSame(PrivateKey read, PrivateKey key) {
    if (read instanceof ECPrivateKey own && key instanceof ECPrivateKey other) {
      assertThat(own.getS()).isEqualTo(other.getS());
      assertThat(own.getParams().getOrder()).isEqualTo(other.getParams().getOrder());
    } else {
      assertThat(read).isEqualTo(key);
    }
  }

  private static byte[] pem(PemObjectGenerator object) throws IOException {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString().getBytes(US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void keysOfTheOldFormsAreRead(String algorithm) throws Exception {
    PrivateKey key = pair(algorithm).key();
    byte[] inner =
        PrivateKeyInfo.getInstance(key.getEncoded())
            .parsePrivateKey()
            .toASN1Primitive()
            .getEncoded();
    if (algorithm.equals("EC")) {
      // openssl writes the curve into the key
      var plain = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(inner);
      inner =
          new org.bouncycastle.asn1.sec.ECPrivateKey(
                  256, plain.getKey(), org.bouncycastle.asn1.sec.SECObjectIdentifiers.secp256r1)
              .getEncoded();
    }
    byte[] text = pem(new PemObject(algorithm + " PRIVATE KEY", inner));
    assertSame(Pem.privateKey(text, NONE), key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void anEncryptedKeyIsReadWithItsPasswordOnly(String algorithm) throws Exception {
    PrivateKey key = pair(algorithm).key();
    var encryptor =
        new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
            .setProvider(new BouncyCastleProvider())
            .setPRF(PKCS8Generator.PRF_HMACSHA256)
            .setPassword("secret".toCharArray())
            .build();
    byte[] text = pem(new JcaPKCS8Generator(key, encryptor).generate());
    assertSame(Pem.privateKey(text, "secret".toCharArray()), key);
    assertThatThrownBy(() -> Pem.privateKey(text, "wrong".toCharArray()))
        .hasMessageContaining("cannot be decrypted");
    assertThatThrownBy(() -> Pem.privateKey(text, NONE))
        .hasMessageContaining("expected: a password");
  }

  @Test
  void aPkcs12FileIsReadWithItsChain() throws Exception {
    Pair pair = pair("EC");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "k",
        pair.key(),
        "secret".toCharArray(),
        new Certificate[] {pair.certificate(), pair.issuer()});
    var bytes = new ByteArrayOutputStream();
    store.store(bytes, "secret".toCharArray());
    Identity identity =
        Identity.ofPkcs12(bytes.toByteArray(), "secret".toCharArray(), OcspStaple.NONE);
    assertThat(identity.chain()).containsExactly(pair.certificate(), pair.issuer());
    assertThat(identity.toString()).isEqualTo("Identity[CN=x]");
    assertThatThrownBy(
            () -> Identity.ofPkcs12(bytes.toByteArray(), "x".toCharArray(), OcspStaple.NONE))
        .hasMessageContaining("this password");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() {
    byte[] chain = pair("EC").certificatePem().getBytes(US_ASCII);
    byte[] key = pair("EC").keyPem().getBytes(US_ASCII);
    assertThatThrownBy(() -> Identity.ofPem(chain, key, NONE, OcspStaple.NONE))
        .hasMessage("the private key does not belong to the certificate");
  }
}
