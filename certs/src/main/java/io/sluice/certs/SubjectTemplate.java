package io.sluice.certs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * A distinguished name with gaps, written as RFC 4514 has it: {@code CN={name},O=Acme}. The values
 * for the gaps are put into the parsed name, so that no value can add an attribute of its own.
 */
public final class SubjectTemplate {
  /** The name alone. */
  public static final SubjectTemplate COMMON_NAME = of("CN={name}");

  private static final int COMMON_NAME_MAX = 64; // ub-common-name, RFC 5280 appendix A
  private static final List<ASN1ObjectIdentifier> PRINTABLE =
      List.of(BCStyle.C, BCStyle.SERIALNUMBER, BCStyle.DN_QUALIFIER); // RFC 5280 appendix A
  private static final List<ASN1ObjectIdentifier> ASCII = List.of(BCStyle.DC, BCStyle.EmailAddress);

  private final String text;
  private final X500Name template;

  private SubjectTemplate(String text, X500Name template) {
    this.text = text;
    this.template = template;
  }

  /**
   * Parses a template.
   *
   * @throws CertsRefused {@link CertsRefused.Reason#INVALID_NAME} when it is no distinguished name
   */
  public static SubjectTemplate of(String text) {
    try {
      X500Name name = inEncodedOrder(new X500Name(text));
      if (name.size() == 0) {
        throw invalid("subject '%s' is empty; write at least CN={name}".formatted(text));
      }
      return new SubjectTemplate(text, name);
    } catch (IllegalArgumentException e) {
      throw invalid(
          "subject '%s' is no distinguished name (%s); write it as CN={name},O=Acme,C=DE"
              .formatted(text, e.getMessage()));
    }
  }

  /**
   * RFC 4514, 2.1: the text begins with the last part of the encoded name, the common name mostly;
   * Bouncy Castle encodes in the order of the text.
   */
  private static X500Name inEncodedOrder(X500Name asWritten) {
    List<RDN> parts = new ArrayList<>(List.of(asWritten.getRDNs()));
    Collections.reverse(parts);
    return new X500Name(parts.toArray(RDN[]::new));
  }

  /** Fills the one gap {@code {name}}. */
  public X500Name fill(String name) {
    return fill(Map.of("name", name));
  }

  /**
   * Fills every gap.
   *
   * @throws CertsRefused {@link CertsRefused.Reason#INVALID_NAME} when a gap has no value, or a
   *     value does not fit its attribute
   */
  public X500Name fill(Map<String, String> values) {
    X500NameBuilder filled = new X500NameBuilder(BCStyle.INSTANCE);
    for (RDN rdn : template.getRDNs()) {
      AttributeTypeAndValue[] parts = rdn.getTypesAndValues();
      ASN1ObjectIdentifier[] types = new ASN1ObjectIdentifier[parts.length];
      ASN1Encodable[] texts = new ASN1Encodable[parts.length];
      for (int i = 0; i < parts.length; i++) {
        types[i] = parts[i].getType();
        texts[i] = encode(types[i], substitute(textOf(parts[i]), values));
      }
      filled.addMultiValuedRDN(types, texts);
    }
    return filled.build();
  }

  private String textOf(AttributeTypeAndValue part) {
    if (part.getValue() instanceof ASN1String string) {
      return string.getString();
    }
    throw invalid(
        "subject '%s' has a value that is no text; leave the '#' out of it".formatted(text));
  }

  private String substitute(String value, Map<String, String> values) {
    return substitute(value, values, "subject '" + text + "'");
  }

  /** Puts values into the gaps of a text; {@code where} is for the message. */
  static String substitute(String value, Map<String, String> values, String where) {
    StringBuilder result = new StringBuilder();
    int at = 0;
    while (true) {
      int open = value.indexOf('{', at);
      int close = open < 0 ? -1 : value.indexOf('}', open);
      if (close < 0) {
        return result.append(value, at, value.length()).toString();
      }
      String gap = value.substring(open + 1, close);
      String given = values.get(gap);
      if (given == null) {
        throw invalid(
            "%s has the gap {%s}, which is not known; use one of %s"
                .formatted(where, gap, new TreeSet<>(values.keySet())));
      }
      result.append(value, at, open).append(given);
      at = close + 1;
    }
  }

  private ASN1Encodable encode(ASN1ObjectIdentifier type, String value) {
    if (value.isEmpty() || value.chars().anyMatch(Character::isISOControl)) {
      throw invalid(
          "subject '%s': the value of %s is empty or holds a control character; leave it out"
              .formatted(text, label(type)));
    }
    if (type.equals(BCStyle.CN) && value.codePointCount(0, value.length()) > COMMON_NAME_MAX) {
      throw invalid(
          "subject '%s': the common name has %d characters, at most %d fit; use a shorter name"
              .formatted(text, value.codePointCount(0, value.length()), COMMON_NAME_MAX));
    }
    if (PRINTABLE.contains(type)) {
      boolean countryWrong = type.equals(BCStyle.C) && value.length() != 2;
      if (countryWrong || !DERPrintableString.isPrintableString(value)) {
        throw invalid(
            "subject '%s': the value of %s does not fit; use letters, digits and '()+,-./:=? (a country is two letters)"
                .formatted(text, label(type)));
      }
      return new DERPrintableString(value);
    }
    if (ASCII.contains(type)) {
      if (!DERIA5String.isIA5String(value)) {
        throw invalid("subject '%s': %s takes ASCII only".formatted(text, label(type)));
      }
      return new DERIA5String(value);
    }
    return new DERUTF8String(value);
  }

  private static String label(ASN1ObjectIdentifier type) {
    String symbol = BCStyle.INSTANCE.oidToDisplayName(type);
    return symbol == null ? type.getId() : symbol;
  }

  private static CertsRefused invalid(String message) {
    return new CertsRefused(CertsRefused.Reason.INVALID_NAME, message);
  }

  @Override
  public String toString() {
    return text;
  }
}
