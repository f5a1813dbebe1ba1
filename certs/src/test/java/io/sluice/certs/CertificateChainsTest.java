package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which chains lead to a registered authority (RFC 5280, section 6), and what is said of others.
 */
class CertificateChainsTest {
  private static final int SIGNS_CERTIFICATES = KeyUsage.keyCertSign | KeyUsage.cRLSign;
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Duration YEAR = Duration.ofDays(365);

  /** A certificate of somebody else's making, with its key. */
  private record Made(X509Certificate certificate, KeyPair keys, String name) {}

  /** What {@code sluice certs} never issues, but others do. */
  private static final class Maker {
    private final String name;
    private Made issuer;
    private int pathLength = -2; // -2: no authority, -1: an authority without limit
    private int usage = KeyUsage.digitalSignature;
    private Instant from = NOW.minus(Duration.ofDays(1));
    private Instant until = NOW.plus(YEAR);
    private NameConstraints constraints;
    private GeneralName alternative;
    private String signature = "SHA256withECDSA";

    Maker(String name) {
      this.name = name;
    }

    Maker by(Made above) {
      issuer = above;
      return this;
    }

    Maker authority(int length) {
      pathLength = length;
      usage = SIGNS_CERTIFICATES;
      return this;
    }

    Maker usage(int bits) {
      usage = bits;
      return this;
    }

    Maker good(Instant begins, Instant ends) {
      from = begins;
      until = ends;
      return this;
    }

    Maker permits(String host) {
      GeneralSubtree one = new GeneralSubtree(new GeneralName(GeneralName.dNSName, host));
      constraints = new NameConstraints(new GeneralSubtree[] {one}, null);
      return this;
    }

    Maker excludes(String subject) {
      GeneralSubtree one = new GeneralSubtree(new GeneralName(GeneralName.directoryName, subject));
      constraints = new NameConstraints(null, new GeneralSubtree[] {one});
      return this;
    }

    Maker host(String host) {
      alternative = new GeneralName(GeneralName.dNSName, host);
      return this;
    }

    Maker signedWith(String algorithm) {
      signature = algorithm;
      return this;
    }

