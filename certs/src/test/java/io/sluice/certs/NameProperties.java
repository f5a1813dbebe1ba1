package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/** Laws of names: what goes in comes out, or is refused; nothing becomes something else. */
class NameProperties {
  private final SubjectTemplate template = SubjectTemplate.of("CN={name},O=Acme,C=DE");
  private final IdentityFolder folder = IdentityFolder.at(Path.of("/certs"));

  @Property(tries = 500)
  void aNameBecomesTheCommonNameAndNothingElseOrIsRefused(@ForAll("names") String name) {
    X500Name subject;
    try {
      subject = template.fill(name);
    } catch (CertsRefused refused) {
      assertThat(refused.reason()).isEqualTo(CertsRefused.Reason.INVALID_NAME);
      assertThat(
              name.isEmpty()
                  || name.chars().anyMatch(Character::isISOControl)
                  || name.codePointCount(0, name.length()) > 64)
          .isTrue();
      return;
    }
    assertThat(subject.getRDNs()).hasSize(3);
    assertThat(((ASN1String) subject.getRDNs(BCStyle.CN)[0].getFirst().getValue()).getString())
        .isEqualTo(name);
    assertThat(X500Name.getInstance(encode(subject))).isEqualTo(subject);
  }

  @Property(tries = 500)
  void aFileOfANameLiesInItsFolderOrIsRefused(@ForAll("names") String name) {
    try {
      assertThat(folder.keyFile(name).normalize().getParent()).isEqualTo(Path.of("/certs"));
      assertThat(folder.keyFile(name)).isNotEqualTo(folder.certificateFile(name));
    } catch (CertsRefused refused) {
      assertThat(refused.reason()).isEqualTo(CertsRefused.Reason.INVALID_NAME);
    }
  }

  @Property(tries = 200)
  void keyAndCertificateFilesOfDifferentNamesNeverMeet(
      @ForAll("fileNames") String one, @ForAll("fileNames") String other) {
    if (!one.endsWith(".key") && !other.endsWith(".key")) {
      assertThat(folder.keyFile(one)).isNotEqualTo(folder.certificateFile(other));
    }
  }

  private static byte[] encode(X500Name name) {
    try {
      return name.getEncoded();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(80),
        Arbitraries.strings().withChars(",=+#\\\"<>;{} /.aB0").ofMaxLength(70),
        Arbitraries.of(
            "#0500", "a,O=Evil", "{index}", " x ", "..", "../x", ".hidden", "ü", "a+CN=b"));
  }

  @Provide
  Arbitrary<String> fileNames() {
    return Arbitraries.strings()
        .withChars("ab.key")
        .ofMinLength(1)
        .ofMaxLength(8)
        .map(s -> "a" + s);
  }
}
