package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.Map;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which OCSP answers are believed (RFC 6960, 3.2 and 4.2.2), and what our responder answers. */
class OcspTest {
  private static final BigInteger SERIAL = BigInteger.valueOf(4711);
  private static final BigInteger OTHER = BigInteger.valueOf(4712);

  private final Instant now = Instant.now();
  private final KeyPair keys = KeyKind.EC_P256.generate();
  private final X509CertificateHolder authority = certificate("CN=CA", keys, keys, null);
  private final X509Certificate issuer = jdk(authority);
  private final OcspQuestion question = OcspQuestion.about(SERIAL, issuer);

  private static X509Certificate jdk(X509CertificateHolder holder) {
    try {
      return PemFiles.certificates(
              "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                  .formatted(java.util.Base64.getMimeEncoder().encodeToString(holder.getEncoded())))
          .get(0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509CertificateHolder certificate(
      String name, KeyPair own, KeyPair signing, KeyPurposeId purpose) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=CA"),
              BigInteger.TEN,
              Date.from(Instant.now().minusSeconds(60)),
              Date.from(Instant.now().plusSeconds(600)),
              new X500Name(name),
              own.getPublic());
      if (purpose != null) {
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      }
      return builder.build(
          new JcaContentSignerBuilder("SHA256withECDSA").build(signing.getPrivate()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a responder says, good or bad. */
  private byte[] says(
      BigInteger serial,
      CertificateStatus status,
      Instant from,
      Instant until,
      PrivateKey signing,
      X509CertificateHolder... shown)
      throws Exception {
    BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(authority.getSubject()));
    builder.addResponse(
        new CertificateID(OcspQuestion.digests().get(CertificateID.HASH_SHA1), authority, serial),
        status,
        Date.from(from),
        until == null ? null : Date.from(until));
    BasicOCSPResp basic =
        builder.build(
            new JcaContentSignerBuilder("SHA256withECDSA").build(signing), shown, Date.from(now));
    return new OCSPRespBuilder().build(OCSPResp.SUCCESSFUL, basic).getEncoded();
  }

  private byte[] good(Duration from, Duration until) throws Exception {
    return says(
        SERIAL,
        CertificateStatus.GOOD,
        now.plus(from),
        until == null ? null : now.plus(until),
        keys.getPrivate());
  }

  private void refused(byte[] response, String words) {
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(() -> question.check(response, now))
        .withMessageContaining(words)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(CertsRefused.Reason.BAD_SIGNATURE));
  }

  @Test
  void anAnswerOfTheIssuerCountsUntilItsNextUpdate() throws Exception {
    OcspQuestion.Answer told = question.check(good(Duration.ofHours(-1), Duration.ofHours(2)), now);
    assertThat(told.status()).isEqualTo(OcspQuestion.Status.GOOD);
    assertThat(told.until())
        .isBetween(now.plusSeconds(7_198), now.plusSeconds(7_200)); // whole seconds
  }

  @Test
  void revokedAndUnknownAreTold() throws Exception {
    assertThat(
            question
                .check(
                    says(
                        SERIAL,
                        new RevokedStatus(Date.from(now)),
                        now,
                        now.plusSeconds(60),
                        keys.getPrivate()),
                    now)
                .status())
        .isEqualTo(OcspQuestion.Status.REVOKED);
  }

  @ParameterizedTest(name = "from {0} to {1} minutes from now: {2}")
  @CsvSource({
    "-120, -10, refused", // old
    "10, 60, refused", // not yet
    "-60, -1, taken", // clocks differ by a little
    "1, 60, taken",
    "-30, , taken", // no end: an hour from its beginning
    "-90, , refused"
  })
  void anAnswerOfAnotherTimeIsNone(int from, Integer until, String outcome) throws Exception {
    byte[] response =
        good(Duration.ofMinutes(from), until == null ? null : Duration.ofMinutes(until));
    if (outcome.equals("taken")) {
      assertThat(question.check(response, now).status()).isEqualTo(OcspQuestion.Status.GOOD);
    } else {
      refused(response, "an answer good from");
    }
  }

  @Test
  void anAnswerAboutAnotherCertificateIsNone() throws Exception {
    refused(
        says(OTHER, CertificateStatus.GOOD, now, now.plusSeconds(60), keys.getPrivate()),
        "about another certificate");
  }

  @Test
  void whoeverTheIssuerMadeAResponderMayAnswerAndNobodyElse() throws Exception {
    KeyPair responder = KeyKind.EC_P256.generate();
    Instant until = now.plusSeconds(60);
    byte[] delegated =
        says(
            SERIAL,
            CertificateStatus.GOOD,
            now,
            until,
            responder.getPrivate(),
            certificate("CN=responder", responder, keys, KeyPurposeId.id_kp_OCSPSigning));
    assertThat(question.check(delegated, now).status()).isEqualTo(OcspQuestion.Status.GOOD);
    String words = "a signature that is not of the issuer";
    refused(says(SERIAL, CertificateStatus.GOOD, now, until, responder.getPrivate()), words);
    refused( // a device of the issuer is no responder
        says(
            SERIAL,
            CertificateStatus.GOOD,
            now,
            until,
            responder.getPrivate(),
            certificate("CN=pump", responder, keys, KeyPurposeId.id_kp_clientAuth)),
        words);
    refused(
        says(
            SERIAL,
            CertificateStatus.GOOD,
            now,
            until,
            responder.getPrivate(),
            certificate("CN=pump", responder, keys, null)),
        words);
    refused( // made a responder by itself
        says(
            SERIAL,
            CertificateStatus.GOOD,
            now,
            until,
            responder.getPrivate(),
            certificate("CN=CA", responder, responder, KeyPurposeId.id_kp_OCSPSigning)),
        words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "3003020101", "30030a0106", "3082ffff", "ffffffffffff"})
  void whatIsNoAnswerIsRefusedInOneSentence(String hex) {
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(() -> question.check(HexFormat.of().parseHex(hex), now))
        .withMessageStartingWith("the OCSP responder answered");
  }

  @Test
  void anAnswerThatWasChangedOnItsWayIsNone() throws Exception {
    byte[] response = good(Duration.ZERO, Duration.ofHours(1));
    for (int i = 0; i < response.length; i += 7) {
      byte[] changed = response.clone();
      changed[i] ^= 0x41;
      try {
        OcspQuestion.Answer told = question.check(changed, now);
        assertThat(told.status()).as("byte " + i).isEqualTo(OcspQuestion.Status.GOOD);
      } catch (CertsRefused expected) {
        assertThat(expected).hasMessageStartingWith("the OCSP responder answered");
      }
    }
  }

  private static byte[] request(X509CertificateHolder issuer, byte[] nonce, int count)
      throws Exception {
    OCSPReqBuilder builder = new OCSPReqBuilder();
    for (int i = 0; i < count; i++) {
      builder.addRequest(
          new CertificateID(
              OcspQuestion.digests().get(CertificateID.HASH_SHA1),
              issuer,
              SERIAL.add(BigInteger.valueOf(i))));
    }
    if (nonce != null) {
      builder.setRequestExtensions(
          new Extensions(
              new Extension(
                  OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                  false,
                  new DEROctetString(nonce).getEncoded())));
    }
    return builder.build().getEncoded();
  }

  private static BasicOCSPResp answer(CertificateAuthority ours, byte[] request) throws Exception {
    OcspResponder responder = new OcspResponder(ours, Duration.ofHours(1));
    OcspResponder.Asked asked = responder.read(request);
    return (BasicOCSPResp)
        new OCSPResp(
                responder.answer(
                    asked, Map.of(SERIAL, new OcspResponder.Known.Good()), Instant.now()))
            .getResponseObject();
  }

  @Test
  void ourResponderSaysTheNonceAgainUnlessItIsTooLong() throws Exception {
    CertificateAuthority ours = CertificateAuthority.create("Our CA");
    X509CertificateHolder holder = new JcaX509CertificateHolder(ours.certificate());
    byte[] nonce = new byte[32];
    nonce[31] = 7;
    assertThat(
            answer(ours, request(holder, nonce, 1))
                .getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce)
                .getExtnValue()
                .getOctets())
        .endsWith(nonce);
    assertThat(
            answer(ours, request(holder, new byte[33], 1))
                .getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce))
        .as("RFC 8954: 32 bytes at most")
        .isNull();
    assertThat(answer(ours, request(holder, null, 1)).hasExtensions()).isFalse();
  }

  @Test
  void ourResponderAnswersTwentyQuestionsAndKnowsNothingOfOthersAuthorities() throws Exception {
    CertificateAuthority ours = CertificateAuthority.create("Our CA");
    X509CertificateHolder holder = new JcaX509CertificateHolder(ours.certificate());
    BasicOCSPResp answer = answer(ours, request(holder, null, 20));
    assertThat(answer.getResponses()).hasSize(20);
    assertThat(answer.getResponses()[0].getCertStatus()).isNull(); // good
    assertThat(answer.getResponses()[1].getCertStatus()).isNotNull();
    assertThat(answer(ours, request(authority, null, 1)).getResponses()[0].getCertStatus())
        .as("of another authority, with a serial number that we know")
        .isNotNull();
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(() -> answer(ours, request(holder, null, 21)))
        .withMessageContaining("ask about 1 to 20");
  }
}
