package io.sluice.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * The policy variables {@code iot:Certificate.*}. Source: AWS IoT Developer Guide, "X.509
 * certificate AWS IoT Core policy variables".
 */
final class CertificateVariables {
  private static final int VALUES_MAX = 5;
  private static final Map<String, ASN1ObjectIdentifier> ATTRIBUTES =
      Map.ofEntries(
          Map.entry("DistinguishedNameQualifier", BCStyle.DN_QUALIFIER),
          Map.entry("Country", BCStyle.C),
          Map.entry("Organization", BCStyle.O),
          Map.entry("OrganizationalUnit", BCStyle.OU),
          Map.entry("State", BCStyle.ST),
          Map.entry("CommonName", BCStyle.CN),
          Map.entry("SerialNumber", BCStyle.SERIALNUMBER),
          Map.entry("Title", BCStyle.T),
          Map.entry("Surname", BCStyle.SURNAME),
          Map.entry("GivenName", BCStyle.GIVENNAME),
          Map.entry("Initials", BCStyle.INITIALS),
          Map.entry("Pseudonym", BCStyle.PSEUDONYM),
          Map.entry("GenerationQualifier", BCStyle.GENERATION));
  private static final Map<String, Integer> ALTERNATIVE_NAMES = // GeneralName, RFC 5280, 4.2.1.6
      Map.of(
          "RFC822Name", 1,
          "DNSName", 2,
          "DirectoryName", 4,
          "UniformResourceIdentifier", 6,
          "IPAddress", 7);
  private static final String ALTERNATIVE = "AlternativeName.";

  private CertificateVariables() {}

  /**
   * The values of a variable.
   *
   * @param name without {@code iot:Certificate.}, such as {@code Subject.CommonName.List}
   * @return empty when the certificate has none, or there is no such variable
   */
  static List<String> all(X509Certificate certificate, String name) {
    if (name.equals("SerialNumber")) {
      return List.of(certificate.getSerialNumber().toString(16));
    }
    if (name.equals("AvailableKeys")) {
      return availableKeys(certificate);
    }
    int dot = name.indexOf('.');
    String side = dot < 0 ? "" : name.substring(0, dot);
    if (!side.equals("Subject") && !side.equals("Issuer")) {
      return List.of();
    }
    return select(certificate, side.equals("Subject"), name.substring(dot + 1));
  }

  /** Whether some certificate could have a value for it; by {@code name} as in {@link #all}. */
  static boolean isKnown(String name) {
    if (name.equals("SerialNumber") || name.equals("AvailableKeys")) {
      return true;
    }
    String of = name.replaceFirst("^(Subject|Issuer)\\.", "");
    String base = of.replaceFirst("\\.(List|[0-4])$", "");
    return !of.equals(name)
        && (base.startsWith(ALTERNATIVE)
            ? ALTERNATIVE_NAMES.containsKey(base.substring(ALTERNATIVE.length()))
            : ATTRIBUTES.containsKey(base));
  }

  /**
   * Reads the end of the name: nothing and {@code .0} for the first, {@code .1} ..., {@code .List}.
   */
  private static List<String> select(X509Certificate certificate, boolean subject, String name) {
    int end = name.lastIndexOf('.');
    String last = name.substring(end + 1);
    boolean alternative = name.startsWith(ALTERNATIVE);
    int index = 0;
    String base = name;
    if (end > (alternative ? ALTERNATIVE.length() : 0)) {
      if (!last.equals("List") && !last.matches("[0-4]")) {
        return List.of();
      }
      index = last.equals("List") ? -1 : Integer.parseInt(last);
      base = name.substring(0, end);
    }
    List<String> values =
        alternative
            ? alternativeNames(certificate, subject, base.substring(ALTERNATIVE.length()))
            : attributes(certificate, subject, base);
    if (index < 0) {
      return values;
    }
    return index < values.size() ? List.of(values.get(index)) : List.of();
  }

  private static List<String> attributes(
      X509Certificate certificate, boolean subject, String name) {
    ASN1ObjectIdentifier wanted = ATTRIBUTES.get(name);
    List<String> values = new ArrayList<>();
    if (wanted == null) {
      return values;
    }
    X500Principal principal =
        subject ? certificate.getSubjectX500Principal() : certificate.getIssuerX500Principal();
    for (RDN rdn : X500Name.getInstance(principal.getEncoded()).getRDNs(wanted)) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getType().equals(wanted)
            && part.getValue() instanceof ASN1String text
            && values.size() < VALUES_MAX) {
          values.add(text.getString());
        }
      }
    }
    return values;
  }

  private static List<String> alternativeNames(
      X509Certificate certificate, boolean subject, String name) {
    Integer wanted = ALTERNATIVE_NAMES.get(name);
    List<String> values = new ArrayList<>();
    try {
      Collection<List<?>> names =
          subject
              ? certificate.getSubjectAlternativeNames()
              : certificate.getIssuerAlternativeNames();
      if (wanted == null || names == null) {
        return values;
      }
      for (List<?> entry : names) {
        if (wanted.equals(entry.get(0))
            && entry.get(1) instanceof String text
            && values.size() < VALUES_MAX) {
          values.add(text);
        }
      }
    } catch (CertificateParsingException unreadable) {
      return List.of(); // as if it had none: what depends on it does not match
    }
    return values;
  }

  /** Names of the variables that have a value, in order. */
  private static List<String> availableKeys(X509Certificate certificate) {
    TreeSet<String> keys = new TreeSet<>();
    keys.add("iot:Certificate.SerialNumber");
    for (boolean subject : new boolean[] {true, false}) {
      String side = "iot:Certificate." + (subject ? "Subject." : "Issuer.");
      ATTRIBUTES.keySet().stream()
          .filter(name -> !attributes(certificate, subject, name).isEmpty())
          .forEach(name -> keys.add(side + name));
      ALTERNATIVE_NAMES.keySet().stream()
          .filter(name -> !alternativeNames(certificate, subject, name).isEmpty())
          .forEach(name -> keys.add(side + ALTERNATIVE + name));
    }
    return List.copyOf(keys);
  }
}