    Made make() throws Exception {
      KeyPair keys = KeyKind.EC_P256.generate();
      KeyPair signing = issuer == null ? keys : issuer.keys();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name(issuer == null ? name : issuer.name()),
              BigInteger.valueOf(System.nanoTime()),
              Date.from(from),
              Date.from(until),
              new X500Name(name),
              keys.getPublic());
      if (pathLength > -2) {
        builder.addExtension(
            Extension.basicConstraints,
            true,
            pathLength < 0 ? new BasicConstraints(true) : new BasicConstraints(pathLength));
      }
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (constraints != null) {
        builder.addExtension(Extension.nameConstraints, true, constraints);
      }
      if (alternative != null) {
        builder.addExtension(
            Extension.subjectAlternativeName, false, new GeneralNames(alternative));
      }
      return new Made(
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder(signature).build(signing.getPrivate()))),
          keys,
          name);
    }
  }

  private static Maker a(String name) {
    return new Maker(name);
  }

  private static X509Certificate authorityOf(X509Certificate trusted, Made... chain) {
    return CertificateChains.authorityOf(
        java.util.Arrays.stream(chain).map(Made::certificate).toList(), List.of(trusted), NOW);
  }

  private static void refused(
      CertsRefused.Reason reason, String words, X509Certificate trusted, Made... chain) {
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(() -> authorityOf(trusted, chain))
        .withMessageContaining(words)
        .satisfies(e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }

  @Test
  void intermediatesLeadToTheRootInAnyOrderWithAndWithoutIt() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    Made upper = a("CN=Upper").by(root).authority(1).make();
    Made lower = a("CN=Lower").by(upper).authority(0).make();
    Made leaf = a("CN=pump").by(lower).make();
    Made stray = a("CN=Stray").authority(-1).make();
    X509Certificate anchor = root.certificate();
    assertThat(authorityOf(anchor, leaf, lower, upper)).isEqualTo(anchor);
    assertThat(authorityOf(anchor, leaf, upper, lower)).isEqualTo(anchor);
    assertThat(authorityOf(anchor, leaf, lower, upper, root)).isEqualTo(anchor);
    assertThat(authorityOf(anchor, leaf, stray, lower, upper)).isEqualTo(anchor);
    assertThat(authorityOf(upper.certificate(), leaf, lower))
        .as("an intermediate may be the one that is registered")
        .isEqualTo(upper.certificate());
  }

  @Test
  void aChainWithAGapIsRefused() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    Made upper = a("CN=Upper").by(root).authority(1).make();
    Made lower = a("CN=Lower").by(upper).authority(0).make();
    Made leaf = a("CN=pump").by(lower).make();
    refused(CertsRefused.Reason.MISMATCH, "does not lead to", root.certificate(), leaf, lower);
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(
            () ->
                CertificateChains.pathTo(
                    root.certificate(), List.of(leaf.certificate(), lower.certificate())))
        .withMessageContaining("did not show the certificate of CN=Upper");
  }

  @Test
  void anAuthorityOfTheSameNameWithAnotherKeyIsAnother() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    Made impostor = a("CN=Root").authority(-1).make();
    Made leaf = a("CN=pump").by(impostor).make();
    refused(CertsRefused.Reason.MISMATCH, "does not lead to", root.certificate(), leaf);
    refused(CertsRefused.Reason.MISMATCH, "does not lead to", root.certificate(), leaf, impostor);
  }

  @ParameterizedTest(name = "the {0} is good from {1} to {2} days from now")
  @CsvSource({
    "leaf, -10, -1",
    "leaf, 1, 10",
    "intermediate, -10, -1",
    "intermediate, 1, 10",
    "root, -10, -1",
    "root, 1, 10"
  })
  void outOfItsTimeNothingLeadsAnywhere(String which, int from, int to) throws Exception {
    Instant begins = NOW.plus(Duration.ofDays(from));
    Instant ends = NOW.plus(Duration.ofDays(to));
    Maker root = a("CN=Root").authority(-1);
    Made madeRoot = (which.equals("root") ? root.good(begins, ends) : root).make();
    Maker middle = a("CN=Middle").by(madeRoot).authority(0);
    Made madeMiddle = (which.equals("intermediate") ? middle.good(begins, ends) : middle).make();
    Maker leaf = a("CN=pump").by(madeMiddle);
    Made madeLeaf = (which.equals("leaf") ? leaf.good(begins, ends) : leaf).make();
    refused(CertsRefused.Reason.EXPIRED, "", madeRoot.certificate(), madeLeaf, madeMiddle);
  }

  @Test
  void whoMayNotSignCertificatesIsNoIntermediate() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    Made device = a("CN=device").by(root).make(); // no basic constraint CA
    refused(
        CertsRefused.Reason.MISMATCH,
        "does not lead to",
        root.certificate(),
        a("CN=pump").by(device).make(),
        device);
    Made without = a("CN=Middle").by(root).authority(0).usage(KeyUsage.digitalSignature).make();
    refused(
        CertsRefused.Reason.MISMATCH,
        "does not lead to",
        root.certificate(),
        a("CN=pump").by(without).make(),
        without);
  }

  @Test
  void pathLengthsHoldAlsoThatOfTheRegisteredAuthorityItself() throws Exception {
    Made root = a("CN=Root").authority(0).make();
    Made middle = a("CN=Middle").by(root).authority(0).make();
    refused(
        CertsRefused.Reason.MISMATCH,
        "which allows 0",
        root.certificate(),
        a("CN=pump").by(middle).make(),
        middle);
    Made top = a("CN=Top").authority(-1).make();
    Made upper = a("CN=Upper").by(top).authority(0).make();
    Made lower = a("CN=Lower").by(upper).authority(0).make();
    refused(
        CertsRefused.Reason.MISMATCH,
        "does not lead to",
        top.certificate(),
        a("CN=pump").by(lower).make(),
        lower,
        upper);
  }

  @Test
  void aChainOfMoreThanTenIsNotLookedAt() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    Made leaf = a("CN=pump").by(root).make();
    Made[] chain = new Made[11];
    java.util.Arrays.fill(chain, leaf);
    refused(CertsRefused.Reason.MALFORMED, "at most 9 above it", root.certificate(), chain);
    refused(CertsRefused.Reason.MALFORMED, "a chain of 0", root.certificate());
  }

  @ParameterizedTest(name = "permitted {0}, in the {1}: {2} {3}")
  @CsvSource({
    "pumps.example, intermediate, a.pumps.example, yes",
    "pumps.example, intermediate, a.valves.example, no",
    "pumps.example, root, a.pumps.example, yes",
    "pumps.example, root, a.valves.example, no",
  })
  void permittedNamesHold(String permitted, String where, String host, String leads)
      throws Exception {
    Maker root = a("CN=Root").authority(-1);
    Made madeRoot = (where.equals("root") ? root.permits(permitted) : root).make();
    Maker middle = a("CN=Middle").by(madeRoot).authority(0);
    Made madeMiddle = (where.equals("intermediate") ? middle.permits(permitted) : middle).make();
    Made leaf = a("CN=pump").by(madeMiddle).host(host).make();
    if (leads.equals("yes")) {
      assertThat(authorityOf(madeRoot.certificate(), leaf, madeMiddle))
          .isEqualTo(madeRoot.certificate());
    } else {
      refused(CertsRefused.Reason.MISMATCH, "", madeRoot.certificate(), leaf, madeMiddle);
    }
  }

  @Test
  void excludedSubjectsHoldAndTheSentenceNamesBothSides() throws Exception {
    Made root = a("CN=Root").authority(-1).excludes("O=Competitor").make();
    assertThat(authorityOf(root.certificate(), a("O=Acme,CN=pump").by(root).make()))
        .isEqualTo(root.certificate());
    refused(
        CertsRefused.Reason.MISMATCH,
        "the names of O=Competitor,CN=pump are outside of what its authority CN=Root may name",
        root.certificate(),
        a("O=Competitor,CN=pump").by(root).make());
  }

  @Test
  void aSignatureThatOthersCanForgeProvesNothing() throws Exception {
    Made root = a("CN=Root").authority(-1).make();
    refused(
        CertsRefused.Reason.BAD_SIGNATURE,
        "is signed with SHA1withECDSA",
        root.certificate(),
        a("CN=pump").by(root).signedWith("SHA1withECDSA").make());
  }
}
