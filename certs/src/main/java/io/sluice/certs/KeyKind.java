package io.sluice.certs;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The kinds of key pair that are made here. EC P-256 is the default: small, fast, everywhere. */
public enum KeyKind {
  EC_P256("EC", 256),
  EC_P384("EC", 384),
  /** For clients of TLS 1.3; many devices and older libraries do not know it. */
  ED25519("Ed25519", 255),
  RSA_2048("RSA", 2048),
  RSA_3072("RSA", 3072),
  RSA_4096("RSA", 4096);

  private final String algorithm;
  private final int bits;

  KeyKind(String algorithm, int bits) {
    this.algorithm = algorithm;
    this.bits = bits;
  }

  private AlgorithmParameterSpec parameters() {
    return switch (algorithm) {
      case "EC" -> new ECGenParameterSpec("secp" + bits + "r1");
      case "RSA" -> new RSAKeyGenParameterSpec(bits, RSAKeyGenParameterSpec.F4);
      default -> NamedParameterSpec.ED25519;
    };
  }

  /**
   * Makes a key pair of the JDK's kind, with the default secure random source. Any thread. Bouncy
   * Castle makes those on curves: it takes a fifth of the JDK's time before Java 21.
   */
  public KeyPair generate() {
    try {
      if (algorithm.equals("EC")) {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", Signers.BOUNCY_CASTLE);
        generator.initialize(parameters());
        KeyPair pair = generator.generateKeyPair();
        KeyFactory factory = KeyFactory.getInstance("EC");
        return new KeyPair(
            factory.generatePublic(new X509EncodedKeySpec(pair.getPublic().getEncoded())),
            factory.generatePrivate(new PKCS8EncodedKeySpec(pair.getPrivate().getEncoded())));
      }
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(parameters());
      return generator.generateKeyPair();
    } catch (InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("this JDK cannot make keys of kind " + label(), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no generator of " + algorithm + " keys", e);
    }
  }

  /** As it is written on the command line and in configuration: {@code ec-p256}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The kind with this label.
   *
   * @throws IllegalArgumentException naming all labels
   */
  public static KeyKind of(String label) {
    for (KeyKind kind : values()) {
      if (kind.label().equalsIgnoreCase(label)) {
        return kind;
      }
    }
    String known = Arrays.stream(values()).map(KeyKind::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "key kind '%s' is not known; use one of %s".formatted(label, known));
  }

  @Override
  public String toString() {
    return label();
  }
}
