package io.sluice.certs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the subcommands that make devices. */
final class DeviceOptions {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the devices' files (default: 'devices' in the authority's folder).")
  private @Nullable Path out;

  @Option(
      names = "--subject",
      paramLabel = "DN",
      defaultValue = "CN={name}",
      description = "Distinguished name; {name} is the device's (default: CN={name}).")
  private String subject = "CN={name}";

  @Option(
      names = "--san",
      paramLabel = "NAME",
      description =
          "Subject alternative name, such as dns:{name}.pumps.example, uri:urn:pump:{name}, ip:ADDRESS or email:ADDRESS; repeat for more.")
  private List<String> alternativeNames = new ArrayList<>();

  List<AlternativeNameTemplate> alternativeNames() {
    return alternativeNames.stream().map(AlternativeNameTemplate::new).toList();
  }

  IdentityFolder folder(IssueOptions issue) {
    return IdentityFolder.at(out == null ? issue.dir().resolve("devices") : out);
  }

  SubjectTemplate subject() {
    return SubjectTemplate.of(subject);
  }
}
