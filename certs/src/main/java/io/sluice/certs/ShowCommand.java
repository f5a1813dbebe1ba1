package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code certs show}. */
@Command(
    name = "show",
    description = "Says what is in a file of certificates, or in a certificate signing request.",
    mixinStandardHelpOptions = true)
final class ShowCommand extends CertsAction {
  @Parameters(paramLabel = "FILE", description = "A file in PEM.")
  private Path file = Path.of("ca.pem");

  @Override
  Answer run() {
    String pem = PemFiles.readText(file);
    if (pem.contains("CERTIFICATE REQUEST-----")) {
      SigningRequest request = SigningRequest.parse(pem);
      ObjectNode json = object();
      json.put("request", "certificate signing request, signature valid");
      json.put("subject", request.subject().toString());
      json.put("key", Descriptions.key(request.publicKey()));
      return new Answer(Descriptions.text(json), json);
    }
    ObjectNode json = object();
    ArrayNode array = json.putArray("certificates");
    List<String> texts = new ArrayList<>();
    for (X509Certificate certificate : PemFiles.readCertificates(file)) {
      ObjectNode described = Descriptions.json(certificate);
      array.add(described);
      texts.add(Descriptions.text(described));
    }
    return new Answer(String.join(System.lineSeparator().repeat(2), texts), json);
  }
}
