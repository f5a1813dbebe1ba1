package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import io.sluice.fleet.ThingDocument;
import io.sluice.identity.CertificateStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The control plane of IoT to the letter: methods, paths, headers, members, statuses and the names
 * of errors. Each file of {@code wire/} is a session with a gateway of its own, one request a line:
 *
 * <pre>METHOD /path?query header:value | body | status Error-or-{} | checks</pre>
 *
 * where {@code {}} says that the body is an empty object, and a check is {@code member=value} (text
 * or JSON; {@code -} when it must be missing), {@code member~pattern}, {@code member#size}, {@code
 * member@} (seconds since the epoch, about now or a date), {@code member!other} or {@code
 * member>name}, which keeps it for {@code <name>} in later lines. {@code a/0/b} goes down. {@code
 * <128>} is so many letters. A line behind {@code until} is asked again until it holds.
 */
class IotWireTest {
  private static final String UNTIL = "until ";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern VARIABLE = Pattern.compile("<([a-z0-9-]+)>");
  private static final Pattern CHECK =
      Pattern.compile("([A-Za-z0-9/]+)([=~#@!>])(.*)", Pattern.DOTALL);
  private static final String NEXT_CHECK = " (?=[A-Za-z][A-Za-z0-9/]*(?:[=~#!>]|@(?: |$)))";
  private static final String CSR_P224 =
      "MIG1MGYCAQAwDzENMAsGA1UEAwwEd2VhazBOMBAGByqGSM49AgEGBSuBBAAhAzoABPzpS6gfHuqfd4Dpc87nDnQEAeeJ1qveZ3BWCVDtScZJgjI/WjESyBXJXfFovkqHngB5B+ScI6xtoAAwCgYIKoZIzj0EAwIDPwAwPAIcLQJ7FUz1cRMUYeYYEQqBSlo+qsvQNkvgy7BLBQIcH1GAHQgWBKSlS5qvHUg0sqQvQOLiFEaO+tdX8A==";
  private static final String POLICY =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\","
          + "\"Resource\":\"arn:aws:iot:local:000000000000:topic/a/*\"}]}";
  private static final String TEMPLATE =
      "{\"Resources\":{\"c\":{\"Type\":\"AWS::IoT::Certificate\",\"Properties\":"
          + "{\"CertificateId\":{\"Ref\":\"AWS::IoT::Certificate::Id\"}}}}}";

  @TestFactory
  Stream<DynamicContainer> theControlPlaneToTheLetter() {
    return Stream.of("things", "groups", "certificates", "policies")
        .map(name -> dynamicContainer(name, session(name)));
  }

