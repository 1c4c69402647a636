package io.weft.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Reads PEM: certificates, certificate revocation lists and private keys. Messages say what was
 * expected and never show what was found.
 */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  private static final byte[] EC_KEY = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1
  };

  private static final class Block {
    final String label;
    final byte[] bytes;

    Block(String label, byte[] bytes) {
      this.label = label;
      this.bytes = bytes;
    }
  }

  private Pem() {}

  /** All certificates, in the order of the text; at least one. */
  static List<X509Certificate> certificates(byte[] text) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(text)) {
        if (block.label.equals("CERTIFICATE") || block.label.equals("TRUSTED CERTIFICATE")) {
          found.add(
              (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.bytes)));
        }
      }
    } catch (CertificateException e) {
      throw new IOException("a certificate that cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IOException("no certificate (expected: PEM, -----BEGIN CERTIFICATE-----)");
    }
    return found;
  }

  /** All certificate revocation lists; at least one. */
  static List<X509CRL> revocations(byte[] text) throws IOException {
    List<X509CRL> found = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(text)) {
        if (block.label.equals("X509 CRL")) {
          found.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(block.bytes)));
        }
      }
    } catch (CertificateException | CRLException e) {
      throw new IOException("a revocation list that cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IOException("no revocation list (expected: PEM, -----BEGIN X509 CRL-----)");
    }
    return found;
  }

  /**
   * The first private key.
   *
   * @param password of an encrypted key; empty for none. It is the caller's to wipe.
   */
  static PrivateKey privateKey(byte[] text, char[] password) throws IOException {
    for (Block block : blocks(text)) {
      byte[] bytes = block.bytes;
      try {
        switch (block.label) {
          case "PRIVATE KEY" -> {
            return pkcs8(bytes);
          }
          case "RSA PRIVATE KEY" -> {
            return pkcs8(wrapped(RSA, bytes));
          }
          case "EC PRIVATE KEY" -> {
            return pkcs8(wrapped(ecAlgorithm(bytes), bytes));
          }
          case "ENCRYPTED PRIVATE KEY" -> {
            return decrypted(bytes, password);
          }
          default -> {} // certificates or parameters beside it
        }
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }
    throw new IOException(
        "no private key (expected: PEM, -----BEGIN PRIVATE KEY-----, RSA, EC or ENCRYPTED)");
  }

  private static PrivateKey decrypted(byte[] bytes, char[] password) throws IOException {
    if (password.length == 0) {
      throw new IOException("the private key is encrypted (expected: a password)");
    }
    var spec = new PBEKeySpec(password);
    try {
      var info = new EncryptedPrivateKeyInfo(bytes);
      String name = info.getAlgName();
      if (name.equals("PBES2") || name.equals("1.2.840.113549.1.5.13")) {
        name = info.getAlgParameters().toString(); // the scheme is in its parameters
      }
      Cipher cipher = Cipher.getInstance(name);
      var key = SecretKeyFactory.getInstance(name).generateSecret(spec);
      cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
      return pkcs8(info.getKeySpec(cipher).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IOException("the private key cannot be decrypted: wrong password or algorithm", e);
    } finally {
      spec.clearPassword();
    }
  }

  static PrivateKey pkcs8(byte[] encoded) throws IOException {
    try {
      var spec = new PKCS8EncodedKeySpec(encoded);
      for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException e) {
          // of another kind, then
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("no key factory", e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
    throw new IOException("a private key that cannot be read (expected: RSA, EC or Ed25519)");
  }

  // PKCS#1 and SEC 1 as PKCS#8: a version, the algorithm, and the key as it is

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    byte[] inner = der(0x04, key);
    byte[] version = {2, 1, 0};
    return der(0x30, version, algorithm, inner);
  }

  /** RFC 5915: the curve is in the element [0] of the key. */
  private static byte[] ecAlgorithm(byte[] key) throws IOException {
    for (int i = 0; i + 4 < key.length; i++) {
      if ((key[i] & 0xff) == 0xa0 && key[i + 2] == 0x06 && key[i + 1] == key[i + 3] + 2) {
        byte[] curve = Arrays.copyOfRange(key, i + 2, Math.min(key.length, i + 2 + key[i + 1]));
        return der(0x30, EC_KEY, curve);
      }
    }
    throw new IOException("an EC private key without a named curve");
  }

  private static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static List<Block> blocks(byte[] bytes) throws IOException {
    // the text of a key stays in memory until it is collected: Java's strings cannot be wiped
    var text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<Block> blocks = new ArrayList<>();
    int at = text.indexOf(BEGIN);
    while (at >= 0) {
      int labelEnd = text.indexOf("-----", at + BEGIN.length());
      if (labelEnd < 0) {
        break;
      }
      String label = text.substring(at + BEGIN.length(), labelEnd);
      int end = text.indexOf(END + label, labelEnd);
      if (end < 0) {
        throw new IOException("-----BEGIN " + label + "----- without its end");
      }
      String body = text.substring(labelEnd + 5, end);
      if (body.contains("Proc-Type:")) {
        throw new IOException(
            "a key encrypted in OpenSSL's old form (expected: PKCS#8, openssl pkcs8 -topk8)");
      }
      try {
        blocks.add(new Block(label, Base64.getMimeDecoder().decode(body)));
      } catch (IllegalArgumentException e) {
        throw new IOException("-----BEGIN " + label + "----- with what is no base64", e);
      }
      at = text.indexOf(BEGIN, end);
    }
    return blocks;
  }
}
