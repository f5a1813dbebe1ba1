package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What certificates say, in words and as JSON with the same fields. */
final class Descriptions {
  private static final Map<String, String> PURPOSES =
      Map.of(
          "1.3.6.1.5.5.7.3.1", "TLS server",
          "1.3.6.1.5.5.7.3.2", "TLS client",
          "1.3.6.1.5.5.7.3.9", "OCSP signing");

  private Descriptions() {}

  static ObjectNode json(X509Certificate certificate) {
    ObjectNode node = CertsAction.object();
    node.put("certificateId", Fingerprint.certificateId(certificate));
    node.put("subject", certificate.getSubjectX500Principal().getName());
    node.put("issuer", certificate.getIssuerX500Principal().getName());
    node.put("serialNumber", certificate.getSerialNumber().toString(16));
    node.put("notBefore", certificate.getNotBefore().toInstant().toString());
    node.put("notAfter", certificate.getNotAfter().toInstant().toString());
    node.put("expired", certificate.getNotAfter().toInstant().isBefore(Instant.now()));
    node.put("key", key(certificate.getPublicKey()));
    node.put("authority", certificate.getBasicConstraints() >= 0);
    purposes(certificate).forEach(node.putArray("purposes")::add);
    alternativeNames(certificate).forEach(node.putArray("alternativeNames")::add);
    return node;
  }

  /** The fields of {@link #json}, one per line, aligned. */
  static String text(ObjectNode described) {
    StringBuilder text = new StringBuilder();
    described
        .properties()
        .forEach(
            field -> {
              String value =
                  field.getValue().isArray()
                      ? String.join(", ", texts(field.getValue()))
                      : field.getValue().asText();
              if (!value.isEmpty()) {
                text.append("%-17s %s%n".formatted(field.getKey(), value));
              }
            });
    return text.toString().stripTrailing();
  }

  private static List<String> texts(com.fasterxml.jackson.databind.JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  static String key(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      return "EC P-" + ec.getParams().getOrder().bitLength();
    }
    if (key instanceof RSAPublicKey rsa) {
      return "RSA " + rsa.getModulus().bitLength();
    }
    return key instanceof EdECPublicKey ed ? ed.getParams().getName() : key.getAlgorithm();
  }

  private static List<String> purposes(X509Certificate certificate) {
    try {
      List<String> ids = certificate.getExtendedKeyUsage();
      return ids == null
          ? List.of()
          : ids.stream().map(id -> PURPOSES.getOrDefault(id, id)).toList();
    } catch (CertificateParsingException e) {
      return List.of("(unreadable)");
    }
  }

  private static List<String> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream().map(name -> String.valueOf(name.get(1))).toList();
    } catch (CertificateParsingException e) {
      return List.of("(unreadable)");
    }
  }
}