  /** The last step closes the gateway. */
  private static Stream<DynamicTest> session(String name) {
    RunningApi api = new RunningApi();
    Map<String, String> known = variables(api);
    Stream<DynamicTest> steps =
        lines(name).stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("#") && !line.startsWith("="))
            .map(
                line ->
                    dynamicTest(
                        line,
                        () -> {
                          if (line.startsWith(UNTIL)) {
                            await()
                                .untilAsserted(
                                    () -> step(api, line.substring(UNTIL.length()), known));
                          } else {
                            step(api, line, known);
                          }
                        }));
    return Stream.concat(steps, Stream.of(dynamicTest("(end)", api::close)));
  }

  private static List<String> lines(String name) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                IotWireTest.class.getResourceAsStream("wire/" + name + ".txt"),
                StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  private static Map<String, String> variables(RunningApi api) {
    api.presences.put("g1", new ThingDocument.Connectivity(true, System.currentTimeMillis(), null));
    CertificateAuthority other = CertificateAuthority.create("Other");
    CertificateAuthority registered = CertificateAuthority.create("Registered");
    Map<String, String> known = new HashMap<>();
    String csr = csr(KeyKind.EC_P256.generate());
    known.put("csr", csr);
    known.put("csr-rsa-1024", csr(rsa(1024)));
    known.put("csr-p224", pem("CERTIFICATE REQUEST", CSR_P224));
    known.put("csr-truncated", csr.substring(0, 200) + csr.substring(csr.indexOf("-----END")));
    int middle = csr.length() / 2;
    known.put(
        "csr-tampered",
        csr.substring(0, middle)
            + (csr.charAt(middle) == 'A' ? 'B' : 'A')
            + csr.substring(middle + 1));
    String foreign = certificate(other, CertificateProfile.device("foreign"));
    known.put("foreign", foreign);
    known.put("truncated", foreign.substring(0, 200) + "\n-----END CERTIFICATE-----\n");
    known.put("other", certificate(other, CertificateProfile.device("other")));
    known.put("server-only", certificate(other, CertificateProfile.server(List.of("a.example"))));
    known.put("own", certificate(api.authority, CertificateProfile.device("own")));
    known.put("ca", PemFiles.toPem(registered.certificate()));
    known.put("of-ca", certificate(registered, CertificateProfile.device("of-ca")));
    known.put("policy", POLICY);
    known.put("template", TEMPLATE);
    known.replaceAll((name, text) -> escaped(text));
    known.put("csr-twice", escaped(escaped(csr))); // in a text in a text
    known.put("64", "a".repeat(64));
    for (int size : new int[] {128, 800, 5_000, 11_000, 70_000}) {
      known.put(String.valueOf(size), "x".repeat(size));
    }
    String id =
        api.registry
            .certificates()
            .register(
                api.authority
                    .issue(CertificateProfile.device("cert"), KeyKind.EC_P256)
                    .certificate(),
                CertificateStatus.ACTIVE,
                true)
            .join()
            .id();
    String arn = api.registry.arns().certificate(id);
    known.put("cert", arn);
    known.put("cert-encoded", URLEncoder.encode(arn, StandardCharsets.UTF_8));
    return known;
  }

  /** Between the quotes of JSON. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "");
  }

  private static KeyPair rsa(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException missing) {
      throw new AssertionError(missing);
    }
  }

  private static String csr(KeyPair keys) {
    return SigningRequest.create(new X500Name("CN=wire"), keys);
  }

  private static String pem(String kind, String base64) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, base64, kind);
  }

  private static String certificate(CertificateAuthority authority, CertificateProfile profile) {
    return PemFiles.toPem(authority.issue(profile, KeyKind.EC_P256).certificate());
  }

  private static String filled(String text, Map<String, String> known) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found -> {
              String value = known.get(found.group(1));
              assertThat(value).as("<%s> is known", found.group(1)).isNotNull();
              return Matcher.quoteReplacement(value);
            });
  }

  private static void step(RunningApi api, String line, Map<String, String> known)
      throws IOException {
    String[] parts = line.split(" ?\\|(?: |$)", 4);
    String[] request = filled(parts[0], known).split(" ", 3);
    HandMade sent = HandMade.request(api.port(), request[0], request[1]);
    if (request.length == 3) {
      String[] header = request[2].split(":", 2);
      sent.header(header[0], header[1]);
    }
    HttpResponse<String> answer = sent.body(filled(parts[1].trim(), known)).send();
    String[] outcome = parts[2].trim().split(" ", 2);
    assertThat(
            answer.statusCode() + " " + answer.headers().firstValue("x-amzn-errortype").orElse(""))
        .as(answer.body())
        .isEqualTo(
            outcome[0] + " " + (outcome.length == 2 && !outcome[1].equals("{}") ? outcome[1] : ""));
    assertThat(answer.headers().firstValue("x-amzn-requestid")).isPresent();
    JsonNode body = JSON.readTree(answer.body());
    if (outcome.length == 2 && outcome[1].equals("{}")) {
      assertThat(answer.body()).isEqualTo("{}");
    }
    if (outcome.length == 2 && !outcome[1].equals("{}")) {
      assertThat(body.path("message").asText()).isNotBlank();
    }
    if (parts.length == 4 && !parts[3].isBlank()) {
      for (String check : parts[3].trim().split(NEXT_CHECK, -1)) {
        check(body, check, known);
      }
    }
  }

  private static void check(JsonNode body, String text, Map<String, String> known)
      throws IOException {
    Matcher check = CHECK.matcher(text);
    assertThat(check.matches()).as("a check: %s", text).isTrue();
    JsonNode found = body.at("/" + check.group(1));
    String operand = check.group(3);
    String plain = found.isValueNode() ? found.asText() : found.toString();
    switch (check.group(2)) {
      case "=" -> {
        if (operand.equals("-")) {
          assertThat(found.isMissingNode()).as("%s in %s", check.group(1), body).isTrue();
        } else if (operand.startsWith("{") || operand.startsWith("[")) {
          assertThat(found).as(body.toString()).isEqualTo(JSON.readTree(filled(operand, known)));
        } else {
          assertThat(plain).as(body.toString()).isEqualTo(filled(operand, known));
        }
      }
      case "~" -> {
        assertThat(found.isMissingNode()).as("%s in %s", check.group(1), body).isFalse();
        assertThat(plain).matches(Pattern.compile(operand, Pattern.DOTALL));
      }
      case "#" -> assertThat(found).as(body.toString()).hasSize(Integer.parseInt(operand));
      case "@" -> {
        assertThat(found.isNumber()).as("%s in %s", check.group(1), body).isTrue();
        assertThat(found.asDouble()).as("seconds").isBetween(1.6e9, 2.6e9);
      }
      case "!" -> assertThat(plain).isNotEmpty().isNotEqualTo(filled(operand, known));
      default -> {
        assertThat(plain).as("%s in %s", check.group(1), body).isNotEmpty();
        known.put(operand, plain);
      }
    }
  }
}
